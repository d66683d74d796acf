"""Training is killed, told to leave, and has a storage that is slow, refuses and fails: the losses stay the same.

A rank runs as torchrun starts it, without Ray; what Ray Train does about ranks and nodes is in
tests/training/test_launch.py.
"""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from pipeline.storage import Storage, open_storage
from tests.kit.driver import Driver, started, wait_until
from tests.kit.proxy import FaultyProxy
from tests.kit.seaweed import free_ports
from tests.training.made import base_model, made_job, made_source
from training.checkpoint import records
from training.health.preemption import EXIT_CODE
from training.job import Job
from training.launch import Ranks, launch

pytestmark = pytest.mark.slow


@pytest.fixture(autouse=True, scope="module")
def one_thread() -> Iterator[None]:
    """As in the ranks of their own processes: sums are equal to the last bit."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> tuple[Storage, Job]:
    """A training of 28 steps, and where its base and samples are."""
    folder = tmp_path_factory.mktemp("made")
    storage = open_storage(str(folder / "stored"))
    source = made_source(storage, base_model(storage, folder / "base"))
    return storage, made_job(storage, [source], epochs=2, checkpoint_every=3, keep_checkpoints=2)


@pytest.fixture(scope="module")
def undisturbed(made: tuple[Storage, Job]) -> list[float]:
    storage, job = made
    return losses_of(replace(job, output=storage.child("undisturbed").uri))


def losses_of(job: Job) -> list[float]:
    """From where it stands to its end, in this process."""
    launch(job, Ranks(1, None, 1.0, 0.0, 0))
    record = records.last(open_storage(job.output))
    assert record is not None
    return [step["loss"] for step in record["steps"]]


def driver_of(job: Job, folder: Path) -> tuple[list[str], dict[str, str]]:
    """Arguments and environment of a rank in a process of its own."""
    path = folder / "job.json"
    path.write_text(job.to_json())
    [port] = free_ports(1)
    rank = {"RANK": "0", "WORLD_SIZE": "1", "MASTER_ADDR": "127.0.0.1", "MASTER_PORT": str(port)}
    return [str(path)], {**rank, "OMP_NUM_THREADS": "1"}


def wait_for_step(driver: Driver, output: Storage, step: int) -> None:
    wait_until(driver, lambda: output.stat(f"checkpoints/{step:06d}.json") is not None, f"step {step}")


def test_killed(made: tuple[Storage, Job], undisturbed: list[float], tmp_path: Path) -> None:
    job = replace(made[1], output=str(tmp_path / "out"))
    output = open_storage(job.output)
    arguments, environment = driver_of(job, tmp_path)
    with started(arguments, environment, "training.worker") as driver:
        wait_for_step(driver, output, 6)
        driver.kill("driver")
        assert driver.wait()[0] == -signal.SIGKILL
    record = records.last(output)
    assert record is not None
    assert 6 <= record["step"] < len(undisturbed)
    assert losses_of(job) == undisturbed


def test_told_to_leave(made: tuple[Storage, Job], undisturbed: list[float], tmp_path: Path) -> None:
    """It leaves after the step under way with a checkpoint of it; no step is done twice."""
    job = replace(made[1], output=str(tmp_path / "out"))
    output = open_storage(job.output)
    arguments, environment = driver_of(job, tmp_path)
    with started(arguments, environment, "training.worker") as driver:
        wait_for_step(driver, output, 3)
        os.kill(driver.pid, signal.SIGTERM)
        code, printed = driver.wait()
    record = records.last(output)
    assert record is not None
    assert code == EXIT_CODE
    assert f"left after {record['step']} steps, of which there is a checkpoint" in printed
    assert losses_of(job) == undisturbed


@pytest.mark.s3
def test_a_storage_that_is_slow_and_fails(
    made: tuple[Storage, Job],
    undisturbed: list[float],
    proxy: FaultyProxy,
    s3_uri: str,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    """One save is refused as a whole; all requests take their time, and some have to be made again."""
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "4")
    job = replace(made[1], output=f"{s3_uri}/out")
    proxy.latency_s = 0.01
    proxy.share("drop", 0.03)
    proxy.share("slow_down", 0.03)
    proxy.next("drop", 99, "PUT", "/checkpoints/000006/")
    assert losses_of(job) == undisturbed
    assert "checkpoint of step 6 was not stored, training goes on" in capfd.readouterr().err
