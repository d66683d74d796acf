"""Is a rewording fit to stand for its template? Pure checks of two texts; the first that fails names the reason.

What a rewording may look like is read off the template: its scripts, its question mark, its numbers and names, the name
in its quotation marks. Of the language itself a check knows what `signs.yaml` tells. When in doubt it refuses, since
the template is always there to fall back on. None but that for `UNCHANGED` refuses a template in its own place.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import Enum

from pipeline.generation.additions import names_beyond, numbers_beyond, values_beyond
from pipeline.generation.manner import asks, mark_at_end, quoted_whole, repeated
from pipeline.generation.signs import refuses
from pipeline.generation.text import WITHOUT_SPACES, quoted_name, scripts, scripts_beside, tidied, without, words
from pipeline.reading import comparable


class Reason(Enum):
    """Why a template keeps its place."""

    ENGINE_ERROR = "engine_error"
    CUT_OFF = "cut_off"
    NOT_JSON = "not_json"
    EMPTY = "empty"
    UNCHANGED = "unchanged"
    TOO_SHORT = "too_short"
    TOO_LONG = "too_long"
    REPETITION = "repetition"
    WRONG_SCRIPT = "wrong_script"
    REFUSAL = "refusal"
    QUOTED_WHOLE = "quoted_whole"
    NO_QUESTION_MARK = "no_question_mark"
    NOT_A_QUESTION = "not_a_question"
    LOST_ENTITY = "lost_entity"
    NAMES_ANSWER = "names_answer"
    LOST_VALUE = "lost_value"
    ADDED_NUMBER = "added_number"
    ADDED_NAME = "added_name"
    ADDED_VALUE = "added_value"
    OFF_TOPIC = "off_topic"


# A rewording may have so many times the characters of its template, and some more where that is short.
MAX_GROWTH, MORE_CHARACTERS = 2.5, 20
MAX_SHRINKAGE = 3.0

_LIST_MARKS = re.compile(r"[,،、;؛；፣]")
_NUMBER = re.compile(r"\d{3,}")
# Letters in a row that two words must share to count as one: by script, since some write syllables or no vowels.
_SHARED_LETTERS = {"ETHIOPIC": 2, "HANGUL": 2, "ARABIC": 3, "HEBREW": 3}
# And by language, where words are written in syllables apart.
_SYLLABLES = {"vi": 3}


@dataclass(frozen=True)
class Compared:
    """A rewording and what it is measured by.

    Attributes:
        question: the rewording, tidied.
        template: the question as the template gave it.
        answer: the item's answer, which the question must not tell.
        language: of all three, the data set's code.
        others: right answers to other questions about the picture, which the question must not tell either.
    """

    question: str
    template: str
    answer: str
    language: str
    others: tuple[str, ...] = ()


def check_question(text: str, template: str, answer: str, language: str, others: Sequence[str] = ()) -> str | Reason:
    """A rewording, tidied, or why it may not be used.

    Args:
        text: a model's.
        template: the question as the template gave it.
        answer: the item's answer, which the question must not tell.
        language: the item's, the data set's code.
        others: right answers to other questions about the picture.
    """
    question = tidied(text)
    if not comparable(question):
        return Reason.EMPTY
    compared = Compared(question, template, answer, language, tuple(others))
    return next((reason for reason, fails in CHECKS if fails(compared)), question)


def _unchanged(it: Compared) -> bool:
    return words(it.question) == words(it.template)


def _too_short(it: Compared) -> bool:
    return len(it.question) * MAX_SHRINKAGE < len(it.template)


def _too_long(it: Compared) -> bool:
    return len(it.question) > len(it.template) * MAX_GROWTH + MORE_CHARACTERS


def _repetition(it: Compared) -> bool:
    return repeated(it.question) > repeated(it.template)


def _wrong_script(it: Compared) -> bool:
    name = quoted_name(it.template)
    found = scripts(without(it.question, name))
    return "\ufffd" in it.question or not found or not found <= scripts_beside(scripts(without(it.template, name)))


def _refusal(it: Compared) -> bool:
    return refuses(it.question, it.language) and not refuses(it.template, it.language)


def _quoted_whole(it: Compared) -> bool:
    return quoted_whole(it.question) and not quoted_whole(it.template)


def _no_question_mark(it: Compared) -> bool:
    mark = mark_at_end(it.template)
    return mark is not None and mark_at_end(it.question) != mark


def _not_a_question(it: Compared) -> bool:
    return not asks(it.question, it.template, it.language)


def _lost_entity(it: Compared) -> bool:
    name = quoted_name(it.template)
    return name is not None and comparable(name) not in comparable(it.question)


def _names_answer(it: Compared) -> bool:
    name = quoted_name(it.template)
    asked, before, right = (
        _ascii_digits(text) for text in (without(it.question, name), without(it.template, name), it.answer)
    )
    right = comparable(right)
    # A list of right values is told by any of them, a date by its year.
    parts = [part.strip() for part in _LIST_MARKS.split(right)]
    told = [right, *(part for part in parts if len(part) > 1), *_NUMBER.findall(right)]
    return any(value in asked and value not in before for value in told)


def _lost_value(it: Compared) -> bool:
    """A second fact that the template tells may stand in it without quotation marks."""
    lost = names_beyond(it.template, it.question, it.language)
    return bool(lost or numbers_beyond(it.template, it.question))


def _added_number(it: Compared) -> bool:
    return bool(numbers_beyond(it.question, it.template))


def _added_name(it: Compared) -> bool:
    return bool(names_beyond(it.question, it.template, it.language))


def _added_value(it: Compared) -> bool:
    return bool(values_beyond(it.question, it.template, it.others))


def _ascii_digits(text: str) -> str:
    return "".join(str(unicodedata.decimal(char)) if char.isdecimal() else char for char in text)


def _off_topic(it: Compared) -> bool:
    written = scripts(it.template)
    # Who keeps the name of the thing keeps to it, in words that may well be all others.
    if written & WITHOUT_SPACES or quoted_name(it.template):
        return False
    size = _SYLLABLES.get(it.language, min((_SHARED_LETTERS.get(script, 4) for script in written), default=4))
    wanted = _stretches(it.template, size)
    return bool(wanted) and not wanted & _stretches(it.question, size)


CHECKS: tuple[tuple[Reason, Callable[[Compared], bool]], ...] = (
    (Reason.UNCHANGED, _unchanged),
    (Reason.REFUSAL, _refusal),
    (Reason.TOO_SHORT, _too_short),
    (Reason.TOO_LONG, _too_long),
    (Reason.REPETITION, _repetition),
    (Reason.WRONG_SCRIPT, _wrong_script),
    (Reason.QUOTED_WHOLE, _quoted_whole),
    (Reason.NO_QUESTION_MARK, _no_question_mark),
    (Reason.LOST_ENTITY, _lost_entity),
    (Reason.NAMES_ANSWER, _names_answer),
    (Reason.NOT_A_QUESTION, _not_a_question),
    (Reason.LOST_VALUE, _lost_value),
    (Reason.ADDED_NUMBER, _added_number),
    (Reason.ADDED_NAME, _added_name),
    (Reason.ADDED_VALUE, _added_value),
    (Reason.OFF_TOPIC, _off_topic),
)


def _stretches(text: str, size: int) -> set[str]:
    return {word[start : start + size] for word in words(text) for start in range(len(word) - size + 1)}
