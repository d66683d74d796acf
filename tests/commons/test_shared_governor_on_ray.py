"""Four workers on Ray are one client to the server, whose own log is the proof, also when the governor's actor dies."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from pipeline.budget import SpendGuard, spent
from pipeline.commons.shared_governor import ACTOR, NAMESPACE
from pipeline.config import Budget, Cluster
from pipeline.ray_executor import execute_on_ray
from pipeline.runner import Executor, run_stage
from pipeline.stage import StageOutput
from tests.commons.conftest import Serve, many
from tests.commons.test_images import Run, concept, rows
from tests.kit.commons import Script, max_in_flight

pytestmark = [pytest.mark.ray, pytest.mark.slow]
NUM_PICTURES = 40


@pytest.fixture(scope="module")
def on_ray() -> Iterator[Executor]:
    import ray

    yield execute_on_ray(Cluster(num_cpus=2, object_store_mb=80))
    ray.kill(ray.get_actor(ACTOR, NAMESPACE))
    ray.shutdown()


def complete(run: Run, execute: Executor) -> StageOutput:
    guard = SpendGuard(Budget(fetched_gb=1.0), spent(run.output))
    return run_stage(run.stage, run.inputs, run.output, execute, guard, 60.0)


def prepared(serve: Serve, folder: Path, **limits: float) -> Run:
    server = serve(many(NUM_PICTURES), behave=Script(hold_s=0.05))
    concepts = [concept(n, f"Photo {n}.jpg") for n in range(NUM_PICTURES)]
    return Run(folder, server, concepts, connections=2, rows_per_partition=4, **limits)


def test_never_more_connections_or_bytes_than_one_client_may(serve: Serve, tmp_path: Path, on_ray: Executor) -> None:
    run = prepared(serve, tmp_path, mbit_per_s=1.5)
    output = complete(run, on_ray)
    assert len(rows(output)) == NUM_PICTURES
    assert len({commit.log["pid"] for commit in output.manifest.commits}) == 4
    requests = run.server.requests
    assert max_in_flight(requests) <= 2
    # Bytes are paid for as they are read: at any moment no more has come than the time so far allows, and two pictures.
    ends = sorted((request.end or 0.0, request.num_bytes) for request in requests)
    start = min(request.start for request in requests)
    largest = max(size for _, size in ends)
    come = 0
    for end, size in ends:
        come += size
        assert come <= (end - start) * 1.5e6 / 8 + 3 * largest


def test_the_death_of_its_actor_lends_no_connection_twice(serve: Serve, tmp_path: Path, on_ray: Executor) -> None:
    import ray

    run = prepared(serve, tmp_path)
    killed = threading.Event()

    def kill() -> None:
        while len(run.server.requests) < 15:
            time.sleep(0.01)
        ray.kill(ray.get_actor(ACTOR, NAMESPACE), no_restart=False)
        killed.set()

    threading.Thread(target=kill, daemon=True).start()
    output = complete(run, on_ray)
    assert killed.is_set()
    assert len(rows(output)) == NUM_PICTURES
    assert max_in_flight(run.server.requests) <= 2
