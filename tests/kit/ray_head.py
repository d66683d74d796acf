"""A Ray head on loopback that takes jobs, as `ray start --head` on a cluster's first node does."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.kit.processes import end_session
from tests.kit.seaweed import free_ports

START_TIMEOUT_S = 90.0
BIN = Path(sys.executable).parent


@dataclass(frozen=True)
class RayHead:
    """`dashboard` is the address that `ray job submit` needs."""

    dashboard: str
    environment: Mapping[str, str]

    def submit(self, *entrypoint: str, working_dir: Path, timeout_s: float = 240.0) -> tuple[int, str]:
        """`ray job submit`, waiting for the job's end: exit code and what was printed."""
        return self.job("submit", "--working-dir", str(working_dir), "--", *entrypoint, timeout_s=timeout_s)

    def job(self, command: str, *arguments: str, timeout_s: float = 240.0) -> tuple[int, str]:
        """`ray job COMMAND`: exit code and what was printed."""
        done = subprocess.run(
            [BIN / "ray", "job", command, "--address", self.dashboard, *arguments],
            env=self.environment,
            text=True,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            timeout=timeout_s,
            check=False,
        )
        return done.returncode, done.stdout

    def told_of_jobs(self) -> str:
        """All that the dashboard tells of jobs: commands, environments, metadata."""
        with urllib.request.urlopen(f"{self.dashboard}/api/jobs/", timeout=30) as answer:
            told: bytes = answer.read()
        return told.decode()


@contextmanager
def ray_head(environment: Mapping[str, str] | None = None, num_cpus: int = 2) -> Iterator[RayHead]:
    """Start a head, wait until it takes jobs, and leave no process behind.

    Args:
        environment: additions to this process's environment, seen by every worker.
        num_cpus: what Ray hands out.
    """
    ports = free_ports(5)
    names = ("port", "dashboard-port", "ray-client-server-port", "dashboard-agent-listen-port", "metrics-export-port")
    known = {
        **os.environ,
        "RAY_AUTH_MODE": "disabled",
        "RAY_USAGE_STATS_ENABLED": "0",
        "PATH": f"{BIN}:{os.environ['PATH']}",
        **(environment or {}),
    }
    known.pop("RAY_ADDRESS", None)
    with tempfile.TemporaryDirectory(prefix="ray", dir="/tmp") as folder:  # short: Ray puts sockets below it
        log = Path(folder) / "head.log"
        with log.open("w") as output:
            process = subprocess.Popen(
                [
                    BIN / "ray", "start", "--head", "--block", "--node-ip-address=127.0.0.1",
                    *(f"--{name}={port}" for name, port in zip(names, ports, strict=True)),
                    f"--num-cpus={num_cpus}", "--object-store-memory=200000000", f"--temp-dir={folder}/r",
                    "--dashboard-host=127.0.0.1",
                ],
                env=known, stdout=output, stderr=subprocess.STDOUT, text=True, start_new_session=True,
            )  # fmt: skip
        head = RayHead(f"http://127.0.0.1:{ports[1]}", known)
        try:
            _wait_for_jobs(head.dashboard, process, log)
            yield head
        finally:
            end_session(process)


def _wait_for_jobs(dashboard: str, process: subprocess.Popen[str], log: Path) -> None:
    deadline = time.monotonic() + START_TIMEOUT_S
    while True:
        try:
            with urllib.request.urlopen(f"{dashboard}/api/jobs/", timeout=5):
                return
        except (urllib.error.URLError, TimeoutError, ConnectionError):
            if process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"the Ray head did not take jobs:\n{log.read_text()[-3000:]}") from None
            time.sleep(0.3)
