"""Which wrong replies are shown: first those that the baseline had right, of many languages and countries."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import NamedTuple

import xxhash

from eval.report.benchmarks.data import Row, WorstError

# A graded reply from here on is more right than wrong.
RIGHT = 0.5

_Group = tuple[str, str, str | None]


def worst(predictions: Sequence[Row], model: str, baseline: str | None, num: int) -> list[WorstError]:
    """Replies of a model that our own rule finds wrong, without picture and samples, at most `num`.

    Those that the baseline had right come first; within these and the others, tasks, languages and countries take
    turns. Items are drawn by their names alone, so the order of the rows does not matter. Requests that failed and
    replies that were not judged are no errors of the model.

    Args:
        predictions: rows of `schema.PREDICTIONS` of any models; each (task, model, item_id) once.
        model: whose errors.
        baseline: that it is compared with; None for nobody.
        num: most that are chosen.
    """
    wrong = [row for row in predictions if row["model"] == model and _wrong(row)]
    asked = {(row["task"], row["item_id"]) for row in wrong}
    others = {
        (row["task"], row["item_id"]): row
        for row in predictions
        if row["model"] == baseline and (row["task"], row["item_id"]) in asked
    }
    groups: dict[_Group, list[_Candidate]] = {}
    for row in wrong:
        other = others.get((row["task"], row["item_id"]))
        groups.setdefault((row["task"], row["language"], row["country"]), []).append(_candidate(row, other))
    # Of a group no more than `num` can be shown.
    return _turns({group: sorted(found, key=lambda one: one[:4])[:num] for group, found in groups.items()}, num)


class _Candidate(NamedTuple):
    """An error, in the order of preference within its group."""

    kept: bool
    draw: int
    task: str
    item_id: str
    error: WorstError


def _turns(groups: dict[_Group, list[_Candidate]], num: int) -> list[WorstError]:
    """One after another, of what was shown least so far."""
    seen: tuple[Counter[str | None], ...] = (Counter(), Counter(), Counter())
    chosen: list[WorstError] = []
    while groups and len(chosen) < num:
        best = min(
            groups,
            key=lambda group: (
                groups[group][0].kept,
                *(count[part] for count, part in zip(seen, group, strict=True)),
                groups[group][0].draw,
            ),
        )
        chosen.append(groups[best].pop(0).error)
        if not groups[best]:
            del groups[best]
        for count, part in zip(seen, best, strict=True):
            count[part] += 1
    return chosen


def _candidate(row: Row, other: Row | None) -> _Candidate:
    draw = xxhash.xxh3_64_intdigest(f"errors|{row['task']}|{row['item_id']}".encode())
    had_right = other is not None and right(other)
    return _Candidate(not had_right, draw, row["task"], str(row["item_id"]), WorstError(row, other))


def right(row: Row) -> bool:
    """Whether our own rule finds a prediction more right than wrong."""
    return row["strict"] is not None and row["strict"] >= RIGHT


def _wrong(row: Row) -> bool:
    return row["status"] == "answered" and row["strict_state"] != "unjudged" and not right(row)
