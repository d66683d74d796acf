"""The loss curve, with learning rate and gradient norm beside it."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from eval.report.axis import Axis, axis, whole_axis
from eval.report.wording import counted, significant, whole
from pipeline import vocabulary

MAX_POINTS = 240
# The nested drawing of a curve is this wide and high; the browser stretches it to the plot.
SCALE = 1000
_CURVES = (
    ("loss", "Loss", "nats per supervised token"),
    ("grad_norm", "Gradient norm", "before clipping"),
    ("learning_rate", "Learning rate", "per step"),
)


@dataclass(frozen=True)
class Chart:
    """A line over optimizer steps.

    Attributes:
        key: part of the ids in the page.
        title, unit: of the vertical axis.
        description: what a reader who does not see it should know.
        x_ticks, y_ticks: (percent of the way, label).
        line: points of a polyline in a square of `SCALE`.
        band: points of the polygon between smallest and largest of each bucket; empty where a point is one step.
        dots: (x, y) in percent, for a curve too short to be a line.
    """

    key: str
    title: str
    unit: str
    description: str
    x_ticks: tuple[tuple[float, str], ...]
    y_ticks: tuple[tuple[float, str], ...]
    line: str
    band: str
    dots: tuple[tuple[float, float], ...]


@dataclass(frozen=True)
class Training:
    """What the section shows. `facts` are (what, value); `warning` is empty where all losses are finite."""

    charts: tuple[Chart, ...]
    facts: tuple[tuple[str, str], ...]
    summary: str
    warning: str
    steps_per_point: int
    validation: Validation | None = None


@dataclass(frozen=True)
class Validation:
    """Losses on validation samples when they were looked at first and last.

    Attributes:
        steps: done by then, of each time.
        rows: language, and its loss each time; empty where it was not looked at.
    """

    steps: tuple[str, ...]
    rows: tuple[tuple[str, tuple[str, ...]], ...]


def training(rows: Sequence[Mapping[str, Any]], validation: Sequence[Mapping[str, Any]] = ()) -> Training:
    """Charts and facts of a training.

    Args:
        rows: of `schema.LOSSES`, at least one.
        validation: of `schema.VALIDATION_LOSSES`.
    """
    rows = sorted(rows, key=lambda row: row["step"])
    finite = [row for row in rows if math.isfinite(row["loss"])]
    lost = len(rows) - len(finite)
    warning = f"{lost} of {len(rows)} steps have no finite loss; they are not drawn." if lost else ""
    facts = [
        ("Optimizer steps", whole(len(rows))),
        ("Tokens that the loss counts", whole(sum(row["num_supervised_tokens"] for row in rows))),
        ("All tokens, pictures included", whole(sum(row["num_tokens"] for row in rows))),
    ]
    left_out = sum(row["fate"] != "learned" for row in rows)
    if left_out:
        facts.append(("Steps that nothing was learned from", whole(left_out)))
    if not finite:
        return Training((), tuple(facts), "", warning, 1)
    tail = finite[-max(1, len(finite) // 10) :]
    first, last = finite[0]["loss"], sum(row["loss"] for row in tail) / len(tail)
    end = f"mean of the last {len(tail)}" if len(tail) > 1 else "last step"
    facts += [
        ("Loss, first step", f"{significant(first)} nats per token"),
        (f"Loss, {end}", f"{significant(last)} nats per token"),
        ("Highest learning rate", significant(max(row["learning_rate"] for row in rows))),
    ]
    per_point = math.ceil(len(finite) / MAX_POINTS)
    charts = [
        _chart(column, title, unit, finite, per_point)
        for column, title, unit in _CURVES
        if any(math.isfinite(row[column]) for row in finite)
    ]
    verb = "fell" if last < first else "did not fall: it went"
    summary = (
        f"The loss {verb} from {significant(first)} nats per token (first step) to {significant(last)} ({end}) "
        f"in {counted(len(rows), 'step')}."
    )
    return Training(tuple(charts), tuple(facts), summary, warning, per_point, _validation(validation))


def _validation(rows: Sequence[Mapping[str, Any]]) -> Validation | None:
    if not rows:
        return None
    steps = sorted({row["step"] for row in rows})
    shown = list(dict.fromkeys((steps[0], steps[-1])))
    losses = {(row["language"], row["step"]): significant(row["loss"]) for row in rows}
    named = vocabulary.languages()
    names = {code: named[code].name if code in named else code for code, _ in losses}
    return Validation(
        tuple(map(whole, shown)),
        tuple(
            (names[code], tuple(losses.get((code, step), "") for step in shown))
            for code in sorted(names, key=lambda code: names[code])
        ),
    )


def _chart(column: str, title: str, unit: str, rows: Sequence[Mapping[str, Any]], per_point: int) -> Chart:
    kept = [row for row in rows if math.isfinite(row[column])]
    buckets = [kept[start : start + per_point] for start in range(0, len(kept), per_point)]
    steps = [float(np.mean([row["step"] for row in bucket])) for bucket in buckets]
    values = [[row[column] for row in bucket] for bucket in buckets]
    means = [float(np.mean(bucket)) for bucket in values]
    across = whole_axis(rows[0]["step"], rows[-1]["step"])
    up = axis([value for bucket in values for value in (min(bucket), max(bucket))])
    upper = [(step, max(bucket)) for step, bucket in zip(steps, values, strict=True)]
    lower = [(step, min(bucket)) for step, bucket in zip(steps, values, strict=True)]
    description = (
        f"{title} ({unit}) over steps {whole(rows[0]['step'])} to {whole(rows[-1]['step'])}: "
        f"{significant(means[0])} at the start, {significant(means[-1])} at the end, "
        f"between {significant(min(means))} and {significant(max(means))} on the way."
    )
    line = list(zip(steps, means, strict=True))
    return Chart(
        key=column.replace("_", "-"),
        title=title,
        unit=unit,
        description=description,
        x_ticks=tuple((across.position(tick), whole(int(tick))) for tick in across.ticks),
        y_ticks=tuple((100 - up.position(tick), significant(tick, 8)) for tick in up.ticks),
        line=points(line, across, up),
        band=points([*upper, *reversed(lower)], across, up) if per_point > 1 else "",
        dots=tuple((across.position(x), 100 - up.position(y)) for x, y in line) if len(line) < 3 else (),
    )


def points(values: Sequence[tuple[float, float]], across: Axis, up: Axis) -> str:
    """Corners of a line or an area in the nested drawing, as SVG has them."""
    scale = SCALE / 100
    return " ".join(f"{scale * across.position(x):.1f},{SCALE - scale * up.position(y):.1f}" for x, y in values)
