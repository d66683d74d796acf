"""Workers that keep something, on a small local Ray: what happens when they die."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from pipeline.config import Cluster
from pipeline.errors import UserError
from pipeline.pooled import Pool, PooledStage, WorkerDied
from pipeline.ray_executor import TASK_RETRIES, execute_on_ray
from pipeline.runner import Executor
from pipeline.stage import Inputs, Outcome, Partition
from pipeline.storage import open_storage
from tests.kit.toy import Journal, Numbers, run_toy, subjects

pytestmark = [pytest.mark.ray, pytest.mark.slow]


class Nothing:
    async def close(self) -> None:
        pass


class PooledNumbers(PooledStage, Numbers):
    """`Numbers` by one worker, which is of no use any more once it has met one of the `deadly` partitions."""

    pool = Pool(1, 1, 2)
    deadly: frozenset[str] = frozenset()

    def open(self) -> Nothing:
        return Nothing()

    async def process_with(self, partition: Partition, inputs: Inputs, shared: Any, kept: Nothing) -> Outcome:
        outcome = Numbers.process(self, partition, inputs, shared)
        if partition.id in self.deadly:
            raise WorkerDied("it always does")
        return outcome


@dataclass(frozen=True)
class Once:
    """A `before` that ends its worker the first time, as a node does that goes away."""

    journal: Journal

    def __call__(self, partition: str) -> None:
        if self.journal.counts()[f"began {partition}"] == 1:
            raise WorkerDied("it was the first time")


@pytest.fixture(scope="module")
def on_ray() -> Iterator[Executor]:
    import ray

    yield execute_on_ray(Cluster(num_cpus=2, object_store_mb=80))
    ray.shutdown()


@pytest.mark.soak
@pytest.mark.timeout(900)
def test_a_partition_that_always_ends_its_worker_is_given_up(tmp_path: Path, on_ray: Executor) -> None:
    journal, output = Journal(tmp_path / "journal"), open_storage(str(tmp_path / "run"))
    stage = PooledNumbers(3, journal=journal)
    stage.deadly = frozenset(["000001"])
    with pytest.raises(UserError, match=r"numbers: Ray gave up: .*committed work is kept"):
        run_toy(stage, output, execute=on_ray)
    assert journal.counts()["began 000001"] == TASK_RETRIES + 1
    assert subjects(run_toy(PooledNumbers(3), output, execute=on_ray)) == [n for n in range(15) if n % 3]


def test_partitions_of_a_worker_that_ended_are_taken_over(tmp_path: Path, on_ray: Executor) -> None:
    journal, output = Journal(tmp_path / "journal"), open_storage(str(tmp_path / "run"))
    stage = PooledNumbers(3, journal=journal, before=Once(journal))
    assert subjects(run_toy(stage, output, execute=on_ray)) == [n for n in range(15) if n % 3]
