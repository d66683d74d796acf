"""How scores went while a training went on: a curve for each benchmark, over the checkpoints that were asked."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from eval.report.axis import axis, whole_axis
from eval.report.benchmarks.data import Row
from eval.report.benchmarks.views import task_title
from eval.report.losses import Chart, points
from eval.report.wording import percent, whole

_STEP = re.compile(r"step-(\d+)")


def steps_of(models: Iterable[str]) -> dict[str, int]:
    """Checkpoints among models, step-000200 and the like -> their steps, in order."""
    found = {model: int(match[1]) for model in models if (match := _STEP.fullmatch(model))}
    return dict(sorted(found.items(), key=lambda pair: pair[1]))


def without_earlier_steps(scores: Sequence[Row]) -> list[Row]:
    """The rows but those of all checkpoints before the last: tables show that one."""
    earlier = set(list(steps_of({row["model"] for row in scores}))[:-1])
    return [row for row in scores if row["model"] not in earlier]


def curves(scores: Sequence[Row]) -> tuple[Chart, ...]:
    """A chart for each benchmark that two checkpoints or more were asked: strict score of all items, with its interval.

    Args:
        scores: rows of `schema.SCORES`.
    """
    steps = steps_of({row["model"] for row in scores})
    by_task: dict[tuple[str, str], list[Row]] = {}
    for row in scores:
        place = (row["rule"], row["metric"], row["by"], row["baseline"])
        if row["model"] in steps and place == ("strict", "accuracy", "all", None):
            by_task.setdefault((row["task"], row["kind"]), []).append(row)
    return tuple(
        _curve(number, task_title(task), kind, sorted(rows, key=lambda row: steps[row["model"]]), steps)
        for number, ((task, kind), rows) in enumerate(sorted(by_task.items()), 1)
        if len(rows) > 1
    )


def _curve(number: int, title: str, kind: str, rows: Sequence[Row], steps: dict[str, int]) -> Chart:
    low = [row["value"] if row["low"] is None else row["low"] for row in rows]
    high = [row["value"] if row["high"] is None else row["high"] for row in rows]
    at = [float(steps[row["model"]]) for row in rows]
    across = whole_axis(int(at[0]), int(at[-1]))
    up = axis([*low, *high])
    first, last = rows[0]["value"], rows[-1]["value"]
    described = (
        f"{title}, {kind}: {percent(first)} after {whole(int(at[0]))} steps, "
        f"{percent(last)} after {whole(int(at[-1]))}; the band is the 95 % interval of each."
    )
    band = [*zip(at, high, strict=True), *reversed(list(zip(at, low, strict=True)))]
    return Chart(
        key=f"steps-{number}",
        title=title,
        unit=f"{kind}, share right by the strict rule",
        description=described,
        x_ticks=tuple((across.position(tick), whole(int(tick))) for tick in across.ticks),
        y_ticks=tuple((100 - up.position(tick), percent(tick)) for tick in up.ticks),
        line=points([(x, row["value"]) for x, row in zip(at, rows, strict=True)], across, up),
        band=points(band, across, up),
        dots=tuple((across.position(x), 100 - up.position(row["value"])) for x, row in zip(at, rows, strict=True)),
    )
