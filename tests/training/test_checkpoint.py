"""Which checkpoint counts as whole, and which are deleted: at no moment is there a record of one that is not whole."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.storage import Storage, open_storage
from tests.kit.fused_storage import Fuse, FusedStorage, Killed
from training.checkpoint import records
from training.checkpoint.records import File, commit, folder_of

NAMES = (".metadata", "__0_0.distcp", "__1_0.distcp")


def write(output: Storage, *steps: int) -> None:
    for step in steps:
        for name in NAMES:
            output.write(folder_of(step, "a-1") + name, b"xyz")
        commit(output, step, "a-1", [File(name, 3, "") for name in NAMES], {"steps": []})


def steps_of(output: Storage) -> list[int]:
    """Steps that have a record; each is whole."""
    paths = {info.path for info in output.list("checkpoints/")}
    steps = sorted(int(path[12:18]) for path in paths if path.endswith(".json"))
    assert all(folder_of(step, "a-1") + name in paths for step in steps for name in NAMES)
    return steps


@pytest.mark.parametrize(("keep", "left"), [(1, [30]), (2, [20, 30]), (3, [10, 20, 30]), (9, [10, 20, 30])])
def test_the_newest_are_kept(tmp_path: Path, keep: int, left: list[int]) -> None:
    output = open_storage(str(tmp_path))
    write(output, 10, 20, 30)
    output.write("checkpoints/000040/a-1/__0_0.distcp", b"being written")
    records.prune(output, keep)
    assert steps_of(output) == left
    assert output.stat("checkpoints/000040/a-1/__0_0.distcp") is not None
    assert len(list(output.list("checkpoints/"))) == len(left) * (len(NAMES) + 1) + 1
    record = records.last(output)
    assert record is not None
    assert record["step"] == 30


@pytest.mark.parametrize("after", [False, True])
def test_killed_at_any_moment_what_has_a_record_is_whole(tmp_path: Path, after: bool) -> None:
    for burns_at in range(1, 12):
        output = open_storage(str(tmp_path / f"{burns_at}"))
        write(output, 10, 20, 30)
        try:
            records.prune(FusedStorage(output, Fuse(burns_at, after)), 1)
        except Killed:
            assert steps_of(output)[-1] == 30
        records.prune(output, 1)
        assert [info.path for info in output.list("checkpoints/000010/")] == []
        assert steps_of(output) == [30]


@given(
    steps=st.sets(st.integers(1, 2_000_000), max_size=4),
    damage=st.dictionaries(st.tuples(st.integers(0, 3), st.sampled_from(NAMES)), st.sampled_from([None, b"xy"])),
)
def test_the_newest_whole_one_is_the_last(
    tmp_path_factory: pytest.TempPathFactory, steps: set[int], damage: dict[tuple[int, str], bytes | None]
) -> None:
    """Whatever files of whatever checkpoints are gone or cut."""
    output, damaged = open_storage(str(tmp_path_factory.mktemp("training"))), set()
    write(output, *steps)
    for (number, name), content in damage.items():
        if number < len(steps):
            damaged.add(step := sorted(steps)[number])
            path = folder_of(step, "a-1") + name
            output.delete(path) if content is None else output.write(path, content)
    record = records.last(output)
    assert (record and record["step"]) == max(steps - damaged, default=None)


def test_one_that_is_passed_over_is_told_of(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    output = open_storage(str(tmp_path))
    write(output, 10, 20)
    output.delete("checkpoints/000020/a-1/__1_0.distcp")
    records.last(output)
    [line] = capsys.readouterr().err.splitlines()
    assert "checkpoints/000020.json: passed over, 1 of 3 files" in line
    assert "checkpoints/000020/a-1/__1_0.distcp" in line
