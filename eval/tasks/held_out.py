"""The data set's own held-out items: asked as they were taught, greedy, a short reply."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import Any

import xxhash

from eval.scoring.choice import score_choice
from eval.scoring.open import Grounds, score_open
from eval.tasks.task import Item, Score
from pipeline.dialogue import answer_text, question_text

NAME = "culturalground"

Row = Mapping[str, Any]


def chosen(item: Row, share: float) -> bool:
    """Whether an item is among those asked: by its id alone, so a larger share contains a smaller one."""
    return float(xxhash.xxh3_64_intdigest(f"evaluate|{item['qa_id']}".encode())) / 2**64 < share


def items(shard_row: Row, splits: Collection[str], share: float) -> Iterator[Item]:
    """The chosen items of a row of `schema.SHARDS`; `meta` holds each as the shard has it."""
    if shard_row["split"] not in splits:
        return
    for item in shard_row["items"]:
        if chosen(item, share):
            yield Item(
                item_id=str(item["qa_id"]),
                language=item["language"],
                country=shard_row["country"],
                pictures=() if shard_row["image"] is None else (shard_row["image"],),
                prompt=question_text(item),
                kind=item["kind"],
                choices=tuple(item["choices"] or ()),
                answers=(answer_text(item),),
                answer_index=item["answer_index"],
                groups={"property": str(item["property"]), "split": shard_row["split"]},
                cluster=shard_row["sha256"],
                qid=shard_row["qid"],
                meta=item,
            )


def score(item: Item, reply: str) -> Score:
    """The only rule: nobody has published another."""
    told = item.meta
    if item.kind == "choice":
        assert item.answer_index is not None
        verdict = score_choice(reply, item.choices, item.answer_index, item.language)
    else:
        grounds = Grounds(told["original_question"], told["original_answer"], told["language"])
        verdict = score_open(reply, told["answer"], grounds)
    if verdict.correct is None:
        return Score(None, "unparsed", "")
    return Score(float(verdict.correct), "scored", verdict.parsed or "")
