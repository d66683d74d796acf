"""CulturalGround's refined rows: one question each, before and after a language model reworded it.

Columns: id (the item), property_id, question_type, language, label (the short answer), original_question,
original_answer, reformulated_question, reformulated_answer, media (the picture's file name). Missing values are the
string "None".
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from pipeline.imports.conversation import MISSING, NAME, NO_PROPERTY, Conversation, Refused, require_row, require_texts
from pipeline.imports.languages import language_of
from pipeline.imports.llava import IMAGE
from pipeline.imports.quotes import without_quotes

_ITEM = re.compile(r"Q([1-9]\d{0,14})(?:_.*)?")
_PROPERTY = re.compile(r"P([1-9]\d{0,8})")


def read_refined(given: Any) -> Conversation:
    """The conversation of a row: question and answer as reworded, or as they were, or the label for an answer.

    Raises:
        Refused: it has none that can be used.
    """
    row = require_row(given)
    question = _first(row, "reformulated_question", "original_question")
    answer = _first(row, "reformulated_answer", "original_answer", "label")
    turns = without_quotes(((question, answer),))
    require_texts(turns)
    if IMAGE in "".join(turns[0]):
        raise Refused("picture_place_in_text", f"a text holds {IMAGE}")
    picture = _first(row, "media", "image")
    if not picture:
        raise Refused("picture_not_named", "neither `media` nor `image` names a picture")
    item, asked_for = _ITEM.fullmatch(str(row.get("id"))), _first(row, "property_id")
    found = _PROPERTY.fullmatch(asked_for)
    [original] = without_quotes(
        ((_first(row, "original_question") or question, _first(row, "original_answer", "label") or answer),)
    )
    return Conversation(
        turns,
        picture,
        int(item[1]) if item else 0,
        int(found[1]) if found else NO_PROPERTY if asked_for else NAME,
        language_of(row.get("language")),
        original,
    )


def _first(row: Mapping[str, Any], *columns: str) -> str:
    """The first of some columns that says something; empty where none does."""
    texts = (row.get(column) for column in columns)
    return next((text for text in texts if isinstance(text, str) and text not in MISSING), "")
