"""What a row of any published form says, once it is read: a conversation, its picture and what is known of both."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

Reason = Literal[
    # the row
    "not_json", "odd_row", "odd_conversation", "system_turn", "empty_question", "empty_answer", "unknown_language",
    # its picture
    "several_pictures", "picture_not_named", "picture_in_later_turn", "picture_place_in_text", "picture_not_found",
    "picture_ambiguous", "picture_broken",
    # what came before it
    "duplicate",
]  # fmt: skip

# Where the published forms mean that there is nothing.
MISSING = (None, "", "None")
# What a property is where nothing is said of it, and where the thing's name is asked for.
NO_PROPERTY, NAME = -1, 0
# "undetermined", of BCP 47.
NO_LANGUAGE = "und"


class Refused(Exception):  # noqa: N818 - a row's status, not the end of a run
    """A row cannot be used: a word to count by, and what was wrong with this one."""

    def __init__(self, reason: Reason, detail: str) -> None:
        super().__init__(f"{reason}: {detail}")
        self.reason: Reason = reason
        self.detail = detail


@dataclass(frozen=True)
class Conversation:
    """A row that was read.

    Attributes:
        turns: questions and answers, one at least, none blank.
        picture: path as the row names it; None for a row of text alone.
        qid: the entity, 0 where the row names none.
        property: P-number, or one of `NO_PROPERTY` and `NAME`.
        language: the data set's code, or `NO_LANGUAGE`.
        original: question and answer before they were reworded.
        qa_id: identity that the row brings along, as those do that this project exported.
        credits: page_url, licence, licence_url and attribution of the picture, as far as the row has them.
    """

    turns: tuple[tuple[str, str], ...]
    picture: str | None
    qid: int
    property: int
    language: str
    original: tuple[str, str]
    qa_id: int | None = None
    credits: Mapping[str, str] = field(default_factory=dict)


def require_row(row: Any) -> Mapping[str, Any]:
    """The row, if it has columns at all.

    Raises:
        Refused: it has not.
    """
    if not isinstance(row, dict):
        raise Refused("odd_row", f"a row must be an object, this is {type(row).__name__}")
    return row


def require_texts(turns: tuple[tuple[str, str], ...]) -> None:
    """Refuse a conversation in which somebody says nothing.

    Raises:
        Refused: a text is blank.
    """
    for number, (question, answer) in enumerate(turns, 1):
        if not question.strip():
            raise Refused("empty_question", f"turn {number} asks nothing")
        if not answer.strip():
            raise Refused("empty_answer", f"turn {number} has no answer")
