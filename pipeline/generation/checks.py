"""Is a rewording fit to stand for its template? Pure checks of two texts; the first that fails names the reason.

No check knows a language: what a rewording may look like is read off the template (its scripts, its question mark, the
name in its quotation marks). When in doubt a check refuses, since the template is always there to fall back on.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from enum import Enum

import msgspec

from pipeline.generation.request import Reply
from pipeline.generation.text import quoted_name, scripts, scripts_beside, tidied, without, words
from pipeline.reading import comparable


class Reason(Enum):
    """Why a template keeps its place."""

    CUT_OFF = "cut_off"
    NOT_JSON = "not_json"
    EMPTY = "empty"
    UNCHANGED = "unchanged"
    TOO_SHORT = "too_short"
    TOO_LONG = "too_long"
    WRONG_SCRIPT = "wrong_script"
    NO_QUESTION_MARK = "no_question_mark"
    LOST_ENTITY = "lost_entity"
    NAMES_ANSWER = "names_answer"
    OFF_TOPIC = "off_topic"


# A rewording may have so many times the characters of its template, and some more where that is short.
MAX_GROWTH, MORE_CHARACTERS = 2.5, 20
MAX_SHRINKAGE = 3.0

# U+037E, the Greek mark, is a semicolon in NFC.
_QUESTION_MARKS = frozenset("?؟？;፧")
_LIST_MARKS = re.compile(r"[,،、;؛；፣]")
_NUMBER = re.compile(r"\d{3,}")
# Letters in a row that two words must share to count as one: by script, since some write syllables or no vowels.
_SHARED_LETTERS = {"ETHIOPIC": 2, "HANGUL": 2, "ARABIC": 3, "HEBREW": 3}
_WITHOUT_SPACES = frozenset({"CJK", "HIRAGANA", "KATAKANA", "THAI", "LAO", "KHMER", "MYANMAR"})


class _Rewording(msgspec.Struct, forbid_unknown_fields=True):
    question: str


def check(reply: Reply, template: str, answer: str) -> str | Reason:
    """The rewording in a reply, tidied, or why it may not be used.

    Args:
        reply: of a model, finished or cut off.
        template: the question as the template gave it.
        answer: the item's answer, which the question must not tell.
    """
    if reply.finish_reason == "length":
        return Reason.CUT_OFF
    try:
        question = tidied(msgspec.json.decode(reply.text.encode(), type=_Rewording).question)
    except (msgspec.DecodeError, UnicodeEncodeError):
        return Reason.NOT_JSON
    if not comparable(question):
        return Reason.EMPTY
    return next((reason for reason, fails in _CHECKS if fails(question, template, answer)), question)


def _unchanged(question: str, template: str, answer: str) -> bool:
    return words(question) == words(template)


def _too_short(question: str, template: str, answer: str) -> bool:
    return len(question) * MAX_SHRINKAGE < len(template)


def _too_long(question: str, template: str, answer: str) -> bool:
    return len(question) > len(template) * MAX_GROWTH + MORE_CHARACTERS


def _wrong_script(question: str, template: str, answer: str) -> bool:
    name = quoted_name(template)
    found = scripts(without(question, name))
    return "\ufffd" in question or not found or not found <= scripts_beside(scripts(without(template, name)))


def _no_question_mark(question: str, template: str, answer: str) -> bool:
    mark = _mark_at_end(template)
    return mark is not None and _mark_at_end(question) != mark


def _lost_entity(question: str, template: str, answer: str) -> bool:
    name = quoted_name(template)
    return name is not None and comparable(name) not in comparable(question)


def _names_answer(question: str, template: str, answer: str) -> bool:
    name = quoted_name(template)
    asked, before, right = (_ascii_digits(text) for text in (without(question, name), without(template, name), answer))
    right = comparable(right)
    # A list of right values is told by any of them, a date by its year.
    parts = [part.strip() for part in _LIST_MARKS.split(right)]
    told = [right, *(part for part in parts if len(part) > 1), *_NUMBER.findall(right)]
    return any(value in asked and value not in before for value in told)


def _ascii_digits(text: str) -> str:
    return "".join(str(unicodedata.decimal(char)) if char.isdecimal() else char for char in text)


def _off_topic(question: str, template: str, answer: str) -> bool:
    name = quoted_name(template)
    written = scripts(without(template, name))
    if written & _WITHOUT_SPACES:
        return False
    size = min((_SHARED_LETTERS.get(script, 4) for script in written), default=4)
    wanted = _stretches(without(template, name), size)
    return bool(wanted) and not wanted & _stretches(without(question, name), size)


_CHECKS: tuple[tuple[Reason, Callable[[str, str, str], bool]], ...] = (
    (Reason.UNCHANGED, _unchanged),
    (Reason.TOO_SHORT, _too_short),
    (Reason.TOO_LONG, _too_long),
    (Reason.WRONG_SCRIPT, _wrong_script),
    (Reason.NO_QUESTION_MARK, _no_question_mark),
    (Reason.LOST_ENTITY, _lost_entity),
    (Reason.NAMES_ANSWER, _names_answer),
    (Reason.OFF_TOPIC, _off_topic),
)


def _mark_at_end(text: str) -> str | None:
    """The question mark that ends a text, inside or before closing quotation marks; full width counts as plain."""
    for char in reversed(unicodedata.normalize("NFC", text)):
        if char in _QUESTION_MARKS:
            return unicodedata.normalize("NFKC", char)
        if unicodedata.category(char) not in {"Pf", "Pe", "Pi", "Zs", "Cf"} and char != '"':
            return None
    return None


def _stretches(text: str, size: int) -> set[str]:
    return {word[start : start + size] for word in words(text) for start in range(len(word) - size + 1)}
