"""The data set's own held-out items: asked as they were taught, greedy, a short reply."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import Any

import xxhash

from eval.scoring.choice import score_choice
from eval.scoring.open import Grounds, score_open
from eval.scoring.verdict import Verdict
from pipeline.dialogue import answer_text, question_text

NAME = "culturalground"

Row = Mapping[str, Any]


def chosen(item: Row, share: float) -> bool:
    """Whether an item is among those asked: by its id alone, so a larger share contains a smaller one."""
    return float(xxhash.xxh3_64_intdigest(f"evaluate|{item['qa_id']}".encode())) / 2**64 < share


def items(shard_row: Row, splits: Collection[str], share: float) -> Iterator[dict[str, Any]]:
    """The columns of `schema.PREDICTIONS` that are known before a model has answered."""
    if shard_row["split"] not in splits:
        return
    for item in shard_row["items"]:
        if chosen(item, share):
            yield {
                "task": NAME,
                "item_id": item["qa_id"],
                "qid": shard_row["qid"],
                "sha256": shard_row["sha256"],
                "split": shard_row["split"],
                "country": shard_row["country"],
                "language": item["language"],
                "kind": item["kind"],
                "property": item["property"],
                "question": question_text(item),
                "answer": answer_text(item),
            }


def score(item: Row, reply: str) -> Verdict:
    """The strict score of a reply.

    Args:
        item: `schema.QA_ITEM`.
        reply: as the model gave it.
    """
    if item["kind"] == "choice":
        return score_choice(reply, item["choices"], item["answer_index"])
    grounds = Grounds(item["original_question"], item["original_answer"], item["language"])
    return score_open(reply, item["answer"], grounds)
