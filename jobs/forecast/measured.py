"""What a complete stage of a pilot took: the times of its partitions, and what lies around them."""

from __future__ import annotations

import heapq
import math
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from pipeline.commit import CommitRecord, Manifest, Spend
from pipeline.simulation.work import Floats

# A pause between two partitions that is so many times the usual one is a driver that was stopped, or a node that went.
_PAUSE = 10.0
# Partitions that have fewer rows than this share of the usual number tell little of what a row takes.
_SMALL = 0.5
_MIN_LATER = 2
# Commits have times in ms, so that one partition may seem to begin before the last is done.
_ROUNDED_S = 0.003


@dataclass(frozen=True)
class Measured:
    """One stage of a pilot.

    Attributes:
        name: of the stage.
        rows: (P,) of each partition.
        row_s: (D,) seconds that a worker is held for a row, one figure for each partition that tells it; with the pause
            between two partitions.
        start_s: that a worker's first partition takes longer than others.
        later_s: that the second worker on a node began after the first; None where one did all.
        in_flight: partitions that a worker had in work at once.
        before_s, launch_s, after_s: of the driver, see `pipeline.simulation.cluster.Load`.
        knows_driver: whether the manifest tells them; else they are 0.
        ok: rows that came out.
        left_out: rows that were not looked at, because of a limit.
        items: that its pictures have, where it counts them.
        compressed_bytes: of the dump, where it tells them.
        reading: share of the workers' time that goes by while rows are read, where a stage tells it.
        spend: over all partitions.
        settings: as `stage.json` has them.
    """

    name: str
    rows: Floats
    row_s: Floats
    start_s: float
    later_s: float | None
    in_flight: int
    before_s: float
    launch_s: float
    after_s: float
    knows_driver: bool
    ok: int
    left_out: int
    items: int
    compressed_bytes: int
    reading: float
    spend: Spend
    settings: Mapping[str, Any]

    @property
    def rows_in(self) -> float:
        """Over all partitions."""
        return float(self.rows.sum())


def measure(manifest: Manifest, settings: Mapping[str, Any]) -> Measured:
    """Take a stage apart.

    Args:
        manifest: of the stage.
        settings: as `stage.json` has them.
    """
    commits = sorted(manifest.commits, key=lambda commit: (commit.log["started"], commit.partition))
    rows = np.array([float(commit.counts.rows_in) for commit in commits])
    seconds = np.array([float(commit.log["seconds"]) for commit in commits])
    begins = np.array([float(commit.log["started"]) for commit in commits])
    in_flight = _in_flight(commits)
    row_s, start_s = _rows(commits, rows, seconds + pause(begins, begins + seconds), in_flight)
    counts = manifest.counts
    return Measured(
        manifest.stage, rows, row_s, start_s, _later(commits, manifest.log), in_flight,
        *_driver(manifest.log, begins, begins + seconds),
        bool(manifest.log), counts.ok, counts.not_selected.get("limit", 0), counts.details.get("items", 0),
        sum(commit.log.get("compressed_bytes", 0) for commit in commits),
        sum(commit.log.get("reading_seconds", 0.0) for commit in commits) / max(1e-9, float(seconds.sum())),
        manifest.spend, settings,
    )  # fmt: skip


def pause(begins: Floats, ends: Floats) -> float:
    """Seconds, on average, between the end of one partition and the begin of the next in its place.

    Args:
        begins: (P,) in ascending order.
        ends: (P,) of the same partitions.
    """
    free: list[float] = []
    pauses = []
    for begin, end in zip(begins.tolist(), ends.tolist(), strict=True):
        if free and free[0] <= begin + _ROUNDED_S:
            pauses.append(max(0.0, begin - heapq.heappop(free)))
        heapq.heappush(free, end)
    if not pauses:
        return 0.0
    return float(np.minimum(pauses, _PAUSE * np.median(pauses)).mean())


def _by_worker(commits: Sequence[CommitRecord]) -> Mapping[tuple[str, int], list[int]]:
    """Places in `commits` of what each process did, in the order in which it began them."""
    found: dict[tuple[str, int], list[int]] = defaultdict(list)
    for place, commit in enumerate(commits):
        found[commit.log["host"], commit.log["pid"]].append(place)
    return found


def _later(commits: Sequence[CommitRecord], log: Mapping[str, float]) -> float | None:
    """From the begin of the first worker to that of the second on its node: other nodes may have come only then."""
    handed_out = log.get("handed_out", math.inf)
    begun = [commits[places[0]].log for places in _by_worker(commits).values()]
    fresh = sorted((each["started"], each["host"]) for each in begun if each["started"] >= handed_out)
    begins = [begin for begin, host in fresh if host == fresh[0][1]]
    # Workers after the second may have replaced others.
    return begins[1] - begins[0] if len(begins) > 1 else None


def _in_flight(commits: Sequence[CommitRecord]) -> int:
    most = 1
    for places in _by_worker(commits).values():
        at_work: list[float] = []
        for log in (commits[place].log for place in places):
            while at_work and at_work[0] <= log["started"] + _ROUNDED_S:
                heapq.heappop(at_work)
            heapq.heappush(at_work, log["started"] + log["seconds"])
            most = max(most, len(at_work))
    return most


def _rows(commits: Sequence[CommitRecord], rows: Floats, held: Floats, in_flight: int) -> tuple[Floats, float]:
    """Seconds a row by partitions that tell it, and how much longer a worker's first ones take."""
    if not len(rows):
        return np.array([0.0]), 0.0
    full = (rows > 0) & (rows >= _SMALL * _usual(rows))
    first = np.zeros(len(rows), bool)
    for places in _by_worker(commits).values():
        first[places[:in_flight]] = True
    later = full & ~first
    if later.sum() >= _MIN_LATER:
        row_s = _a_row(held[later], rows[later])
        longer = held[full & first] - rows[full & first] * row_s.mean()
        return row_s, max(0.0, float(longer.mean())) if len(longer) else 0.0
    starts = np.array([float(commit.log.get("start_seconds", 0.0)) for commit in commits])
    told = full if full.any() else np.ones(len(rows), bool)
    return _a_row(np.maximum(0.0, held - starts)[told], np.maximum(1.0, rows[told])), float(starts.max())


def _usual(rows: Floats) -> float:
    """Size of the partition that half of all rows are in or in larger ones."""
    ordered = np.sort(rows)
    return float(ordered[np.searchsorted(np.cumsum(ordered), ordered.sum() / 2)])


def _a_row(held: Floats, rows: Floats) -> Floats:
    """Seconds a row by each partition, so that their mean is that over all rows: a small partition counts for less."""
    each = held / rows
    mean = float(each.mean())
    return each * (held.sum() / rows.sum() / mean) if mean else each


def _driver(log: Mapping[str, float], begins: Floats, ends: Floats) -> tuple[float, float, float]:
    """Before the first partition is handed out, from then until one begins, and after the last is done."""
    if "handed_out" not in log or not len(begins):
        return 0.0, 0.0, log["ended"] - log["begun"] if log else 0.0
    # What an earlier attempt did was not handed out by this one.
    fresh = begins[begins >= log["handed_out"]]
    launch = float(fresh.min()) - log["handed_out"] if len(fresh) else 0.0
    return log["handed_out"] - log["begun"], launch, max(0.0, log["ended"] - float(ends.max()))
