"""A run in processes of its own, which a test can kill where it hurts."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from pipeline.storage import Storage
from tests.kit.hosts import HERE, Host
from tests.kit.processes import end_session, in_session
from tests.kit.ray_nodes import IDLE

ROOT = Path(__file__).parents[2]
POLL_S = 0.002

Victim = Literal["driver", "worker"]


@dataclass(frozen=True)
class Kill:
    """SIGKILL of the driver, or of a worker at work, `delay_s` after `stage` has made `after` commits in this run."""

    stage: str
    after: int
    victim: Victim
    delay_s: float = 0.0


def seeded_kill(seed: int, partitions: Mapping[str, int], victim: Victim | None = None) -> Kill:
    """A kill drawn from a seed; the stage has at least one partition left to do when it strikes.

    Args:
        seed: equal seeds give equal kills.
        partitions: stage -> number of its partitions.
        victim: None draws one.
    """
    draw = random.Random(seed)
    stage = draw.choice(sorted(partitions))
    after = draw.randrange(partitions[stage])
    return Kill(stage, after, victim or draw.choice(("driver", "worker")), draw.uniform(0, 0.05))


class Driver:
    """`culturalground` in a session of its own: every process that Ray starts for it belongs to that session."""

    def __init__(
        self,
        arguments: Sequence[str],
        environment: Mapping[str, str] | None = None,
        module: str = "jobs.cli",
        host: Host = HERE,
    ) -> None:
        # A file, not a pipe: nobody reads before the end, and a driver whose pipe is full stands still.
        self._printed = tempfile.NamedTemporaryFile("wb")  # noqa: SIM115 - closed by `end`
        self._process = subprocess.Popen(
            [*host.before, sys.executable, "-m", module, *arguments],
            cwd=ROOT,
            env={**os.environ, "RAY_AUTH_MODE": "disabled", **(environment or {})},
            stdout=self._printed,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
        self.pid = self._process.pid

    def wait(self, timeout_s: float = 600.0) -> tuple[int, str]:
        """The exit code (negative: the signal that ended it) and all that was printed."""
        code = self._process.wait(timeout_s)
        return code, Path(self._printed.name).read_text(encoding="utf-8", errors="replace")

    @property
    def running(self) -> bool:
        return self._process.poll() is None

    def workers(self) -> list[int]:
        """Process ids of the Ray workers that are executing something now."""
        return [pid for pid, title in in_session(self.pid) if title.startswith("ray::") and not title.startswith(IDLE)]

    def kill(self, victim: Victim) -> None:
        """SIGKILL at once.

        Raises:
            LookupError: no worker is at work.
        """
        if victim == "driver":
            os.kill(self.pid, signal.SIGKILL)
            return
        at_work = self.workers()
        if not at_work:
            raise LookupError("no worker is at work")
        os.kill(at_work[0], signal.SIGKILL)

    def end(self) -> None:
        """Leave no process of the session behind."""
        end_session(self._process)
        self._printed.close()


@contextmanager
def started(
    arguments: Sequence[str],
    environment: Mapping[str, str] | None = None,
    module: str = "jobs.cli",
    host: Host = HERE,
) -> Iterator[Driver]:
    """A driver that is gone, with all its processes, when the block ends."""
    driver = Driver(arguments, environment, module, host)
    try:
        yield driver
    finally:
        driver.end()


def num_commits(output: Storage, stage: str) -> int:
    """Commit records of a stage, whatever the fingerprint."""
    return sum("/commits/" in info.path for info in output.list(f"{stage}/"))


def kill_at(driver: Driver, output: Storage, kill: Kill, timeout_s: float = 600.0) -> None:
    """Wait for the moment that `kill` describes, and strike.

    Raises:
        AssertionError: the run ended, or the time was over, before the moment came.
    """

    def has_come() -> bool:
        return _has_begun(output, kill.stage) and num_commits(output, kill.stage) >= kill.after

    wait_until(driver, has_come, str(kill), timeout_s)
    time.sleep(kill.delay_s)

    def strikes() -> bool:
        try:
            driver.kill(kill.victim)
        except LookupError:
            return False
        return True

    wait_until(driver, strikes, str(kill), timeout_s)


def wait_until(driver: Driver, condition: Callable[[], bool], what: str, timeout_s: float = 600.0) -> None:
    """Ask again and again while the driver runs.

    Raises:
        AssertionError: the run ended, or the time was over, before the condition held.
    """
    deadline = time.monotonic() + timeout_s
    while not condition():
        assert driver.running, f"the run ended before {what}: {driver.wait()[1][-2000:]}"
        assert time.monotonic() < deadline, f"the moment never came: {what}"
        time.sleep(POLL_S)


def _has_begun(output: Storage, stage: str) -> bool:
    return any(info.path.endswith("/stage.json") for info in output.list(f"{stage}/"))
