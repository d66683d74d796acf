"""Nodes of a cluster that are taken away while something is done on them, and replaced."""

from __future__ import annotations

from typing import Literal

from tests.kit.driver import Driver, wait_until
from tests.kit.ray_nodes import Node, RayNodes

# The head works for nobody, so that every worker is on a node that may be lost.
HEAD, OTHER = Node(num_cpus=0), Node(num_cpus=1, num_gpus=1)

Loss = Literal["killed", "told to leave"]


def lose_one_at_work(driver: Driver, nodes: RayNodes, loss: Loss, when: str) -> None:
    """Take away the first node on which anything is being done, and bring another in its place."""

    def strikes() -> bool:
        able = set(nodes.raylets().values())
        for number, _ in nodes.workers().values():
            if number in able:
                _take(nodes, number, loss)
                return True
        return False

    wait_until(driver, strikes, when)
    nodes.add_soon(OTHER)


def _take(nodes: RayNodes, number: int, loss: Loss) -> None:
    if loss == "killed":
        nodes.kill_raylet(number)
    else:
        nodes.tell_to_leave(number)
