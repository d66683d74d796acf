"""Ranks under Ray Train that die, leave and come: the losses are those of a run that nobody disturbed."""

from __future__ import annotations

import os
import re
import signal
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from dataclasses import dataclass
from typing import Any

import pytest

from pipeline.errors import UserError
from pipeline.ray_executor import start
from pipeline.storage import Storage, open_storage
from tests.kit.processes import in_session
from tests.kit.proxy import Fault, FaultyProxy
from tests.kit.ray_nodes import RayNodes, ray_nodes
from tests.kit.seaweed import SeaweedServer
from tests.training.made import base_model, damaged, made_job, made_source
from training.checkpoint import records
from training.data.places import Source
from training.job import Job
from training.launch import Ranks, launch

pytestmark = [pytest.mark.ray, pytest.mark.s3, pytest.mark.slow]

PATIENCE_S, POLL_S = 200.0, 0.05
LAST = 14
RECORD = re.compile(r"/checkpoints/(\d+)\.json")


class Gate(FaultyProxy):
    """Holds records of checkpoints of more than `until` steps back: training waits for the one before the next.

    What was held is not passed on later, its client asks again; one that is dead by then does not.
    """

    until = 0

    def arrived(self, method: str, path: str) -> Fault | None:
        record = RECORD.search(path)
        if method == "PUT" and record is not None and int(record[1]) > self.until:
            while int(record[1]) > self.until:
                time.sleep(POLL_S)
            self.next("drop", path=path)
        return super().arrived(method, path)


@dataclass(frozen=True)
class World:
    """Where ranks run and what they read; `source` has samples for fourteen steps."""

    nodes: RayNodes
    gate: Gate
    storage: Storage
    source: Source

    def job(self, output: str) -> Job:
        return made_job(self.storage, [self.source], output)

    def losses(self, output: str) -> list[float]:
        record = records.last(self.storage.child(output))
        assert record is not None
        return [step["loss"] for step in record["steps"]]

    def wait_for(self, what: Callable[[], Any]) -> Any:
        """What is there at last."""
        until = time.monotonic() + PATIENCE_S
        while time.monotonic() < until:
            found = what()
            if found:
                return found
            time.sleep(POLL_S)
        raise TimeoutError

    def wait_for_step(self, output: str, step: int) -> None:
        """Until there is a checkpoint after so many steps."""
        self.wait_for(lambda: self.storage.stat(f"{output}/checkpoints/{step:06d}.json"))


@pytest.fixture(scope="module")
def world(seaweed: SeaweedServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with pytest.MonkeyPatch.context() as patch, closing(Gate(seaweed.endpoint)) as gate:
        for name, value in seaweed.environment(endpoint=gate.endpoint).items():
            patch.setenv(name, value)
        patch.setenv("RAY_TRAIN_HEALTH_CHECK_INTERVAL_S", "0.3")
        patch.setenv("OMP_NUM_THREADS", "1")
        storage = open_storage(f"s3://{seaweed.bucket}/launch")
        source = made_source(storage, base_model(storage, tmp_path_factory.mktemp("base")))
        with ray_nodes() as nodes:
            import ray

            start(address=nodes.address, logging_level="ERROR", log_to_driver=False)
            try:
                yield World(nodes, gate, storage, source)
            finally:
                ray.shutdown()


def ranks(minimum: int | None = None) -> Ranks:
    return Ranks(2, minimum, cpus_per_worker=1.0, gpus_per_worker=0.0, max_failures=3, resize_after_s=1.0)


@contextmanager
def disturbed(gate: Gate, disturb: Callable[[], None]) -> Iterator[None]:
    """Beside what is in the block, which has this thread: Ray Train wants the main one. Then all may go on."""

    def then_go_on() -> None:
        try:
            disturb()
        finally:
            gate.until = LAST

    with ThreadPoolExecutor(1) as pool:
        beside = pool.submit(then_go_on)
        yield
        beside.result()


@pytest.fixture(scope="module")
def undisturbed(world: World) -> list[float]:
    world.gate.until = LAST
    launch(world.job("undisturbed"), ranks())
    return world.losses("undisturbed")


def test_a_rank_that_is_killed_is_replaced(world: World, undisturbed: list[float]) -> None:
    def kill() -> None:
        world.wait_for_step("killed", 4)
        [rank, *_] = rank_processes(world.nodes)
        os.kill(rank, signal.SIGKILL)

    world.gate.until = 4
    with disturbed(world.gate, kill):
        launch(world.job("killed"), ranks())
    assert world.losses("killed") == pytest.approx(undisturbed, rel=1e-5)


def rank_processes(nodes: RayNodes) -> list[int]:
    """Process ids of the ranks on nodes that are not the head."""
    return [pid for node in nodes.sessions()[1:] for pid, title in in_session(node) if "TrainWorker" in title]


def test_what_a_user_can_mend_ends_it_at_once(world: World) -> None:
    """No rank starts a second time for it, though three failures are allowed."""
    world.gate.until, seen, interrupt = LAST, len(world.gate.seen), signal.getsignal(signal.SIGINT)
    source = damaged(world.storage, world.source, "damaged")
    with pytest.raises(UserError, match=r"^s3://\S+/damaged/\S+: row \d+ .*sample -?\d+: .*train\.on_corrupt=skip$"):
        launch(made_job(world.storage, [source], "refused"), ranks())
    asked = [each for each in world.gate.seen[seen:] if each.method == "GET" and "/base/config.json" in each.path]
    assert len(asked) <= 2, "a rank that is late hears of it before it has read anything"
    assert not list(world.storage.list("refused/refusals/"))
    assert signal.getsignal(signal.SIGINT) is interrupt, "Ray Train's own would be left in place"


@pytest.mark.soak
def test_a_node_leaves_and_another_comes(world: World, undisturbed: list[float]) -> None:
    def leave_and_come() -> None:
        world.wait_for(lambda: sizes(world, 6) == {2})
        world.nodes.kill_raylet(1)
        world.wait_for(lambda: sizes(world, 6) == {1, 2})
        world.gate.until = 8
        world.wait_for(lambda: sizes(world, 10) == {1})
        world.nodes.add()
        world.wait_for(lambda: sizes(world, 10) == {1, 2})

    world.gate.until = 4
    with disturbed(world.gate, leave_and_come):
        launch(world.job("elastic"), ranks(minimum=1))
    assert world.losses("elastic") == pytest.approx(undisturbed, rel=1e-5)
    assert [sizes(world, step, whole=True) for step in range(2, 15, 2)] == [{2}, {2}, {1}, {1}, {2}, {2}, {2}]


def sizes(world: World, step: int, *, whole: bool = False) -> set[int]:
    """Numbers of ranks that have written to the checkpoints after so many steps, to one that was stored or to any."""
    output, found = world.storage.child("elastic"), defaultdict(set)
    for info in output.list(f"checkpoints/{step:06d}/"):
        folder, _, name = info.path.rpartition("/")
        if name.endswith(".distcp"):
            found[f"{folder}/"].add(name.split("_")[2])
    return {len(by) for folder, by in found.items() if not whole or folder == records.files_of(output, step)[0]}
