"""Tells metrics where there is someone to tell, and never stops a run."""

from __future__ import annotations

import logging
import sys
from collections.abc import Callable, Iterable
from typing import Protocol

from pipeline.metrics import Point


class Recorder(Protocol):
    """Takes points."""

    def record(self, point: Point) -> None: ...


def ray_recorder() -> Recorder | None:
    """Ray's exporter; None where this process has not started or joined Ray, as with `--local`."""
    if "ray" not in sys.modules or not sys.modules["ray"].is_initialized():
        return None
    from pipeline.ray_metrics import recorder

    return recorder()


class Meter:
    """Passes points on; after the first failure, which is logged, it passes none.

    Args:
        find: the recorder, looked for each time: Ray is started only when the first partition is to be done.
    """

    def __init__(self, find: Callable[[], Recorder | None] = ray_recorder) -> None:
        self._find = find
        self._failed = False

    def tell(self, points: Iterable[Point]) -> None:
        """Pass points on. That they are made here, where they are lazy, keeps their makers' failures here too."""
        if self._failed:
            return
        try:
            recorder = self._find()
            if recorder is not None:
                for point in points:
                    recorder.record(point)
        except Exception:
            # A run is worth more than what is told of it.
            self._failed = True
            logging.getLogger(__name__).warning("metrics are not told any more; the run goes on", exc_info=True)
