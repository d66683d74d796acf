"""When the partitions of a stage are done: workers take them in order, each as soon as it is free."""

from __future__ import annotations

import heapq
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Limit:
    """Something that all workers together may have so much of: requests, bits.

    Attributes:
        per_s: how much is given out a second.
        demand: (P,) what each partition needs of it.
    """

    per_s: float
    demand: Floats

    @property
    def least_s(self) -> float:
        """Time in which as much is given out as all partitions need."""
        return float(self.demand.sum()) / self.per_s


def finish(service_s: Floats, ready_s: Sequence[float], limits: Sequence[Limit] = ()) -> Floats:
    """When each partition is done.

    Partitions are taken in their order. What a limit gives out goes to partitions in the order in which they begin, so
    that a partition ends when it was worked on for its time and has been given all that it needs.

    Args:
        service_s: (P,) time that a worker is held for each partition.
        ready_s: when each worker takes its first partition.
        limits: over all workers.

    Returns:
        (P,) s after the time that `ready_s` is counted from.

    Raises:
        ValueError: there is no worker.
    """
    if not len(ready_s):
        raise ValueError("partitions need at least one worker")
    free = list(ready_s)
    heapq.heapify(free)
    given = [0.0] * len(limits)
    shares = [(limit.demand / limit.per_s).tolist() for limit in limits]
    ends = np.empty(len(service_s))
    for number, service in enumerate(service_s.tolist()):
        begin = free[0]
        end = begin + service
        for at, share in enumerate(shares):
            given[at] = max(given[at], begin) + share[number]
            end = max(end, given[at])
        heapq.heapreplace(free, end)
        ends[number] = end
    return ends
