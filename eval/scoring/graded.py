"""Judgements in the forms that xChat's and LLaVA-Bench's judges are asked for, to scores."""

from __future__ import annotations

import re
from collections.abc import Sequence

from eval.tasks.task import Replied, Score

_GRADES = 5
_HIGHEST_MARK = 10
# As prometheus-eval reads it: [RESULT] 4, [RESULT] (4), Score: 4/5, "a score of 4 out of 5". The first one counts.
_TOLD = re.compile(
    r"(?:\[result\]:?|\[score\]|score:?|result:?|score\s+of)\s*[(\[\s]*(\d+)(?:[)\]\s]|$|/\s*5|\s*out\s*of\s*5)",
    re.IGNORECASE,
)


def grade(judgement: str | None) -> Score:
    """A grade from 1 to 5, as a share from 0 to 1: a grade of 1 is nothing, as in the published figures of xChat.

    Args:
        judgement: what the judge said; None where it could not be asked.
    """
    told = _TOLD.search(judgement or "")
    if told is None or not 1 <= int(told[1]) <= _GRADES:
        return Score(None, "unjudged", "")
    return Score((int(told[1]) - 1) / (_GRADES - 1), "scored", told[1])


def second_mark(judgement: str | None) -> Score:
    """The second of two marks from 1 to 10 on the first line: the reply's, the first being the reference's.

    `parsed` has both: "8 7". The published figure is made of all of them, see `relative`.
    """
    marks = (judgement or "").strip().split("\n")[0].replace(",", " ").split()
    try:
        reference, reply = map(float, marks)
    except ValueError:
        return Score(None, "unjudged", "")
    if not all(0 <= mark <= _HIGHEST_MARK for mark in (reference, reply)):
        return Score(None, "unjudged", "")
    return Score(reply / _HIGHEST_MARK, "scored", f"{reference:g} {reply:g}")


def relative(parsed: Sequence[str], *, published: bool) -> float | None:
    """LLaVA-Bench's figure: the sum of the replies' marks in per cent of the sum of the references'.

    Args:
        parsed: of `second_mark`, of every item.
        published: a judgement that could not be read counts as -1 for both, as in the published code; else not at all.

    Returns:
        None where no judgement could be read.
    """
    pairs = [tuple(map(float, marks.split())) for marks in parsed if marks]
    if not pairs:
        return None
    unread = len(parsed) - len(pairs) if published else 0
    references, replies = (sum(marks) - unread for marks in zip(*pairs, strict=True))
    return 100 * replies / references if references else None


def paper_relative(replied: Sequence[Replied]) -> dict[str, float]:
    """`relative` as published, over 100."""
    return _named(relative([each.parsed for each in replied], published=True))


def strict_relative(replied: Sequence[Replied]) -> dict[str, float]:
    """`relative` of the judgements that could be read, over 100."""
    return _named(relative([each.parsed for each in replied], published=False))


def _named(figure: float | None) -> dict[str, float]:
    return {} if figure is None else {"relative": figure / 100}
