"""What of a sample can change while it stays the same sample, and a digest of each."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pipeline.generation.scores import POINTS
from pipeline.verify.ids import key

Row = Mapping[str, Any]
# The date of the dump is left out: from one dump to the next it changes in all of them.
ASPECTS: dict[str, tuple[str, ...]] = {
    "template": ("template_id", "original_question"),
    "statement": ("statement_ids", "rank", "value_qid", "original_answer", "answer_label_language"),
    "question": ("question", "rephrase_status"),
    "answer": ("answer", "answer_status"),
    "options": ("choices", "choice_qids", "answer_index"),
    "verdict": (
        "judge_status", "passes", "answered_blind", *POINTS, *(f"score_{point}" for point in POINTS),
    ),
    "model": ("rephrase_model", "judge_model"),
    "split": ("split",),
}  # fmt: skip


def digests(row: Row, item: Row) -> list[int]:
    """Of each of ASPECTS, 32 bits: a change goes unseen once in 4 billion.

    Args:
        row: of `schema.SHARDS`, without its picture.
        item: of that row.
    """
    return [key(repr([_value(row, item, name) for name in names])) & 0xFFFFFFFF for names in ASPECTS.values()]


def told(row: Row, item: Row) -> dict[str, Any]:
    """The columns behind ASPECTS, for a person to compare."""
    return {name: _value(row, item, name) for names in ASPECTS.values() for name in names}


def _value(row: Row, item: Row, name: str) -> Any:
    # A column that a later version adds is null in what an earlier one wrote.
    return item.get(name) if name in item else row.get(name)
