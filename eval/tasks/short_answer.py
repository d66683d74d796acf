"""An English question on one picture whose answer is a word or two, as VQAv2 and TextVQA ask."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from eval.tasks.reading import cluster_of
from eval.tasks.task import Item

PROMPT = "Answer the question using a single word or phrase."


def short_answer(
    item_id: str, shown: bytes, question: str, asked: str, answers: Sequence[str], groups: Mapping[str, str]
) -> Item:
    """The item.

    Args:
        item_id: the benchmark's.
        shown: the picture, encoded.
        question: as published.
        asked: the question as the prompt has it.
        answers: of all who answered, repeats kept.
        groups: see `Item`.
    """
    return Item(
        item_id=item_id,
        language="en",
        country=None,
        pictures=(shown,),
        prompt=f"{asked}\n{PROMPT}",
        kind="open",
        choices=(),
        answers=tuple(answers),
        answer_index=None,
        groups=groups,
        cluster=cluster_of((shown,), item_id),
        meta={"question": question},
    )
