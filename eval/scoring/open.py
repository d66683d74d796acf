"""Open questions with a short answer: the reply must be the answer, give or take case, width and punctuation."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass

from eval.scoring.verdict import Verdict
from pipeline.generation.answers import check_answer


@dataclass(frozen=True)
class Grounds:
    """What an answer was made from: the template's question, the label, and the data set's code of their language."""

    question: str
    label: str
    language: str


def normalised(text: str) -> str:
    """Compatibility form, case folded, punctuation and symbols as spaces, single spaces; vowel signs are kept."""
    folded = unicodedata.normalize("NFKC", text).casefold()
    kept = "".join(" " if unicodedata.category(character)[0] in "PSZC" else character for character in folded)
    return " ".join(kept.split())


def score_open(reply: str, answer: str, grounds: Grounds | None = None) -> Verdict:
    """Right where the reply's first line is the answer, or its label, and nothing else; unread where it says nothing.

    An answer that is taught in a sentence may be given in another: then a reply is right too where it would have passed
    as a rewording of the label, with the label and nothing that is not told.

    Args:
        reply: as the model gave it.
        answer: as it is taught.
        grounds: what it was made from, where it may differ from its label.
    """
    first = next((line for line in reply.splitlines() if normalised(line)), "")
    said = normalised(first)
    if not said:
        return Verdict(None, None)
    right = said == normalised(answer)
    if grounds is not None and grounds.label != answer:
        sentence = check_answer(first, grounds.label, grounds.question, grounds.language)
        right = right or said == normalised(grounds.label) or isinstance(sentence, str)
    return Verdict(right, first.strip())
