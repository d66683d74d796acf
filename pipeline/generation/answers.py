"""Is a natural answer fit to stand for its label? Pure checks of two texts; the first that fails names the reason.

The label is right by its statement. So an answer must have it, with the endings that the language wants, and nothing
beside it that neither the label nor the question's template tells. When in doubt a check refuses: the label stays.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import Enum

from pipeline.generation.additions import names_beyond, values_beyond
from pipeline.generation.held_value import holds, is_part_of, numbers, tells_another
from pipeline.generation.manner import has_question_mark, quoted_whole, repeated
from pipeline.generation.signs import load_signs, refuses
from pipeline.generation.text import quoted_name, scripts, scripts_beside, tidied, without, words
from pipeline.reading import comparable


class AnswerReason(Enum):
    """Why a label keeps its place."""

    EMPTY = "empty"
    UNCHANGED = "unchanged"
    TOO_LONG = "too_long"
    REFUSAL = "refusal"
    QUOTED_WHOLE = "quoted_whole"
    ASKS = "asks"
    REPEATS_QUESTION = "repeats_question"
    REPETITION = "repetition"
    WRONG_SCRIPT = "wrong_script"
    WRONG_LANGUAGE = "wrong_language"
    LOST_VALUE = "lost_value"
    OTHER_VALUE = "other_value"
    ADDED_NUMBER = "added_number"
    ADDED_NAME = "added_name"
    ADDED_VALUE = "added_value"


# Beside label and template, so many characters may stand in a short answer.
MORE_CHARACTERS = 30
# A text has the words of another language where it has so many that are no words of its own.
_FOREIGN = 2


@dataclass(frozen=True)
class _Compared:
    answer: str
    label: str
    template: str
    language: str
    others: tuple[str, ...]

    @property
    def told(self) -> str:
        return f"{self.template} {self.label}"

    def around(self, text: str) -> str:
        """A text without the label and the name of the thing asked about."""
        return without(without(text, quoted_name(self.template)), self.label)


def check_answer(text: str, label: str, template: str, language: str, others: Sequence[str] = ()) -> str | AnswerReason:
    """An answer, tidied, or why it may not be used.

    Args:
        text: a model's.
        label: the answer as the template gave it.
        template: the question as the template gave it.
        language: of all, the data set's code.
        others: right answers to the other questions about the same picture, which this one must not tell.
    """
    answer = tidied(text)
    if not comparable(answer):
        return AnswerReason.EMPTY
    compared = _Compared(answer, label, template, language, tuple(others))
    return next((reason for reason, fails in CHECKS if fails(compared)), answer)


def _unchanged(it: _Compared) -> bool:
    return words(it.answer) == words(it.label)


def _too_long(it: _Compared) -> bool:
    return len(it.answer) > len(it.told) + MORE_CHARACTERS


def _refusal(it: _Compared) -> bool:
    return refuses(it.answer, it.language) and not refuses(it.label, it.language)


def _quoted_whole(it: _Compared) -> bool:
    return quoted_whole(it.answer) and not quoted_whole(it.label)


def _asks(it: _Compared) -> bool:
    return has_question_mark(it.around(it.answer))


def _repeats_question(it: _Compared) -> bool:
    return " ".join(words(it.template)) in " ".join(words(it.answer))


def _repetition(it: _Compared) -> bool:
    return repeated(it.answer) > repeated(it.told)


def _wrong_script(it: _Compared) -> bool:
    """What stands around the label is in the question's script, whatever the label is in."""
    allowed = scripts_beside(scripts(without(it.template, quoted_name(it.template))))
    if comparable(it.label) not in comparable(it.answer):
        allowed |= scripts(it.label)
    return "\ufffd" in it.answer or not scripts(it.around(it.answer)) <= allowed


def _wrong_language(it: _Compared) -> bool:
    if it.language == "en":
        return False
    foreign = set(load_signs().english) & set(words(it.around(it.answer)))
    return len(foreign - set(words(it.told))) >= _FOREIGN


def _lost_value(it: _Compared) -> bool:
    return not holds(it.answer, it.label, it.language)


def _other_value(it: _Compared) -> bool:
    return tells_another(it.answer, it.label, it.template, it.language)


def _added_number(it: _Compared) -> bool:
    return not numbers(it.answer) <= numbers(it.label) | numbers(it.template)


def _added_name(it: _Compared) -> bool:
    added = names_beyond(it.answer, it.told, it.language)
    return not all(is_part_of(name, it.label, it.language) for name in added)


def _added_value(it: _Compared) -> bool:
    return bool(values_beyond(it.answer, it.told, it.others))


CHECKS: tuple[tuple[AnswerReason, Callable[[_Compared], bool]], ...] = (
    (AnswerReason.UNCHANGED, _unchanged),
    (AnswerReason.REFUSAL, _refusal),
    (AnswerReason.TOO_LONG, _too_long),
    (AnswerReason.QUOTED_WHOLE, _quoted_whole),
    (AnswerReason.REPEATS_QUESTION, _repeats_question),
    (AnswerReason.ASKS, _asks),
    (AnswerReason.REPETITION, _repetition),
    (AnswerReason.WRONG_SCRIPT, _wrong_script),
    (AnswerReason.WRONG_LANGUAGE, _wrong_language),
    (AnswerReason.LOST_VALUE, _lost_value),
    (AnswerReason.OTHER_VALUE, _other_value),
    (AnswerReason.ADDED_NUMBER, _added_number),
    (AnswerReason.ADDED_NAME, _added_name),
    (AnswerReason.ADDED_VALUE, _added_value),
)
