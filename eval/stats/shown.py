"""One sentence on what an evaluation shows of two models, and what it does not."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from eval.stats.accuracy import ACCURACY
from eval.stats.sheet import ALL, LANGUAGE
from pipeline.interval import Interval

LEVEL = 0.05


@dataclass(frozen=True)
class Comparison:
    """Two models on the same items.

    Attributes:
        task: what they were asked.
        kind: of its items; all where it has several.
        rule: paper or strict.
        ours: name of the model that is looked at.
        baseline: name of the other.
        num_items: that both answered.
        num_clusters: pictures of them.
        difference: of mean scores, ours less the baseline's, with its interval.
        smallest: difference that so many items find with power 0.8; None where they find none.
        p_values: of languages, adjusted for all of them together (`holm`).
    """

    task: str
    kind: str
    rule: str
    ours: str
    baseline: str
    num_items: int
    num_clusters: int
    difference: Interval
    smallest: float | None
    p_values: Mapping[str, float]


def comparisons(scores: Sequence[Mapping[str, Any]]) -> list[Comparison]:
    """Every comparison of two models on a task and kind by a rule, in the order of the scores.

    Args:
        scores: rows of `schema.SCORES`.
    """
    rows = [row for row in scores if row["metric"] == ACCURACY and row["baseline"] is not None]
    p_values: dict[tuple[str, ...], dict[str, float]] = {}
    for row in rows:
        if row["by"] == LANGUAGE:
            p_values.setdefault(_compared(row), {})[row["group"]] = row["p_value"]
    return [_comparison(row, p_values.get(_compared(row), {})) for row in rows if row["by"] == ALL]


def _compared(row: Mapping[str, Any]) -> tuple[str, str, str, str, str]:
    return row["task"], row["kind"], row["rule"], row["model"], row["baseline"]


def _comparison(row: Mapping[str, Any], p_values: Mapping[str, float]) -> Comparison:
    return Comparison(
        *_compared(row),
        row["num_items"],
        row["num_clusters"],
        Interval(row["value"], row["low"], row["high"]),
        row["smallest"],
        p_values,
    )


def shown(comparison: Comparison) -> str:
    """The sentence: difference and interval, whether it is resolved, in how many languages, and what would not be."""
    return f"{_difference(comparison)}; {_languages(comparison)}{_resolution(comparison)}."


def _difference(it: Comparison) -> str:
    low, high = it.difference.low, it.difference.high
    numbers = f"by {_points(it.difference.estimate)} points (95 % interval {_points(low)} to {_points(high)})"
    where = f"On {it.num_items:,} items of {it.task} about {it.num_clusters:,} pictures"
    about = f"{where} {it.ours} differs from {it.baseline}"
    if low == high:
        return f"{about} {numbers}, which shows nothing: the results are too few or too alike for an interval"
    if low > 0:
        return f"{about} {numbers}, which shows that it is better there"
    if high < 0:
        return f"{about} {numbers}, which shows that it is worse there"
    return f"{about} {numbers}, which does not show that either is better"


def _languages(it: Comparison) -> str:
    if len(it.p_values) < 2:
        return ""
    resolved = sorted(language for language, value in it.p_values.items() if value < LEVEL)
    which = f" ({', '.join(resolved)})" if resolved else ""
    return f"of {len(it.p_values)} languages, tested together, {len(resolved)} differ{which}; "


def _resolution(it: Comparison) -> str:
    if it.smallest is None:
        return "so few items cannot tell any two models apart"
    return f"a difference below {100 * it.smallest:.1f} points would mostly have gone unseen with so many items"


def _points(value: float) -> str:
    return f"{100 * value:+.1f}".replace("-", "−")
