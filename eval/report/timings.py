"""How long each stage took, as a table with bars."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from eval.report.data import Timing
from eval.report.wording import counted, size
from pipeline.progress import duration


@dataclass(frozen=True)
class Line:
    """A stage's row: texts, and the bars' lengths in percent of the longest.

    There is no text where no GPU was held, nothing was fetched, or no engine was asked.
    """

    stage: str
    partitions: str
    span: str
    work: str
    gpu: str
    fetched: str
    caches: str
    span_bar: float
    work_bar: float


@dataclass(frozen=True)
class Times:
    """The table and its sum."""

    lines: tuple[Line, ...]
    total: Line


def times(timings: Sequence[Timing]) -> Times:
    """The stages and their sum."""
    longest = max((max(timing.wall_s, timing.work_s) for timing in timings), default=0.0) or 1.0
    total = Timing(
        "all stages",
        sum(timing.num_partitions for timing in timings),
        sum(timing.wall_s for timing in timings),
        sum(timing.work_s for timing in timings),
        sum(timing.gpu_s for timing in timings),
        sum(timing.fetched_bytes for timing in timings),
    )
    return Times(tuple(_line(timing, longest) for timing in timings), _line(total, longest))


def _line(timing: Timing, longest: float) -> Line:
    return Line(
        stage=timing.stage,
        partitions=counted(timing.num_partitions, "partition"),
        span=duration(timing.wall_s),
        work=duration(timing.work_s),
        gpu=f"{timing.gpu_s / 3600:,.2f} GPU h" if timing.gpu_s else "",
        fetched=size(timing.fetched_bytes) if timing.fetched_bytes else "",
        caches=", ".join(f"{part / whole:.0%} of {what}" for what, (part, whole) in timing.caches.items()),
        span_bar=100 * timing.wall_s / longest,
        work_bar=100 * timing.work_s / longest,
    )
