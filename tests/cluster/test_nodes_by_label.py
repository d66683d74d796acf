"""On a cluster with nodes of several kinds every stage works where its label says, with the bytes of one process."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from sample.build import BuiltSample
from sample.commons_server import CommonsServer
from tests.kit.compare import commit_logs, results
from tests.kit.driver import Driver, started
from tests.kit.ray_nodes import Node, RayNodes, ray_nodes
from tests.kit.sample_run import SampleRun
from tests.kit.stubbed_stages import SETTINGS

pytestmark = [pytest.mark.ray, pytest.mark.slow]

DRIVER = "tests.kit.stubbed_run"
# No label, and cores that nothing may take: work that lost its label would be found here.
HEAD = Node(num_cpus=4)
CPU, GPU, TRAIN = Node(2, 0, "cpu-spot"), Node(2, 1, "gpu-spot"), Node(2, 1, "train")
ON_DRIVER = {"model", "train", "benchmarks", "score"}
ON_GPUS = {"rephrase", "judge", "evaluate_base", "evaluate_trained"}
PLACES = "cluster.subclusters={cpu: cpu-spot, gpu: gpu-spot, train: train}"
LOOK_EVERY_S = 0.2


@contextmanager
def watched(nodes: RayNodes) -> Iterator[dict[int, tuple[int, str]]]:
    """Every worker that was seen meanwhile: process id -> number of its node, what it was doing last."""
    seen: dict[int, tuple[int, str]] = {}
    over = threading.Event()

    def look() -> None:
        while not over.wait(LOOK_EVERY_S):
            seen.update(nodes.workers())

    looking = threading.Thread(target=look)
    looking.start()
    try:
        yield seen
    finally:
        over.set()
        looking.join()


def ended_well(driver: Driver) -> None:
    code, printed = driver.wait(1200)
    assert code == 0, printed


@pytest.mark.parametrize(
    "last",
    ["assemble", pytest.param("evaluate_trained", marks=[pytest.mark.soak, pytest.mark.timeout(2400)])],
)
def test_stages_keep_to_the_nodes_of_their_label(
    built_sample: BuiltSample, commons: CommonsServer, tmp_path: Path, last: str
) -> None:
    alone = SampleRun(built_sample, commons, str(tmp_path / "alone"), SETTINGS, last)
    with started(alone.arguments("run", "--local"), module=DRIVER) as driver:
        ended_well(driver)

    with ray_nodes(HEAD, (CPU, GPU, TRAIN)) as nodes, watched(nodes) as seen:
        overrides = (*SETTINGS, f"cluster.address={nodes.address}", PLACES)
        run = SampleRun(built_sample, commons, str(tmp_path / "spread"), overrides, last)
        with started(run.arguments("run"), nodes.environment, DRIVER) as driver:
            ended_well(driver)

    used: dict[str, set[int | str]] = {}
    for name, log in commit_logs(run.config).items():
        node = "driver" if log["pid"] == driver.pid else seen[log["pid"]][0]
        used.setdefault(name.partition("/")[0], set()).add(node)
    expected = {stage: {"driver" if stage in ON_DRIVER else 2 if stage in ON_GPUS else 1} for stage in used}
    assert used == expected
    assert {number for number, title in seen.values() if "TrainWorker" in title} <= {3}
    assert untrained(results(run.config, last)) == untrained(results(alone.config, last))


def untrained(found: dict[str, str]) -> dict[str, str]:
    """Without what follows from a training: with other threads, sums of floats differ in their last bits."""
    return {name: each for name, each in found.items() if not name.startswith(("train/", "evaluate_trained/"))}
