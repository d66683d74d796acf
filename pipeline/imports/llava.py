r"""Rows in LLaVA's form: CulturalGround's training files, PangeaIns, and what this project exports.

    {"id": "Q27797552_None", "image": "india/x.jpg", "language": "en", "conversations": [
        {"from": "human", "value": "<image>\n\"What is ...?\""}, {"from": "gpt", "value": "\"...\""}, ...]}

`image` is left out where the row is text alone. Source: the files' own descriptions and LLaVA's trainers, which read
the same.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from pipeline.imports.conversation import MISSING, NAME, NO_PROPERTY, Conversation, Refused, require_row, require_texts
from pipeline.imports.languages import language_of
from pipeline.imports.quotes import without_quotes

IMAGE = "<image>"
_CREDITS = ("page_url", "licence", "licence_url", "attribution")
_SPEAKERS = {"human": 0, "user": 0, "gpt": 1, "assistant": 1}
# An entity, and the property asked for. Numbers that fit the columns.
_ID = re.compile(r"Q([1-9]\d{0,14})(?:_(None|P?[1-9]\d{0,8}))?")


def read_llava(given: Any) -> Conversation:
    """The conversation of a row.

    Raises:
        Refused: it has none that can be used.
    """
    row = require_row(given)
    picture = _picture(row)
    qid, prop = _identity(row.get("id"))
    turns = without_quotes(_placed(_turns(row.get("conversations")), picture))
    if qid:
        # Only there it means that there is nothing; elsewhere it may be the answer.
        turns = tuple((question, "" if answer in MISSING else answer) for question, answer in turns)
    require_texts(turns)
    qa_id = row.get("qa_id")
    return Conversation(
        turns,
        picture,
        qid,
        prop,
        language_of(row.get("language")),
        turns[0],
        qa_id if isinstance(qa_id, int) and -(1 << 63) <= qa_id < 1 << 63 else None,
        {name: row[name] for name in _CREDITS if isinstance(row.get(name), str) and row[name] not in MISSING},
    )


def _picture(row: Mapping[str, Any]) -> str | None:
    named = row.get("image")
    if isinstance(named, list):
        if len(named) > 1:
            raise Refused("several_pictures", f"the row names {len(named)} pictures, and one can be shown")
        named = named[0] if named else None
    if named in MISSING:
        return None
    if not isinstance(named, str):
        raise Refused("odd_row", f"`image` must be a path, this is {type(named).__name__}")
    return named


def _identity(given: Any) -> tuple[int, int]:
    found = _ID.fullmatch(given) if isinstance(given, str) else None
    if found is None:
        return 0, NO_PROPERTY
    asked_for = found[2]
    if asked_for is None:
        return int(found[1]), NO_PROPERTY
    return int(found[1]), NAME if asked_for == "None" else int(asked_for.removeprefix("P"))


def _turns(given: Any) -> list[tuple[str, str]]:
    """Questions and answers, which must take turns."""
    if not isinstance(given, Sequence) or isinstance(given, str) or not given:
        raise Refused("odd_conversation", "`conversations` is no list of turns")
    texts = []
    for number, turn in enumerate(given):
        speaker, value = (turn.get("from"), turn.get("value")) if isinstance(turn, Mapping) else (None, None)
        if number == 0 and speaker == "system":
            raise Refused("system_turn", "it begins with orders to the model, for which there is no column")
        if _SPEAKERS.get(str(speaker)) != number % 2 or not isinstance(value, str):
            raise Refused("odd_conversation", f"turn {number + 1} is of {speaker!r}, or has no text")
        texts.append(value)
    if len(texts) % 2:
        raise Refused("odd_conversation", "the last question has no answer")
    return list(zip(texts[::2], texts[1::2], strict=True))


def _placed(turns: Sequence[tuple[str, str]], picture: str | None) -> tuple[tuple[str, str], ...]:
    """The turns without the mark of the picture's place, which is at the start of the first."""
    if any(IMAGE in answer for _, answer in turns):
        raise Refused("picture_place_in_text", f"an answer holds {IMAGE}")
    (first, answer), *later = turns
    marks = first.count(IMAGE) + sum(question.count(IMAGE) for question, _ in later)
    if marks and picture is None:
        raise Refused("picture_not_named", f"a turn holds {IMAGE}, and the row names no picture")
    if marks > 1:
        raise Refused("several_pictures", f"its turns hold {IMAGE} {marks} times, and one picture can be shown")
    if marks and IMAGE not in first:
        raise Refused("picture_in_later_turn", f"{IMAGE} is not in the first turn")
    if marks:
        before, _, after = first.partition(IMAGE)
        first = "\n".join(text for text in (before.rstrip(), after.lstrip()) if text)
    return ((first, answer), *later)
