"""Literal double quotes around texts, which a language model left in the published files.

A pair is taken off where it cannot be part of a text: of all texts of a row if each has one, since nobody quotes a
whole question and the whole answer to it; and of a question alone if there is no other quotation mark in it. An answer
alone keeps its pair, which may be that of a title, and `"A" or "B"?` keeps its own.
"""

from __future__ import annotations

QUOTE = '"'

Turns = tuple[tuple[str, str], ...]


def without_quotes(turns: Turns) -> Turns:
    """The texts of a row without the quotes that are not theirs.

    Args:
        turns: questions and answers.
    """
    if all(_wrapped(text) for turn in turns for text in turn):
        return tuple((question[1:-1], answer[1:-1]) for question, answer in turns)
    return tuple(
        (question[1:-1] if _wrapped(question) and QUOTE not in question[1:-1] else question, answer)
        for question, answer in turns
    )


def _wrapped(text: str) -> bool:
    return len(text) >= 2 and text[0] == text[-1] == QUOTE
