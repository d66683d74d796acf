"""A Ray cluster of several nodes on loopback, each a session of its own, so that a node can lose its raylet."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from pipeline.subclusters import LABEL
from tests.kit.hosts import HERE, Host
from tests.kit.processes import end_session, in_session, session_of
from tests.kit.seaweed import free_ports

# Ray gives its own processes 30 s to get up, which on a busy machine may be too few.
START_ATTEMPTS = 10
RAY = Path(sys.executable).parent / "ray"
# Titles of processes of Ray's that do no work of ours now.
IDLE = ("ray::IDLE", "ray::DashboardAgent", "ray::RuntimeEnvAgent")
# A raylet that is gone refuses its checks at once and counts as dead in ten seconds; a slow one has a minute.
_QUICK_TO_NOTICE = {
    "RAY_health_check_initial_delay_ms": "0",
    "RAY_health_check_period_ms": "2000",
    "RAY_health_check_timeout_ms": "10000",
    "RAY_health_check_failure_threshold": "5",
}


@dataclass(frozen=True)
class Node:
    """What a node gives out, whatever the machine has, the part of the cluster that it belongs to, and where it is."""

    num_cpus: int = 1
    num_gpus: int = 0
    subcluster: str | None = None
    host: Host = HERE

    def command(self, *more: str) -> list[str]:
        """That starts it."""
        labels = [] if self.subcluster is None else [f"--labels={LABEL}={self.subcluster}"]
        given = (f"--num-cpus={self.num_cpus}", f"--num-gpus={self.num_gpus}", "--object-store-memory=100000000")
        start = (str(RAY), "start", f"--node-ip-address={self.host.address}")
        return [*self.host.before, *start, *given, *labels, *more]


# Of workers that take one core each, every such node has one.
ONE_CORE = Node()


class RayNodes:
    """A head, where drivers connect, and nodes that can be added and killed.

    Args:
        folder: for Ray's own files and logs; its path must be short.
        host: of the head.
        environment: additions to that of all nodes, and of drivers.
        redis: address of the Redis in which the head keeps what it knows; without one it ends with its GCS.
    """

    def __init__(self, folder: Path, host: Host = HERE, environment: Mapping[str, str] | None = None,
                 redis: str | None = None) -> None:  # fmt: skip
        self._folder = folder
        port, client_port = free_ports(2)
        self.address = f"{host.address}:{port}"
        own = {"RAY_AUTH_MODE": "disabled", "RAY_USAGE_STATS_ENABLED": "0"}
        self.environment = {**os.environ, **own, **(environment or {})}
        self.environment.pop("RAY_ADDRESS", None)
        # The port of Ray's client server is fixed otherwise, and two clusters of a machine would want it.
        self._head = ("--head", f"--port={port}", f"--temp-dir={folder}/r", "--include-dashboard=false",
                      f"--ray-client-server-port={client_port}")  # fmt: skip
        self._redis = redis
        self._nodes: list[subprocess.Popen[str]] = []
        self._beside: list[subprocess.Popen[str]] = []
        self._adding = ThreadPoolExecutor(1)
        self._added: Future[None] | None = None

    def add(self, node: Node = ONE_CORE) -> None:
        """Start another node, the head first of all, and wait until its raylet is up."""
        log = self._folder / f"{len(self._nodes)}.log"
        command = node.command(*((f"--address={self.address}",) if self._nodes else self._head))
        environment = {**self.environment, **_QUICK_TO_NOTICE}
        # `ray start` that stays with its processes ends the others when one of them ends.
        stays = bool(self._nodes) or self._redis is None
        if stays:
            command.append("--block")
        else:
            environment["RAY_REDIS_ADDRESS"] = str(self._redis)
        for attempt in range(1, START_ATTEMPTS + 1):
            with log.open("w") as output:
                process = subprocess.Popen(
                    command, env=environment, text=True,
                    stdout=output, stderr=subprocess.STDOUT, start_new_session=True,
                )  # fmt: skip
            self._nodes.append(process)
            while "Ray runtime started" not in log.read_text() and process.poll() is None:
                time.sleep(0.1)
            if process.poll() is None or (not stays and process.returncode == 0):
                return
            end_session(self._nodes.pop())
            if "timed out during startup" not in (printed := log.read_text()) or attempt == START_ATTEMPTS:
                raise RuntimeError(f"a node of Ray did not start:\n{printed[-3000:]}")

    def add_soon(self, node: Node = ONE_CORE) -> None:
        """Start another node and wait for nothing; that it did not start is told where raylets are asked for."""
        self._added = self._adding.submit(self.add, node)

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

    def workers(self) -> dict[int, tuple[int, str]]:
        """Workers that have something to do: process id -> number of the node, what it is doing."""
        return {
            pid: (number, title)
            for number, node in enumerate(self._nodes)
            for pid, title in in_session(node.pid)
            if title.startswith("ray::") and not title.startswith(IDLE)
        }

    def node_of(self, pid: int) -> int | None:
        """The number of the node that a process belongs to; None if it is gone."""
        of_process = session_of(pid)
        return next((number for number, node in enumerate(self._nodes) if node.pid == of_process), None)

    def kill_raylet(self, number: int | None) -> None:
        """SIGKILL of the raylet of a node; all that it had started must see to itself."""
        [raylet] = [pid for pid, of_node in self.raylets().items() if of_node == number]
        os.kill(raylet, signal.SIGKILL)

    def tell_to_leave(self, number: int) -> None:
        """SIGTERM to `ray start` of a node, as from a machine that is about to be taken away."""
        self._nodes[number].terminate()

    def kill_gcs(self) -> Callable[[], None]:
        """SIGKILL of what knows of all nodes and actors, on the head; without Redis the head ends with it.

        Returns:
            What starts it again as it was started, which only Redis gives a sense.
        """
        [gcs] = [pid for pid, title in in_session(self._nodes[0].pid) if title.endswith("/gcs_server")]
        command, given = (Path(f"/proc/{gcs}/{what}").read_text().split("\0")[:-1] for what in ("cmdline", "environ"))
        environment = dict(each.split("=", 1) for each in given)
        os.kill(gcs, signal.SIGKILL)

        def again() -> None:
            with (self._folder / "gcs.log").open("w") as log:
                process = subprocess.Popen(
                    command, env=environment, text=True, stdout=log, stderr=subprocess.STDOUT, start_new_session=True
                )
            self._beside.append(process)

        return again

    def end(self) -> None:
        """Leave no process behind."""
        self._adding.shutdown()
        for process in (*reversed(self._nodes), *self._beside):
            end_session(process)


@contextmanager
def ray_nodes(
    head: Node = ONE_CORE,
    others: Sequence[Node] = (ONE_CORE,),
    environment: Mapping[str, str] | None = None,
    redis: str | None = None,
) -> Iterator[RayNodes]:
    """A head and other nodes, gone when the block ends."""
    with tempfile.TemporaryDirectory(prefix="ray", dir="/tmp") as folder:  # short: Ray puts sockets below it
        nodes = RayNodes(Path(folder), head.host, environment, redis)
        try:
            for node in (head, *others):
                nodes.add(node)
            yield nodes
        finally:
            nodes.end()
