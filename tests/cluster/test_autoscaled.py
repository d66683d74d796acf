"""Nodes with GPUs come when models are asked, are all used, and leave afterwards: by Ray's autoscaler on fake nodes."""

from __future__ import annotations

import time
from dataclasses import replace
from pathlib import Path

import pytest

from pipeline.local_executor import execute_locally
from tests.generation.rows import group
from tests.generation.test_stages import questions
from tests.kit.driver import started
from tests.kit.fake_autoscaling import IDLE_S, NodeType, Scaled, autoscaling
from tests.kit.killable_engine import engines_of, held, journalled
from tests.kit.killable_stages import Work, keep_input
from tests.kit.ray_nodes import Node

pytestmark = [pytest.mark.ray, pytest.mark.slow, pytest.mark.timeout(1200)]

GPU_NODES = 3
# Ray Data has tasks of its own, which any node with cores and the label may do.
TYPES = {
    "gpu-spot": NodeType(Node(1, 1, "gpu-spot"), GPU_NODES),
    "train": NodeType(Node(4, 4, "train"), 2),
}
LEAVES_WITHIN_S = 60.0


def highest(scaled: Scaled, journal: Path, arguments: list[str]) -> tuple[int, int]:
    """The most nodes, and the most engines, that there were at once while the driver ran to its end.

    Engines that were held begin once there is one on each node.
    """
    nodes = engines = 0
    with started(arguments, scaled.environment, "tests.kit.scaled_run") as driver:
        while driver.running:
            nodes, engines = max(nodes, scaled.num_nodes()), max(engines, len(engines_of(journal)))
            if engines == GPU_NODES:
                held(journal).unlink(missing_ok=True)
            time.sleep(0.2)
        code, printed = driver.wait()
    assert code == 0, printed
    return nodes, engines


@pytest.mark.parametrize(
    ("at_least", "at_most", "pace"),
    [
        pytest.param(GPU_NODES, GPU_NODES, 1.0, id="a fixed pool"),
        pytest.param(1, GPU_NODES, 16.0, id="a pool that grows", marks=pytest.mark.soak),
    ],
)
def test_nodes_come_are_all_used_and_leave(tmp_path: Path, at_least: int, at_most: int, pace: float) -> None:
    rows = [[group(2 * number), group(2 * number + 1)] for number in range(24)]
    alone = Work(str(tmp_path / "alone"), tmp_path / "alone-journal", pace=0.0)
    work = Work(str(tmp_path / "run"), tmp_path / "journal", pace=pace)
    for each in (alone, work):
        keep_input(questions(each.storage, rows))
    expected, _ = alone.run(execute_locally)

    if at_least == GPU_NODES:
        # Else the first might do it all while the others start.
        held(work.journal).touch()
    arguments = [work.output, str(work.journal), str(pace), str(at_least), str(at_most)]
    with autoscaling(TYPES) as scaled:
        assert scaled.num_nodes() == 0
        nodes, engines = highest(scaled, work.journal, [*arguments, scaled.address])
        deadline = time.monotonic() + IDLE_S + LEAVES_WITHIN_S
        while scaled.num_nodes():
            assert time.monotonic() < deadline, f"{scaled.num_nodes()} nodes stay though nothing is to be done"
            time.sleep(0.5)

    assert (nodes, engines) == (GPU_NODES, GPU_NODES)
    assert len({asked.engine for asked in journalled(work.journal)}) == GPU_NODES, "each node's engine did something"
    done, _ = replace(work, pace=0.0).run(execute_locally)
    assert done.manifest.digest == expected.manifest.digest
