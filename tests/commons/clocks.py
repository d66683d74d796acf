"""Clocks on which waiting takes no time."""

from __future__ import annotations

import asyncio
import heapq
import itertools
from collections.abc import Coroutine
from typing import Any, TypeVar

T = TypeVar("T")
_TURNS = 50


class VirtualClock:
    """Time stands still while anything can run, then jumps to the earliest moment that someone waits for.

    It works for code that waits for nothing but this clock.
    """

    def __init__(self) -> None:
        self.time = 1000.0
        self._order = itertools.count()
        self._sleepers: list[tuple[float, int, asyncio.Future[None]]] = []

    def now(self) -> float:
        return self.time

    async def sleep(self, seconds: float) -> None:
        future = asyncio.get_running_loop().create_future()
        heapq.heappush(self._sleepers, (self.time + seconds, next(self._order), future))
        await future

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        async def drive() -> T:
            task = asyncio.ensure_future(work)
            while True:
                for _ in range(_TURNS):
                    await asyncio.sleep(0)
                if task.done():
                    return task.result()
                moment, _, future = heapq.heappop(self._sleepers)
                self.time = max(self.time, moment)
                if not future.done():
                    future.set_result(None)

        return asyncio.run(drive())


class SkippingClock:
    """Waiting ends at once and moves the time on; for code that also waits for a real server."""

    def __init__(self) -> None:
        self.time = 1000.0
        self.slept: list[float] = []

    def now(self) -> float:
        return self.time

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.time += seconds
        await asyncio.sleep(0)
