"""Gains over the baseline as dots with whiskers on one axis."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from eval.report.axis import Axis, axis
from eval.report.benchmarks.data import Row
from eval.report.benchmarks.lines import Line
from eval.report.benchmarks.numbers import Gain, gain, verdict
from eval.report.headings import Heading
from eval.report.wording import points

# Models beyond these share a shape with an earlier one; their names stand beside the numbers.
NUM_SERIES = 4
DRAWN = "strict"


@dataclass(frozen=True)
class Mark:
    """A drawn gain. `low`, `value` and `high` are percent of the way along the axis; no whisker where they are None."""

    low: float | None
    value: float
    high: float | None
    verdict: str


@dataclass(frozen=True)
class Result:
    """What a model gained.

    Attributes:
        model: its name.
        series: number of its shape.
        mark: the gain by our own rule; None where only the published rule decides.
        gains: in words, strict before paper.
    """

    model: str
    series: int
    mark: Mark | None
    gains: tuple[Gain, ...]


@dataclass(frozen=True)
class Compared:
    """A row of the chart: what was compared, on how many items, and the result of each model."""

    heading: Heading
    items: str
    results: tuple[Result, ...]


@dataclass(frozen=True)
class Chart:
    """`zero` and the places of `ticks` (place, label) are percent of the way along the axis."""

    zero: float
    ticks: tuple[tuple[float, str], ...]
    rows: tuple[Compared, ...]


def chart(lines: Sequence[tuple[Heading, Line]], models: Sequence[str]) -> Chart | None:
    """The gains of lines under their headings; None where there are none.

    Args:
        lines: each with a gain.
        models: that are compared, in the order of their shapes.
    """
    if not lines:
        return None
    ends = [
        row[end]
        for _, line in lines
        for row in _drawn(line)
        for end in ("low", "value", "high")
        if row[end] is not None
    ]
    across = axis([0.0, *ends])
    return Chart(
        across.position(0.0),
        tuple((across.position(tick), points(tick).removesuffix(".0").replace("±", "")) for tick in across.ticks),
        tuple(_row(name, line, models, across) for name, line in lines),
    )


def _row(name: Heading, line: Line, models: Sequence[str], across: Axis) -> Compared:
    return Compared(
        name,
        line.items,
        tuple(
            _result(model, series % NUM_SERIES, line.gains[model], across)
            for series, model in enumerate(models)
            if model in line.gains
        ),
    )


def _result(model: str, series: int, rows: Sequence[Row], across: Axis) -> Result:
    marks = [_mark(row, across) for row in rows if row["rule"] == DRAWN]
    return Result(model, series, marks[0] if marks else None, tuple(map(gain, rows)))


def _mark(row: Row, across: Axis) -> Mark:
    low, high = (None if row[end] is None else across.position(row[end]) for end in ("low", "high"))
    return Mark(low, across.position(row["value"]), high, verdict(row))


def _drawn(line: Line) -> list[Row]:
    return [row for rows in line.gains.values() for row in rows if row["rule"] == DRAWN]
