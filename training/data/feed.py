"""Micro-batches made ahead of the training thread, in the order of the plan.

Threads, not processes: what takes the time (Pillow, torch, tokenizers, Arrow, waiting for storage) leaves Python's lock
alone, and a picture's tiles, megabytes, need not be copied from one process to another.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from types import TracebackType
from typing import Generic, TypeVar

R = TypeVar("R")
B = TypeVar("B")


@dataclass(frozen=True)
class Fed(Generic[B]):
    """A micro-batch, and the s that the training thread waited for it, or gave to the plan."""

    batch: B
    waited_s: float


class Feed(Generic[R, B], Iterator[Fed[B]]):
    """Iterates over micro-batches; leaving the `with` ends its threads.

    What `prepare` raises is raised where its micro-batch would have come; the ones behind it can still be had.

    Args:
        rounds: what each micro-batch is to be made of, in their order.
        prepare: makes one, called from several threads at once.
        num_threads: that prepare.
        ahead: micro-batches at most that are made, or being made, and not yet taken: with one in the hands of the
            training thread, memory holds one more.
    """

    def __init__(self, rounds: Iterable[R], prepare: Callable[[R], B], *, num_threads: int, ahead: int) -> None:
        self._rounds, self._prepare, self._ahead = iter(rounds), prepare, ahead
        self._pool = ThreadPoolExecutor(num_threads, thread_name_prefix="feed")
        self._pending: deque[Future[B]] = deque()

    def __enter__(self) -> Feed[R, B]:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._pending.clear()
        self._pool.shutdown(cancel_futures=True)

    def __next__(self) -> Fed[B]:
        started = time.monotonic()
        self._top_up()
        if not self._pending:
            raise StopIteration
        batch = self._pending.popleft().result()
        # Now, not when the next is asked for: the threads work while the training thread does.
        self._top_up()
        return Fed(batch, time.monotonic() - started)

    def _top_up(self) -> None:
        while len(self._pending) < self._ahead:
            for given in self._rounds:
                self._pending.append(self._pool.submit(self._prepare, given))
                break
            else:
                return
