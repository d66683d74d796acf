"""From predictions to scores: by language, country and other groups, with intervals, and models compared."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from eval.stats.accuracy import accuracies
from eval.stats.corpus import corpus_scores
from eval.stats.differences import differences
from eval.stats.sheet import Row, sheets
from eval.tasks.listing import TASKS

_ORDER = ("task", "kind", "rule", "metric", "by", "group", "model")


def scores(predictions: Sequence[Row], *, baseline: str | None) -> list[dict[str, Any]]:
    """Rows of `schema.SCORES`, sorted; what they are depends on no order of the predictions.

    An item without a judgement is left out. A reply that could not be read counts as not right by both rules, and so
    does a request that failed. What a task has no judged item of has no row.

    Args:
        predictions: rows of `schema.PREDICTIONS`, of any models and tasks.
        baseline: the model that every other one is compared with, on the tasks that both have; None compares nothing.

    Raises:
        InputError: a model has an item twice, or an item is scored without a score.
    """
    rows: list[dict[str, Any]] = []
    for sheet in sheets(predictions):
        rows += accuracies(sheet)
        rows += corpus_scores(sheet, predictions, TASKS[sheet.task].corpus) if sheet.task in TASKS else ()
        rows += differences(sheet, baseline) if baseline is not None else ()
    return sorted(rows, key=lambda row: (*(row[column] for column in _ORDER), row["baseline"] or ""))
