"""Open questions with a short answer: the reply must be the answer, as `written.same` compares."""

from __future__ import annotations

from dataclasses import dataclass

from eval.scoring.short import value_said
from eval.scoring.verdict import Verdict
from eval.scoring.written import first_line, normalised, same
from pipeline.generation.answers import check_answer


@dataclass(frozen=True)
class Grounds:
    """What an answer was made from: the template's question, the label, and the data set's code of their language."""

    question: str
    label: str
    language: str


def score_open(reply: str, answer: str, grounds: Grounds) -> Verdict:
    """Right where the reply's first line is the answer, or its label, and nothing else; unread where it says nothing.

    An answer that is taught in a sentence may be given in another: then a reply is right too where it would have passed
    as a rewording of the label, with the label and nothing that is not told.

    Args:
        reply: as the model gave it.
        answer: as it is taught.
        grounds: what it was made from, where it may differ from its label.
    """
    line, said, language = first_line(reply), value_said(reply), grounds.language
    if not normalised(said, language):
        return Verdict(None, None)
    right = same(said, answer, language)
    if grounds.label != answer:
        sentence = check_answer(line, grounds.label, grounds.question, language)
        right = right or same(said, grounds.label, language) or isinstance(sentence, str)
    return Verdict(right, line)
