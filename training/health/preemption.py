"""A notice that this machine will be taken away: SIGTERM, or what the launcher hears of its cluster.

A notice may reach one rank and not the others, or between two of their steps. So each rank adds a number to what is
reduced over ranks at the start of every step anyway; where the sum is not nought all of them leave before that step,
with a checkpoint of those done.
"""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable
from types import FrameType, TracebackType
from typing import Any

EXIT_CODE = 128 + signal.SIGTERM


class Preempted(Exception):  # noqa: N818 - no error: the run goes on elsewhere
    """All ranks have left after `step` steps, of which there is a checkpoint: starting again goes on from there."""

    def __init__(self, step: int) -> None:
        super().__init__(step)
        self.step = step


class Notices:
    """Notices to this rank, within a `with`.

    SIGTERM is taken from whoever had it, and given back afterwards. Only a process's main thread may do so: on any
    other, such as that of a Ray Train worker, `heard` alone counts.

    Args:
        heard: whether the launcher knows of a notice; called once a step on every rank, so it may be collective.
    """

    def __init__(self, heard: Callable[[], bool] = lambda: False) -> None:
        self._heard = heard
        self._signalled = False
        self._before: Any = None

    def __enter__(self) -> Notices:
        if threading.current_thread() is threading.main_thread():
            self._before = signal.signal(signal.SIGTERM, self._take)
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        if self._before is not None:
            signal.signal(signal.SIGTERM, self._before)

    def vote(self) -> int:
        """1 if this rank is to leave, else 0; leave where the sum over ranks is not 0."""
        return int(self._heard() or self._signalled)

    def _take(self, number: int, frame: FrameType | None) -> None:
        self._signalled = True
