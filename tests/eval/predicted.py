"""Rows of predictions for tests of scores."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

Row = dict[str, Any]


def predicted(item_id: object, value: float | None = 1.0, state: str = "scored", **told: Any) -> Row:
    """A row of `schema.PREDICTIONS`: an English open question of `t` that `base` answered, but for what is told.

    Args:
        item_id: also its picture.
        value: by both rules.
        state: likewise.
        told: columns.
    """
    return {
        "task": "t", "model": "base", "item_id": str(item_id), "qid": 0, "cluster": str(item_id), "country": None,
        "language": "en", "kind": "open", "groups": [], "question": "", "answers": ["a"], "prompt_sha256": "",
        "reply": "a", "status": "answered", "finish_reason": "stop", "judge": None, "judgement": None,
        "paper": value, "paper_state": state, "guessed": False, "strict": value, "strict_state": state,
        "parsed": "a", **told,
    }  # fmt: skip


def only(rows: Sequence[Mapping[str, Any]], **wanted: Any) -> Mapping[str, Any]:
    """The one row of scores with these columns; of accuracies by the strict rule over all items, but for what is told.

    Raises:
        ValueError: there are several or none.
    """
    place = {"metric": "accuracy", "rule": "strict", "by": "all", "model": "base", "baseline": None, **wanted}
    (row,) = (row for row in rows if all(row[column] == value for column, value in place.items()))
    return row
