"""Judgements in the forms that xChat's and LLaVA-Bench's judges are asked for, to scores."""

from __future__ import annotations

import re
from collections.abc import Sequence

from eval.tasks.task import Replied, Score

_GRADES = 5
_HIGHEST_MARK = 10
# As prometheus-eval reads it since its version 0.1.20, at the end alone: [RESULT] 4, [RESULT] (4), Score: 4/5, "a score
# of 4 out of 5".
_TOLD = re.compile(
    r"(?:\[result\]:?|\[score\]|score:?|result:?|score\s+of)\s*[(\[\s]*(\d+)(?:[)\]\s]|/\s*5|\s*out\s*of\s*5)?\s*$",
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

    `parsed` has both as they stand there: "8 7". The published figure is made of all of them, see `relative`.
    """
    line = (judgement or "").strip().split("\n")[0]
    marks = line.replace(",", " ").split()
    try:
        reference, reply = map(float, marks)
    except ValueError:
        return Score(None, "unjudged", "")
    if not all(0 <= mark <= _HIGHEST_MARK for mark in (reference, reply)):
        return Score(None, "unjudged", "")
    return Score(reply / _HIGHEST_MARK, "scored", line)


def paper_second_mark(judgement: str | None) -> Score:
    """As published: `second_mark` of a line on which one space or one comma, and nothing else, parts two marks.

    Marks beyond 0 to 10 are not read either; the published code takes them.
    """
    score = second_mark(judgement)
    return score if score.state == "scored" and _published(score.parsed) else Score(None, "unjudged", "")


def _published(line: str) -> bool:
    """Whether the published code, which splits at every space and takes commas for spaces, reads two marks."""
    return len(line.replace(",", " ").split(" ")) == len(("reference", "reply"))


def relative(parsed: Sequence[str], *, published: bool) -> float | None:
    """LLaVA-Bench's figure: the sum of the replies' marks in per cent of the sum of the references'.

    Args:
        parsed: of `second_mark`, of every item.
        published: a judgement that could not be read counts as -1 for both, as in the published code; else not at all.

    Returns:
        None where no judgement could be read.
    """
    read = [line for line in parsed if line and (_published(line) or not published)]
    pairs = [tuple(map(float, line.replace(",", " ").split())) for line in read]
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
