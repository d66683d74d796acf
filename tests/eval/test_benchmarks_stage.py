"""Copies of benchmarks come into a table whole, in partitions, the same whoever reads them and from wherever on."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from eval.benchmarks_stage import BenchmarksStage
from eval.settings import Benchmarks
from eval.tasks import stored
from eval.tasks.listing import TASKS, folder_of
from eval.tasks.task import Item
from pipeline.budget import SpendGuard
from pipeline.commit import MANIFEST, Spend, commit_path
from pipeline.config import Budget
from pipeline.errors import InputError
from pipeline.local_executor import execute_locally
from pipeline.runner import run_stage
from pipeline.stage import StageOutput
from pipeline.storage import Storage, open_storage
from tests.eval.tasks import published_rows
from tests.eval.tasks.copies import FILES, write_copy
from tests.eval.tasks.published_rows import write_published

GUARD = SpendGuard(Budget(), Spend())


@pytest.fixture(scope="module")
def copies(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("copies")
    for task in FILES:
        write_copy(task, folder / task)
    for task in published_rows.FILES:
        write_published(task, folder_of(task, folder))
    return folder


@pytest.fixture
def output(tmp_path: Path) -> Storage:
    return open_storage(str(tmp_path / "run"))


def read_in(folder: Path, output: Storage, **settings: object) -> StageOutput:
    stage = BenchmarksStage(Benchmarks(folder=str(folder), **settings))  # type: ignore[arg-type]
    stage.check()
    return run_stage(stage, {}, output, execute_locally, GUARD, 60.0)


def plain(item: Item) -> Item:
    """Without its judge, which is kept in columns of its own."""
    meta = {key: value for key, value in item.meta.items() if key != stored.JUDGE}
    return replace(item, meta={key: list(value) if isinstance(value, tuple) else value for key, value in meta.items()})


@pytest.mark.parametrize("step", [1, 2, 100])
def test_every_item_of_every_benchmark_comes_back_as_it_was_read(copies: Path, output: Storage, step: int) -> None:
    rows = read_in(copies, output, items_per_partition=step).read("benchmark_items").to_pylist()
    expected = {
        (task.name, item.item_id): plain(item)
        for task in TASKS.values()
        if folder_of(task.name, copies).is_dir()
        for item in task.read(folder_of(task.name, copies))
    }
    assert {(row["task"], row["item_id"]): stored.item(row) for row in rows} == expected
    assert len(rows) == len(expected) > 20


def test_rules_decide_the_same_of_an_item_that_was_stored(copies: Path) -> None:
    for task in TASKS.values():
        folder = folder_of(task.name, copies)
        for item in task.read(folder) if folder.is_dir() else ():
            again = stored.item(stored.row(task.name, item))
            for reply in ("", "A", "(b) true", *item.answers):
                assert task.paper(again, reply) == task.paper(item, reply)
                assert task.strict(again, reply) == task.strict(item, reply)


def test_a_limit_is_part_of_a_larger_one(copies: Path, output: Storage) -> None:
    found = []
    for limit in (1, 2, 50):
        table = read_in(copies, output, limit=limit, items_per_partition=1).read("benchmark_items")
        ids = list(zip(table["task"].to_pylist(), table["item_id"].to_pylist(), strict=True))
        assert all(sum(name == task for name, _ in ids) <= limit for task in TASKS)
        found.append(set(ids))
    assert found[0] < found[1] <= found[2]


def test_a_run_that_was_stopped_reads_on(copies: Path, output: Storage) -> None:
    whole = read_in(copies, output, tasks=["marvl", "cvqa"], items_per_partition=1)
    expected = whole.read("benchmark_items")
    directory = whole.directory
    for commit in whole.manifest.commits[1:]:
        directory.delete(commit_path(commit.partition))
    directory.delete(MANIFEST)
    again = read_in(copies, output, tasks=["marvl", "cvqa"], items_per_partition=1)
    assert again.read("benchmark_items").equals(expected)


def test_a_copy_that_was_only_touched_is_the_same_table(copies: Path, output: Storage, tmp_path: Path) -> None:
    first = read_in(copies, output, tasks=["cvqa"])
    shutil.copytree(copies / "cvqa", tmp_path / "other" / "cvqa")
    (tmp_path / "other" / "cvqa" / "note.txt").write_text("fetched in November")
    second = read_in(tmp_path / "other", output, tasks=["cvqa"])
    assert second.directory.uri != first.directory.uri
    assert second.manifest.digest == first.manifest.digest


def test_what_is_wrong_is_told_before_anything_is_written(copies: Path, output: Storage, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"xgqa: is no folder.*hf download.*benchmarks\.tasks"):
        read_in(tmp_path, output, tasks=["xgqa"])
    shutil.copytree(copies / "cvqa", tmp_path / "cvqa")
    [file] = (tmp_path / "cvqa").rglob("*.parquet")
    shutil.copy(file, file.with_name("test-00001-of-00002.parquet"))
    with pytest.raises(InputError, match="two items have the id 5919991144272485961_0"):
        read_in(tmp_path, output)
    assert not [info for info in output.list() if "tables" in info.path]


def test_who_only_looks_at_a_run_needs_no_copies(tmp_path: Path) -> None:
    stage = BenchmarksStage(Benchmarks(folder=str(tmp_path / "elsewhere")))
    assert stage.fingerprint({}) != BenchmarksStage(Benchmarks()).fingerprint({})
    with pytest.raises(InputError, match="elsewhere"):
        stage.check()
