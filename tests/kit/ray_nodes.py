"""A Ray cluster of two nodes on loopback, each a session of its own, so that a node can lose its raylet."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

from tests.kit.processes import end_session, in_session, session_of
from tests.kit.seaweed import free_ports

# Ray gives its own processes 30 s to get up, which on a busy machine may be too few.
START_ATTEMPTS = 10
RAY = Path(sys.executable).parent / "ray"
# A raylet that is gone refuses its checks at once and counts as dead in ten seconds; a slow one has a minute.
_QUICK_TO_NOTICE = {
    "RAY_health_check_initial_delay_ms": "0",
    "RAY_health_check_period_ms": "2000",
    "RAY_health_check_timeout_ms": "10000",
    "RAY_health_check_failure_threshold": "5",
}


class RayNodes:
    """A head, where drivers connect and which is not to be killed, and nodes that can be added and killed.

    Every node gives out one core: of workers that take one each, every node has one.

    Args:
        folder: for Ray's own files and logs; its path must be short.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        port, client_port = free_ports(2)
        self.address = f"127.0.0.1:{port}"
        self.environment = {**os.environ, "RAY_AUTH_MODE": "disabled", "RAY_USAGE_STATS_ENABLED": "0"}
        self.environment.pop("RAY_ADDRESS", None)
        # The port of Ray's client server is fixed otherwise, and two clusters of a machine would want it.
        self._head = ("--head", f"--port={port}", f"--temp-dir={folder}/r", "--include-dashboard=false",
                      f"--ray-client-server-port={client_port}")  # fmt: skip
        self._nodes: list[subprocess.Popen[str]] = []
        self._adding = ThreadPoolExecutor(1)
        self._added: Future[None] | None = None

    def add(self) -> None:
        """Start another node, the head first of all, and wait until its raylet is up."""
        log = self._folder / f"{len(self._nodes)}.log"
        arguments = ("--block", "--node-ip-address=127.0.0.1", "--num-cpus=1", "--object-store-memory=100000000",
                     *((f"--address={self.address}",) if self._nodes else self._head))  # fmt: skip
        for attempt in range(1, START_ATTEMPTS + 1):
            with log.open("w") as output:
                node = subprocess.Popen(
                    [RAY, "start", *arguments], env={**self.environment, **_QUICK_TO_NOTICE}, text=True,
                    stdout=output, stderr=subprocess.STDOUT, start_new_session=True,
                )  # fmt: skip
            self._nodes.append(node)
            while "Ray runtime started" not in log.read_text() and node.poll() is None:
                time.sleep(0.1)
            if node.poll() is None:
                return
            end_session(self._nodes.pop())
            if "timed out during startup" not in (printed := log.read_text()) or attempt == START_ATTEMPTS:
                raise RuntimeError(f"a node of Ray did not start:\n{printed[-3000:]}")

    def add_soon(self) -> None:
        """Start another node and wait for nothing; that it did not start is told where raylets are asked for."""
        self._added = self._adding.submit(self.add)

    def sessions(self) -> list[int]:
        """Of all nodes: where their processes are found, see `processes.py`."""
        return [node.pid for node in self._nodes]

    def raylets(self) -> dict[int, int]:
        """Of the nodes that may be killed: process id of the raylet -> number of the node."""
        if self._added is not None and self._added.done():
            self._added.result()
        return {
            pid: number
            for number, node in enumerate(self._nodes[1:], 1)
            for pid, title in in_session(node.pid)
            if title.endswith("/raylet")
        }

    def node_of(self, pid: int) -> int | None:
        """The number of the node that a process belongs to; None if it is gone."""
        of_process = session_of(pid)
        return next((number for number, node in enumerate(self._nodes) if node.pid == of_process), None)

    def kill_raylet(self, number: int | None) -> None:
        """SIGKILL of the raylet of a node; all that it had started must see to itself."""
        [raylet] = [pid for pid, of_node in self.raylets().items() if of_node == number]
        os.kill(raylet, signal.SIGKILL)

    def end(self) -> None:
        """Leave no process behind."""
        self._adding.shutdown()
        for node in reversed(self._nodes):
            end_session(node)


@contextmanager
def ray_nodes() -> Iterator[RayNodes]:
    """A head and one node more, gone when the block ends."""
    with tempfile.TemporaryDirectory(prefix="ray", dir="/tmp") as folder:  # short: Ray puts sockets below it
        nodes = RayNodes(Path(folder))
        try:
            nodes.add()
            nodes.add()
            yield nodes
        finally:
            nodes.end()
