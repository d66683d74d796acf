"""A node is lost in the middle of a stage, at once or with notice: the run heals by itself, with the same bytes."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from sample.build import BuiltSample
from sample.commons_server import CommonsServer
from tests.kit.compare import commit_logs, results
from tests.kit.driver import num_commits, started, wait_until
from tests.kit.node_losses import HEAD, OTHER, Loss, lose_one_at_work
from tests.kit.ray_nodes import RayNodes, ray_nodes
from tests.kit.sample_run import SampleRun
from tests.kit.stubbed_stages import SETTINGS

pytestmark = [pytest.mark.ray, pytest.mark.slow, pytest.mark.timeout(1800)]

DRIVER = "tests.kit.stubbed_run"
STAGES = (
    "extract", "select", "images", "questions", "rephrase", "judge", "compare_within", "compare_across", "arrange",
    "assemble",
)  # fmt: skip


@pytest.fixture(scope="module")
def left_alone(
    built_sample: BuiltSample, commons: CommonsServer, tmp_path_factory: pytest.TempPathFactory
) -> SampleRun:
    run = SampleRun(built_sample, commons, str(tmp_path_factory.mktemp("left_alone")), SETTINGS)
    with started(run.arguments("run", "--local"), module=DRIVER) as driver:
        code, printed = driver.wait()
    assert code == 0, printed
    return run


@pytest.fixture(scope="module")
def nodes() -> Iterator[RayNodes]:
    with ray_nodes(HEAD, (OTHER, OTHER)) as running:
        yield running


def check_heals(left_alone: SampleRun, nodes: RayNodes, output: Path, losses: dict[str, Loss]) -> None:
    """Lose a node in the middle of each of these stages of one run."""
    own = (*left_alone.overrides, f"cluster.address={nodes.address}")
    run = SampleRun(left_alone.sample, left_alone.server, str(output), own)
    partitions, storage = left_alone.num_partitions(), run.storage
    with started(run.arguments("run"), nodes.environment, DRIVER) as driver:
        for stage, loss in losses.items():
            when = f"the middle of {stage}"
            middle = partitions[stage] // 2
            wait_until(driver, lambda stage=stage, middle=middle: num_commits(storage, stage) >= middle, when)  # type: ignore[misc]
            lose_one_at_work(driver, nodes, loss, when)
            before = commit_logs(run.config)
        code, printed = driver.wait()
    assert code == 0, printed
    after = commit_logs(run.config)
    assert {name: after[name] for name in before} == before, "committed work was done again"
    assert results(run.config) == results(left_alone.config)


def test_nodes_are_lost_in_three_stages(left_alone: SampleRun, nodes: RayNodes, tmp_path: Path) -> None:
    check_heals(left_alone, nodes, tmp_path, {"extract": "killed", "images": "told to leave", "rephrase": "killed"})


@pytest.mark.soak
@pytest.mark.parametrize("loss", ["killed", "told to leave"])
@pytest.mark.parametrize("stage", STAGES)
def test_a_node_is_lost_in_the_middle_of_each_stage(
    left_alone: SampleRun, nodes: RayNodes, tmp_path: Path, stage: str, loss: Loss
) -> None:
    check_heals(left_alone, nodes, tmp_path, {stage: loss})
