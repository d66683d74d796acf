"""Short answers: MaXM's published rule, and a strict one."""

from __future__ import annotations

import re
import unicodedata

from eval.scoring.written import first_line, normalised, same_as_any
from eval.tasks.task import Item, Score

_LEAD = re.compile(r"(?:(?:the|my)\s+)?(?:(?:short|final|correct)\s+)?answer\s*(?:is\s*:?|:)\s*", re.IGNORECASE)


def paper_relaxed(item: Item, reply: str) -> Score:
    """MaXM's relaxed match: the reply stands in a reference, or begins or ends with one.

    So the empty reply, and any letter of a reference, are right. Both are compared in NFKD without case and without
    characters other than letters, digits and spaces: that takes away the vowel signs of Hindi and Thai.

    Two versions of this rule are public: the other takes out English articles and number words and does not look for
    the reply in the reference. Which of them gave the published figures is not known.
    """
    said = _relaxed(reply)
    right = any(
        said in answer or said.startswith(answer) or said.endswith(answer) for answer in map(_relaxed, item.answers)
    )
    return Score(float(right), "scored", said)


def strict_short(item: Item, reply: str) -> Score:
    """The reply's first line is one of the references, but for what `written.normalised` and articles take away.

    A lead such as "The answer is" is no part of the answer. A reply that says nothing is unparsed.
    """
    said = value_said(reply)
    if not normalised(said, item.language):
        return Score(None, "unparsed", "")
    return Score(float(same_as_any(said, item.answers, item.language)), "scored", said)


def value_said(reply: str) -> str:
    """The first line of a reply without a lead and marks around it."""
    line = first_line(reply).strip("*_`\"' ")
    rest = _LEAD.sub("", line, count=1) if _LEAD.match(line) else line
    return rest.strip("*_`\"' ")


def _relaxed(text: str) -> str:
    return re.sub(r"[^\w\s]", "", unicodedata.normalize("NFKD", text).lower().strip())
