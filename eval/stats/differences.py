"""Rows of scores that are differences of two models on the same items."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from eval.stats.accuracy import RESAMPLES, SEED, ends, place
from eval.stats.bootstrap import paired_bootstrap
from eval.stats.holm import holm
from eval.stats.resolution import resolved_difference
from eval.stats.sheet import LANGUAGE, RULES, Indices, Rule, Sheet
from eval.stats.sign_flip import sign_flip


def differences(sheet: Sheet, baseline: str) -> Iterator[dict[str, Any]]:
    """Of every other model to the baseline, for each rule and group: its mean score less the baseline's.

    On the items that both answered and that have a judgement of both. What is counted as unparsed or guessed is so of
    either; unjudged are the items that both answered and that are left out. Nothing where the baseline is no model of
    the sheet.
    """
    if baseline not in sheet.models:
        return
    base = sheet.models.index(baseline)
    for rule in RULES:
        for number, model in enumerate(sheet.models):
            if number != base:
                for row in _adjusted(list(_of_model(sheet, rule, number, base))):
                    yield {**row, "model": model, "baseline": baseline}


def _of_model(sheet: Sheet, rule: Rule, model: int, base: int) -> Iterator[dict[str, Any]]:
    for by, groups in sheet.groups.items():
        for group, items in groups.items():
            both = items[sheet.answered[model, items] & sheet.answered[base, items]]
            if row := _difference(sheet, rule, np.array([[model], [base]]), both):
                yield {**place(sheet, rule, by, group), **row}


def _difference(sheet: Sheet, rule: Rule, pair: Indices, both: Indices) -> dict[str, Any] | None:
    marks = sheet.marks[rule]
    items = both[~np.isnan(marks.values[pair, both]).any(axis=0)]
    if not len(items):
        return None
    ours, theirs = marks.values[pair, items]
    clusters = sheet.clusters[items]
    return {
        "num_items": len(items),
        "num_clusters": len(np.unique(clusters)),
        "num_unparsed": int(marks.unparsed[pair, items].any(axis=0).sum()),
        "num_unjudged": len(both) - len(items),
        "num_guessed": int(marks.guessed[pair, items].any(axis=0).sum()),
        **ends(paired_bootstrap(ours, theirs, clusters, seed=SEED, resamples=RESAMPLES)),
        "p_value": sign_flip(ours, theirs, clusters, seed=SEED),
        "smallest": resolved_difference(ours - theirs, clusters),
    }


def _adjusted(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The rows of one rule and model, p-values of languages adjusted for all of them."""
    adjusted = holm({row["group"]: row["p_value"] for row in rows if row["by"] == LANGUAGE})
    return [{**row, "p_value": adjusted[row["group"]]} if row["by"] == LANGUAGE else row for row in rows]
