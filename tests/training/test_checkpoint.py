"""Old checkpoints are deleted, and at no moment is there a record of one that is not whole."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from pipeline.storage import Storage, open_storage
from tests.kit.fused_storage import Fuse, FusedStorage, Killed
from training import checkpoint

FILES = (".metadata", "__0_0.distcp", "__1_0.distcp")


def write(output: Storage, *steps: int) -> None:
    for step in steps:
        for name in FILES:
            output.write(f"checkpoints/{step:06d}/{name}", b"x")
        output.write(f"checkpoints/{step:06d}.json", json.dumps({"step": step}).encode())


def steps_of(output: Storage) -> list[int]:
    """Steps that have a record; each is whole."""
    paths = {info.path for info in output.list("checkpoints/")}
    steps = sorted(int(path[12:18]) for path in paths if path.endswith(".json"))
    assert all(f"checkpoints/{step:06d}/{name}" in paths for step in steps for name in FILES)
    return steps


@pytest.mark.parametrize(("keep", "left"), [(1, [30]), (2, [20, 30]), (3, [10, 20, 30]), (9, [10, 20, 30])])
def test_the_newest_are_kept(tmp_path: Path, keep: int, left: list[int]) -> None:
    output = open_storage(str(tmp_path))
    write(output, 10, 20, 30)
    output.write("checkpoints/000040/__0_0.distcp", b"being written")
    checkpoint.prune(output, keep)
    assert steps_of(output) == left
    assert output.stat("checkpoints/000040/__0_0.distcp") is not None
    assert len(list(output.list("checkpoints/"))) == len(left) * (len(FILES) + 1) + 1
    record = checkpoint.last(output)
    assert record is not None
    assert record["step"] == 30


@pytest.mark.parametrize("after", [False, True])
def test_killed_at_any_moment_what_has_a_record_is_whole(tmp_path: Path, after: bool) -> None:
    for burns_at in range(1, 12):
        output = open_storage(str(tmp_path / f"{burns_at}"))
        write(output, 10, 20, 30)
        try:
            checkpoint.prune(FusedStorage(output, Fuse(burns_at, after)), 1)
        except Killed:
            assert steps_of(output)[-1] == 30
        checkpoint.prune(output, 1)
        assert [info.path for info in output.list("checkpoints/000010/")] == []
        assert steps_of(output) == [30]
