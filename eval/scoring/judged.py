"""Replies that another model judges: from what it says, a mark from 0 to 10, to a score."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

from eval.scoring.written import visible
from eval.tasks.task import Item, Score

HIGHEST = 10
_KEYS = ("score", "rating", "mark", "accuracy")
_OBJECT = re.compile(r"\{[^{}]*\}")
_NUMBER = r"(?<![\w.,-])(\d+(?:\.\d+)?)(?![\w]|[.,]\d)"
_TOLD = re.compile(
    rf"\b(?:score|rating|mark)\b[\s*_\"'`]*(?:is|of|:|=)?[\s*_\"'`:]*{_NUMBER}(?:\s*/\s*(\d+))?", re.IGNORECASE
)
_ALONE = re.compile(rf"\s*[*_`\"']*{_NUMBER}(?:\s*/\s*(\d+))?[*_`\"'.]*\s*")


def mark(judgement: str) -> float | None:
    """The mark from 0 to 10 that a judge gives: in a JSON object, told as a score, or a number alone.

    None where there is none, several different ones, or one beyond 0 to 10: it is not made to fit.
    """
    found = set(_marks(visible(judgement)))
    if len(found) != 1:
        return None
    (told,) = found
    return told if told is not None and 0 <= told <= HIGHEST else None


def strict_judged(judgement: str | None) -> Score:
    """A tenth of the judge's mark; `unjudged`, not a nought, where it gave none.

    Args:
        judgement: what the judge said; None where it could not be asked.
    """
    told = None if judgement is None else mark(judgement)
    return Score(None, "unjudged", "") if told is None else Score(told / HIGHEST, "scored", f"{told:g}")


def paper_judged(judgement: str | None) -> Score:
    """ALM-Bench's published rule: as `strict_judged`, but a judge that failed is a nought."""
    score = strict_judged(judgement)
    return score if score.state == "scored" else Score(0.0, "scored", "")


def awaiting_judge(_item: Item, _reply: str) -> Score:
    """The rule of a judged task before its judge was asked."""
    return Score(None, "unjudged", "")


def _marks(judgement: str) -> Iterator[float | None]:
    objects = [told for told in map(_loaded, _OBJECT.findall(judgement)) if told]
    if objects:
        for told in objects:
            yield from (_number(told[key]) for key in told if key.lower() in _KEYS)
        return
    if "{" in judgement:  # cut off, perhaps inside the number
        return
    if alone := _ALONE.fullmatch(judgement):
        yield _of_ten(alone[1], alone[2])
        return
    for found in _TOLD.finditer(judgement):
        yield _of_ten(found[1], found[2])


def _loaded(text: str) -> dict[str, Any]:
    try:
        told = json.loads(text)
    except ValueError:
        return {}
    return told if isinstance(told, dict) else {}


def _number(value: object) -> float | None:
    if isinstance(value, str) and (alone := _ALONE.fullmatch(value)):
        return _of_ten(alone[1], alone[2])
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None


def _of_ten(number: str, out_of: str | None) -> float | None:
    """A number told out of another highest mark than ours is not known to mean the same."""
    return float(number) if out_of in (None, str(HIGHEST)) else None
