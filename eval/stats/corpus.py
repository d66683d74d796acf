"""Rows of scores that are of all replies together, such as CIDEr."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from eval.stats.accuracy import place
from eval.stats.sheet import ALL, LANGUAGE, RULES, Indices, Row, Rule, Sheet
from eval.tasks.task import Corpus, Replied


def corpus_scores(sheet: Sheet, predictions: Sequence[Row], corpus: Mapping[str, Corpus]) -> Iterator[dict[str, Any]]:
    """Of each model over all of its items and by language, without intervals; a failed request is an empty reply.

    Args:
        sheet: of the task.
        predictions: that it was made of.
        corpus: the task's scores of all replies, by rule.
    """
    languages = {(LANGUAGE, language): items for language, items in sheet.groups[LANGUAGE].items()}
    for rule in (rule for rule in RULES if rule in corpus):
        for number, model in enumerate(sheet.models):
            for (by, group), items in {(ALL, ALL): sheet.groups[ALL][ALL], **languages}.items():
                there = items[sheet.rows[number, items] >= 0]
                found = corpus[rule](_replied(predictions, sheet.rows[number, there])) if len(there) else {}
                for metric, value in sorted(found.items()):
                    row = {**place(sheet, rule, by, group), "metric": metric, "model": model}
                    yield {**row, **_counts(sheet, rule, number, there), "value": value, "low": None, "high": None}


def _replied(predictions: Sequence[Row], rows: Indices) -> list[Replied]:
    found = (predictions[row] for row in rows.tolist())
    return [Replied(row["language"], row["answers"], row["reply"], row["parsed"]) for row in found]


def _counts(sheet: Sheet, rule: Rule, model: int, items: Indices) -> dict[str, int]:
    marks = sheet.marks[rule]
    return {
        "num_items": len(items),
        "num_clusters": len(np.unique(sheet.clusters[items])),
        "num_unparsed": int(marks.unparsed[model, items].sum()),
        "num_unjudged": int(marks.unjudged[model, items].sum()),
        "num_guessed": 0,
    }
