"""`culturalground import`: what it prints, where it leaves the import, and what it refuses in one sentence."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from jobs.chain import survey
from jobs.cli import main
from pipeline.commit import load_manifest
from pipeline.stage import StageOutput
from pipeline.storage import open_storage
from tests.kit.sample_run import CONFIG, SampleRun

COLUMNS = ("qa_id", "qid", "property", "language", "kind", "question", "answer", "choices", "answer_index")


@pytest.fixture
def published(tmp_path: Path) -> Path:
    """Twenty rows of two pictures, one of which is not there."""
    buffer = io.BytesIO()
    Image.new("RGB", (20, 20)).save(buffer, "JPEG")
    (tmp_path / "pictures").mkdir()
    (tmp_path / "pictures" / "a.jpg").write_bytes(buffer.getvalue())
    rows = [
        {"id": "Q1", "property_id": "None", "language": "en", "reformulated_question": f"What {number}?",
         "reformulated_answer": "A", "media": "a.jpg" if number else "b.jpg"}
        for number in range(20)
    ]  # fmt: skip
    (tmp_path / "rows.jsonl").write_text("\n".join(map(json.dumps, rows)))
    (tmp_path / "processor").mkdir()
    return tmp_path


def arguments(folder: Path, **changes: str) -> list[str]:
    given: dict[str, Any] = {
        "format": "refined", "from": str(folder / "rows.jsonl"), "pictures": str(folder / "pictures"),
        "to": str(folder / "to"), **changes,
    }  # fmt: skip
    return ["import", "--local", *(part for name, value in given.items() for part in (f"--{name}", value))]


def test_it_tells_what_was_set_aside_and_where_the_import_is(
    published: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for _ in range(2):
        assert main(arguments(published)) == 0
        told, place = capsys.readouterr().out.splitlines()
        assert told == "20 rows: 19 samples, 1 pictures; set aside: 1 picture_not_found"
        assert json.loads((published / "to" / "import.json").read_text()) == {"import": place}
        assert (Path(place) / "manifest.json").exists()


def test_too_many_rows_set_aside(published: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(arguments(published, **{"max-quarantined": "0.01"})) == 2
    assert "5.00% of the rows were set aside (1 picture_not_found), --max-quarantined" in capsys.readouterr().err
    assert not (published / "to" / "import.json").exists()
    assert main(arguments(published)) == 0


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"from": "/nowhere/rows.json"}, "/nowhere/rows.json"),
        ({"from": "rows.csv"}, "--from rows.csv: ends in none of .json, .jsonl"),
        ({"pictures": "/nowhere/at/all"}, "--pictures /nowhere/at/all: there is nothing"),
        ({"pictures": "india.tar.gz"}, "--pictures india.tar.gz: is compressed"),
        ({"to": "https://example.org/x"}, "--to https://example.org/x: can only be read"),
        ({"shard-mb": "0"}, "--shard-mb 0: must be more than 0"),
        ({"max-quarantined": "5"}, "--max-quarantined 5: must be a share"),
        ({"processor": "/nowhere"}, "--processor: /nowhere holds no processor"),
        ({"processor": "owner/model"}, "--processor: owner/model may be another tomorrow"),
    ],
)
def test_refused_in_one_sentence(
    published: Path, changes: dict[str, str], says: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(arguments(published, **changes)) == 2
    [line] = capsys.readouterr().err.splitlines()
    assert line.startswith("error: ")
    assert says in line


def test_a_file_named_twice(published: Path, capsys: pytest.CaptureFixture[str]) -> None:
    command = arguments(published)
    command.insert(command.index("--from") + 1, str(published / "rows.jsonl"))
    assert main(command) == 2
    assert "--from: names a file twice" in capsys.readouterr().err


@pytest.mark.slow
@pytest.mark.parametrize("quotes", ["--quotes", "--no-quotes"])
def test_the_sample_comes_back_from_its_export(undisturbed: SampleRun, tmp_path: Path, quotes: str) -> None:
    changed = [part for setting in undisturbed.settings for part in ("--set", setting)]
    export = ["export", "--config", CONFIG, *changed, "--format", "llava", quotes, "--to", str(tmp_path / "out")]
    assert main(export) == 0
    assembled = next(stage.output for stage in survey(undisturbed.config) if stage.name == "assemble")
    assert assembled is not None
    back = set()
    for split in ("train", "validation", "test"):
        files = sorted(str(path) for path in (tmp_path / "out" / split).glob("*.json"))
        command = ["import", "--local", "--format", "llava", "--split", split, "--from", *files]
        assert main([*command, "--pictures", str(tmp_path / "out" / "images"), "--to", str(tmp_path / split)]) == 0
        place = open_storage(json.loads((tmp_path / split / "import.json").read_text())["import"])
        manifest = load_manifest(place)
        assert manifest is not None
        back |= seen(StageOutput(place, manifest))
    assert len(back) == assembled.num_rows("index") > 1000
    assert back == seen(assembled)


def seen(output: StageOutput) -> set[tuple[Any, ...]]:
    """What an export tells of each sample."""
    return {
        (row["split"], row["sha256"], row["licence"], *(str(item[name]) for name in COLUMNS))
        for row in output.read("shards").to_pylist()
        for item in row["items"]
    }
