"""`culturalground evaluate`: list, check and keys of local copies."""

from __future__ import annotations

from pathlib import Path

import pyarrow.parquet as pq
import pytest

from eval.tasks.listing import TASKS
from jobs.cli import main
from pipeline.dataset.protected.keys import load_protected, picture_hash, question_key
from tests.eval.tasks.copies import FILES, png, write_copy


@pytest.fixture
def copies(tmp_path: Path) -> Path:
    for name in FILES:
        write_copy(name, tmp_path / "copies" / name)
    return tmp_path / "copies"


def test_the_list_names_every_task_and_how_to_fetch_it(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["evaluate", "--list"]) == 0
    head, *lines = capsys.readouterr().out.splitlines()
    assert head.split()[:4] == ["task", "items", "languages", "MB"]
    for task, line in zip(TASKS.values(), lines, strict=False):
        assert line.startswith(f"{task.name} ")
        assert line.endswith(task.source.fetch)
        assert task.source.licence in line


def test_whole_copies_pass(copies: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["evaluate", "--check", str(copies)]) == 0
    out = capsys.readouterr().out
    assert "marvl: 2 items, 1 pictures, sw:2; 5,670 are published\n" in out
    assert "cvqa_en: 1 items, 1 pictures, en:1; 10,374 are published\n" in out
    assert "WRONG" not in out


def test_what_is_wrong_is_told_and_the_rest_is_read(copies: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = write_copy("marvl", copies / "marvl", id="sw-1")
    write_copy("xgqa", copies / "xgqa", image={"bytes": png(6)[:-30], "path": None})
    (copies / "marval").mkdir()
    assert main(["evaluate", "--check", str(copies)]) == 2
    out = capsys.readouterr().out
    assert f"marvl: WRONG: {file.parent.parent}: two items have the id sw-1" in out
    assert "row 1: its picture cannot be decoded" in out
    assert "merlin: 1 items" in out
    assert "marval: no benchmark that is known" in out


def test_keys_are_a_list_that_can_be_protected(copies: Path, tmp_path: Path) -> None:
    file = tmp_path / "benchmarks.parquet"
    assert main(["evaluate", "--keys", str(copies), "--to", str(file)]) == 0
    held = load_protected(str(file))
    assert held.qids.tolist() == [183536]
    assert picture_hash(png(8)) & (2**64 - 1) in held.phashes
    for key in (question_key("si", "මේ කුමක්ද?"), question_key("de", "Wer trägt das Kleid?", "women")):
        assert key in held.questions
    assert set(pq.read_table(file)["task"].to_pylist()) == {*FILES, "cvqa_en"}
    before = file.read_bytes()
    assert main(["evaluate", "--keys", str(copies), "--to", str(file)]) == 0
    assert file.read_bytes() == before


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["--keys", "."], "--keys FOLDER and --to FILE.parquet go together"),
        (["--list", "--to", "a.parquet"], "go together"),
        (["--keys", ".", "--to", "a.csv"], "must end in .parquet"),
        (["--check", "absent"], "absent: has no folder of a benchmark; they are called alm_bench, cultural_vqa, cvqa"),
    ],
)
def test_what_cannot_be_done(arguments: list[str], told: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["evaluate", *arguments]) == 2
    assert told in capsys.readouterr().err
