"""Rows of scores that are means of items' scores, with their intervals."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from eval.stats.averages import average, macro_average
from eval.stats.sheet import COUNTRY, LANGUAGE, RULES, Indices, Marks, Row, Rule, Sheet
from pipeline.interval import Interval

ACCURACY, MACRO = "accuracy", "macro"
SEED = 0
# The ends of an interval are then known to about 3 % of its half width, and a task has hundreds of groups.
RESAMPLES = 2_000


def accuracies(sheet: Sheet) -> Iterator[dict[str, Any]]:
    """Of each rule, model and group, and of the mean over languages and over countries.

    A group none of whose items has a judgement has no row.
    """
    for rule in RULES:
        for number, model in enumerate(sheet.models):
            yield from _of_model(sheet, rule, number, {"model": model})


def _of_model(sheet: Sheet, rule: Rule, model: int, named: Row) -> Iterator[dict[str, Any]]:
    for by, groups in sheet.groups.items():
        for group, items in groups.items():
            if row := _mean(sheet, rule, model, items):
                yield {**place(sheet, rule, by, group), **named, **row}
        if by in (LANGUAGE, COUNTRY) and (row := _macro(sheet, rule, model, list(groups.values()))):
            yield {**place(sheet, rule, MACRO, by), **named, **row}


def place(sheet: Sheet, rule: Rule, by: str, group: str) -> dict[str, Any]:
    """What a row of accuracies is about; of no difference."""
    return {
        "task": sheet.task, "kind": sheet.kind, "rule": rule, "metric": ACCURACY, "by": by, "group": group,
        "baseline": None, "p_value": None, "smallest": None,
    }  # fmt: skip


def _mean(sheet: Sheet, rule: Rule, model: int, items: Indices) -> dict[str, Any] | None:
    marks = sheet.marks[rule]
    judged = items[~np.isnan(marks.values[model, items])]
    if not len(judged):
        return None
    clusters = sheet.clusters[judged]
    found = average(marks.values[model, judged], clusters, seed=SEED, resamples=RESAMPLES)
    return {**counts(marks, model, items, judged, clusters), **ends(found)}


def _macro(sheet: Sheet, rule: Rule, model: int, groups: Sequence[Indices]) -> dict[str, Any] | None:
    marks, items = sheet.marks[rule], np.concatenate(groups)
    of_group = np.repeat(np.arange(len(groups)), [len(group) for group in groups])
    known = ~np.isnan(marks.values[model, items])
    judged = items[known]
    if not len(judged):
        return None
    clusters = sheet.clusters[judged]
    found = macro_average(marks.values[model, judged], of_group[known], clusters, seed=SEED, resamples=RESAMPLES)
    return {**counts(marks, model, items, judged, clusters), **ends(found)}


def counts(marks: Marks, model: int, items: Indices, judged: Indices, clusters: Indices) -> dict[str, int]:
    """How many there are of what."""
    return {
        "num_items": len(judged),
        "num_clusters": len(np.unique(clusters)),
        "num_unparsed": int(marks.unparsed[model, items].sum()),
        "num_unjudged": int(marks.unjudged[model, items].sum()),
        "num_guessed": int(marks.guessed[model, items].sum()),
    }


def ends(interval: Interval) -> dict[str, float]:
    """A value with its interval."""
    return {"value": interval.estimate, "low": interval.low, "high": interval.high}
