"""Saving while training goes on, loading at another world size, and what a store that refuses or a kill leaves."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import torch
import torch.distributed as dist
from torch.distributed.checkpoint import FileSystemReader, state_dict_loader
from torch.multiprocessing import ProcessExitedException

from pipeline.errors import StorageError
from pipeline.storage import open_storage
from tests.kit.fused_storage import Fuse, FusedStorage
from tests.kit.gated_storage import gated
from tests.kit.proxy import FaultyProxy
from tests.training.small import learn, same, small, whole
from tests.training.toy import on_ranks
from training.checkpoint import writer
from training.checkpoint.checkpoints import Checkpoints
from training.checkpoint.records import files_of, last


@pytest.fixture
def alone() -> Iterator[None]:
    """The only rank, in this process."""
    dist.init_process_group("gloo", store=dist.HashStore(), rank=0, world_size=1)  # type: ignore[attr-defined]
    yield
    dist.destroy_process_group()


def saved(output: str, steps: int, asynchronous: bool = True) -> dict[str, Any]:
    """On every rank: learn, save each step, go on at once; the state after the last save."""
    model, optimizer = small()
    with Checkpoints(open_storage(output), keep=2, asynchronous=asynchronous) as checkpoints:
        for step in range(1, steps + 1):
            learn(model, optimizer)
            state = whole(model, optimizer)
            checkpoints.save(step, model, optimizer, {"steps": [*range(step)]})
        learn(model, optimizer)
    return state


def loaded(output: str) -> dict[str, Any]:
    """On every rank: the newest whole checkpoint, in a model that had other weights; and the state a step later."""
    model, optimizer = small(seed=9)
    with Checkpoints(open_storage(output), keep=2) as checkpoints:
        record = checkpoints.last()
        assert record is not None
        assert record["steps"] == [*range(record["step"])]
        checkpoints.load(record["step"], model, optimizer)
    return whole(model, optimizer)


def trained_meanwhile(output: str) -> tuple[float, bool]:
    """On every rank: the storage takes nothing before training has gone on for twenty steps."""
    trained = threading.Event()

    def passes(verb: str, path: str) -> None:
        if verb == "write":
            assert trained.wait(60), "training waits for the storage"

    model, optimizer = small()
    with Checkpoints(gated(open_storage(output), passes), keep=2) as checkpoints:
        checkpoints.save(1, model, optimizer, {"steps": [0]})
        for _ in range(20):
            learn(model, optimizer)
        nothing_yet = last(open_storage(output)) is None
        trained.set()
    return nothing_yet, last(open_storage(output)) is not None


def refused_on_one_rank(output: str) -> list[list[str]]:
    """On every rank: the storage refuses what rank 1 writes of steps 2, 3, 5, 6 and 7; what each rank came to know."""

    def passes(verb: str, path: str) -> None:
        if verb == "write" and path.startswith("__1_0"):
            refused.append(path)
            if step in (2, 3, 5, 6, 7):
                raise StorageError("the disk is full")

    refused: list[str] = []
    events, step = [], 0
    model, optimizer = small()
    checkpoints = Checkpoints(gated(open_storage(output), passes), keep=9)
    for step in range(1, 9):
        try:
            checkpoints.save(step, model, optimizer, {"steps": []})
            # Here the step that `passes` looks at must not change before the save has ended.
            checkpoints.last()
        except StorageError as error:
            events.append(f"{step} {error}")
            break
    gathered: list[Any] = [None] * dist.get_world_size()
    dist.all_gather_object(gathered, events)
    return gathered


def on_two(folder: str) -> dict[str, Any]:
    """On both ranks: what needs two; processes are slow to start."""
    return {
        "asynchronous": saved(f"{folder}/asynchronous", 3),
        "synchronous": saved(f"{folder}/synchronous", 3, asynchronous=False),
        "loaded": loaded(f"{folder}/asynchronous"),
        "trained_meanwhile": trained_meanwhile(f"{folder}/meanwhile"),
        "refused": refused_on_one_rank(f"{folder}/refused"),
    }


@pytest.fixture(scope="module")
def two(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, Any]]:
    folder = tmp_path_factory.mktemp("two")
    return folder, on_ranks(2, on_two, folder, str(folder))


@pytest.mark.slow
def test_what_is_loaded_is_what_was_there_at_the_save(two: tuple[Path, dict[str, Any]], alone: None) -> None:
    """Written by two ranks with and without training going on meanwhile, read by one, two and three."""
    folder, found = two
    state = found["asynchronous"]
    assert same(found["synchronous"], state)
    assert same(found["loaded"], state)
    assert same(loaded(str(folder / "asynchronous")), state)
    assert same(loaded(str(folder / "synchronous")), state)
    assert same(on_ranks(3, loaded, folder, str(folder / "asynchronous")), state)


@pytest.mark.slow
def test_training_goes_on_while_the_storage_is_slow(two: tuple[Path, dict[str, Any]]) -> None:
    """The collectives of twenty steps and those of the save do not mix."""
    assert two[1]["trained_meanwhile"] == (True, True)


@pytest.mark.slow
def test_ranks_agree_on_a_refusal_and_stop_after_the_third_in_a_row(two: tuple[Path, dict[str, Any]]) -> None:
    folder, found = two
    assert found["refused"][0] == found["refused"][1]
    assert found["refused"][0][0].startswith("7 3 checkpoints in a row could not be stored: the disk is full")
    paths = [info.path for info in open_storage(str(folder / "refused")).list("checkpoints/")]
    assert [path for path in paths if path.endswith(".json")] == ["checkpoints/000001.json", "checkpoints/000004.json"]


def test_at_the_end_a_refusal_is_an_error(alone: None, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    def passes(verb: str, path: str) -> None:
        if path.endswith(".metadata") and verb == "write":
            raise StorageError("the disk is full")

    checkpoints = Checkpoints(gated(open_storage(str(tmp_path)), passes), keep=1)
    checkpoints.save(1, *small(), {"steps": []})
    with pytest.raises(StorageError, match="the last checkpoint could not be stored"):
        checkpoints.wait()
    assert capsys.readouterr().err == "checkpoint of step 1 was not stored, training goes on: the disk is full\n"
    assert last(open_storage(str(tmp_path))) is None


def test_an_error_that_is_not_the_storages_ends_training_at_once(alone: None, tmp_path: Path) -> None:
    def passes(verb: str, path: str) -> None:
        if verb == "write":
            raise ZeroDivisionError

    checkpoints = Checkpoints(gated(open_storage(str(tmp_path)), passes), keep=1)
    checkpoints.save(1, *small(), {"steps": []})
    with pytest.raises(RuntimeError, match="ZeroDivisionError"):
        checkpoints.wait()


def test_older_ones_that_cannot_be_deleted_do_not_fail_a_save(
    alone: None, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def passes(verb: str, path: str) -> None:
        if verb == "delete":
            raise StorageError("access denied")

    state = small()
    with Checkpoints(gated(open_storage(str(tmp_path)), passes), keep=1) as checkpoints:
        checkpoints.save(1, *state, {"steps": []})
        checkpoints.save(2, *state, {"steps": []})
    assert "older checkpoints could not be deleted" in capsys.readouterr().err


@pytest.mark.parametrize("after", [False, True])
def test_a_kill_at_any_operation_leaves_the_newest_whole_one(alone: None, tmp_path: Path, after: bool) -> None:
    """Of a save over a whole one, retention of one included; the state loaded is that of the record."""
    model, optimizer = small()
    states = {}
    for burns_at in range(1, 20):
        output, fuse = open_storage(str(tmp_path / f"{burns_at}")), Fuse(burns_at, after)
        for step, storage in ((1, output), (2, FusedStorage(output, fuse))):
            states[step] = whole(model, optimizer)
            checkpoints = Checkpoints(storage, keep=1)
            checkpoints.save(step, model, optimizer, {"steps": [*range(step)]})
            try:
                checkpoints.wait()
            except RuntimeError as error:
                assert "Killed" in str(error)  # noqa: PT017 - there is not always one
            learn(model, optimizer)
        record = last(output)
        assert record is not None
        assert same(loaded(output.uri), states[record["step"]])
        if not fuse.burnt:
            assert burns_at > 8
            assert record["step"] == 2
            return
    pytest.fail("the fuse burnt at every operation")


def test_bytes_that_changed_are_not_loaded(alone: None, tmp_path: Path) -> None:
    """The size is right, so it counts as whole; every file is compared with its hash when it is read."""
    output = open_storage(str(tmp_path))
    saved(output.uri, 1)
    folder, files = files_of(output, 1)
    assert len(files) == 3
    for file in files:
        content = output.read(folder + file.name)
        middle = len(content) // 2
        output.write(folder + file.name, content[:middle] + bytes([content[middle] ^ 1]) + content[middle + 1 :])
        with pytest.raises(StorageError, match="is not what was written"):
            loaded(output.uri)
        output.write(folder + file.name, content)
    loaded(output.uri)


def test_a_large_state_is_cut_into_objects(alone: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(writer, "_OBJECT_BYTES", 800)
    state = saved(str(tmp_path), 1)
    sizes = {file.name: file.size for file in files_of(open_storage(str(tmp_path)), 1)[1]}
    # Of 24 x 10 and 10 x 5 weights, each three times: the large ones alone, of the others as many as fit.
    assert sorted(sizes) == [".metadata", *(f"__0_{number}.distcp" for number in range(6))]
    assert same(loaded(str(tmp_path)), state)


def test_torchs_own_reader_reads_it(alone: None, tmp_path: Path) -> None:
    saved(str(tmp_path), 1)
    folder, _ = files_of(open_storage(str(tmp_path)), 1)
    found = {"model": {"1.weight": torch.zeros(10, 24)}}
    state_dict_loader.load(found, storage_reader=FileSystemReader(tmp_path / folder))
    assert torch.equal(found["model"]["1.weight"], loaded(str(tmp_path))["1.weight"])


def killed(output: str) -> None:
    """On every rank: rank 1 dies at its first write of the second save, while all train."""

    def passes(verb: str, path: str) -> None:
        if verb == "write" and step == 2 and dist.get_rank() == 1:
            os.kill(os.getpid(), signal.SIGKILL)

    step = 1
    model, optimizer = small()
    with Checkpoints(gated(open_storage(output), passes), keep=1) as checkpoints:
        checkpoints.save(1, model, optimizer, {"steps": [0]})
        checkpoints.wait()
        step = 2
        checkpoints.save(2, model, optimizer, {"steps": [0, 1]})


@pytest.mark.slow
def test_a_rank_that_is_killed_during_a_save_leaves_the_one_before(alone: None, tmp_path: Path) -> None:
    output = str(tmp_path / "out")
    with pytest.raises(ProcessExitedException):
        on_ranks(2, killed, tmp_path, output)
    record = last(open_storage(output))
    assert record is not None
    assert record["step"] == 1
    state = saved(output, 3)
    assert same(loaded(output), state)
    left = {info.path.split("/")[1] for info in open_storage(output).list("checkpoints/")}
    assert left == {"000002", "000002.json", "000003", "000003.json"}


@pytest.mark.slow
@pytest.mark.s3
def test_on_s3_that_is_slow_and_drops_requests(alone: None, proxy: FaultyProxy, s3_uri: str) -> None:
    proxy.latency_s = 0.02
    proxy.share("drop", 0.1)
    proxy.share("slow_down", 0.1)
    state = saved(s3_uri, 3)
    assert same(loaded(s3_uri), state)
    assert {seen.fault for seen in proxy.seen} >= {"drop", "slow_down"}
