"""A conversation as a row of `schema.IMPORTED`."""

from __future__ import annotations

from typing import Any

import xxhash

from pipeline import vocabulary
from pipeline.dataset.order import ITEM_BYTES, place_of
from pipeline.fingerprint import canonical
from pipeline.imports.conversation import Conversation
from pipeline.imports.options import choice_columns

Row = dict[str, Any]
# What a byte of text takes in a shard: about a third, compressed.
_PACKED = 3


def imported_row(said: Conversation, path: str | None, seed: int) -> Row:
    """The columns of a row that follow from what it says.

    Args:
        said: the conversation.
        path: of its picture, as the places of pictures have it; None for text alone.
        seed: of the order of shards.
    """
    qa_id = identity(said, path) if said.qa_id is None else said.qa_id
    size = sum(len(text.encode()) for turn in said.turns for text in turn)
    return {
        "place": place_of(str(qa_id) if path is None else path, seed),
        "num_bytes": ITEM_BYTES + size // _PACKED,
        "country": country_of(path),
        "page_url": said.credits.get("page_url", ""),
        "licence": said.credits.get("licence", ""),
        "licence_url": said.credits.get("licence_url"),
        "attribution": said.credits.get("attribution", ""),
        "item": _item(said, qa_id),
    }


def identity(said: Conversation, path: str | None) -> int:
    """A qa_id that follows from what is shown and said alone: equal rows are one sample, whichever file they are in."""
    content = ["import", path, said.qid, said.property, said.language, said.turns]
    return int(xxhash.xxh3_64_intdigest(canonical(content))) - (1 << 63)


def country_of(path: str | None) -> str:
    """The country after which a folder of the path is named, as those of the published pictures are; else none."""
    folders = [] if path is None else path.lower().split("/")[:-1]
    return next((name for name in reversed(folders) if name in vocabulary.countries()), "")


def _item(said: Conversation, qa_id: int) -> Row:
    (question, answer), *later = said.turns
    choice = choice_columns(question, answer)
    return {
        "qa_id": qa_id,
        "qid": said.qid,
        "property": said.property,
        "statement_ids": [],
        "rank": "",
        "dump_date": "",
        "template_id": "",
        "language": said.language,
        **(choice or {"kind": "open", "question": question, "answer": answer}),
        "later_turns": [{"question": asked, "answer": told} for asked, told in later] or None,
        "answer_label_language": "",
        "original_question": said.original[0],
        "original_answer": said.original[1],
    }
