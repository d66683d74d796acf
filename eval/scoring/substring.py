"""Published rules that look for one string inside another, and strict ones that read a value instead."""

from __future__ import annotations

from eval.scoring.letters import chosen_option
from eval.scoring.short import strict_short
from eval.scoring.truth import read_truth
from eval.scoring.written import first_line
from eval.tasks.task import Item, Score

_AS_WRITTEN = "HME100k"
_AROUND_A_FORMULA = (("$$", "$$"), ("$", "$"), ("\\(", "\\)"), ("\\[", "\\]"))


def paper_true_false(item: Item, reply: str) -> Score:
    """MaRVL's published rule: "yes" anywhere makes the reply "true", else "no" anywhere makes it "false".

    So "not", "know" and "cannot" are "false". Then the reference must stand in what is left. Nothing is unparsed: a
    reply that says neither is wrong. English alone is read.
    """
    said = reply.strip().lower()
    if "yes" in said:
        said = "true"
    elif "no" in said:
        said = "false"
    return Score(float(_truth(item) in said), "scored", said)


def strict_true_false(item: Item, reply: str) -> Score:
    """What the reply's first line says, in English or the item's language, or its letter: (a) is false, (b) is true.

    Unparsed where it says neither or both.
    """
    said = read_truth(reply, item.language)
    if said is None and (letter := chosen_option(first_line(reply), item.choices, item.language)) is not None:
        said = item.choices[letter] == "true"
    if said is None:
        return Score(None, "unparsed", "")
    parsed = "true" if said else "false"
    return Score(float(parsed == _truth(item)), "scored", parsed)


def paper_substring(item: Item, reply: str) -> Score:
    """XGQA's published rule: the reference, without case, stands anywhere in the reply ("cat" in "education")."""
    said = reply.strip().lower()
    return Score(float(item.answers[0].strip().lower() in said), "scored", said)


def paper_ocr(item: Item, reply: str) -> Score:
    """OCRBench's published rule: a reference stands anywhere in the reply, without case and with lines joined.

    Formulas (`meta["dataset"]` is HME100k) are compared with case and without spaces. Full-width ASCII is folded, as in
    version 0.7 of lmms-eval; earlier ones did not.
    """
    formula = item.meta.get("dataset") == _AS_WRITTEN
    said = _ocr(reply, formula=formula)
    return Score(float(any(_ocr(answer, formula=formula) in said for answer in item.answers)), "scored", said)


def strict_ocr(item: Item, reply: str) -> Score:
    """`strict_short`; of a formula all signs count, with case, but for spaces and the marks of LaTeX around it."""
    if item.meta.get("dataset") != _AS_WRITTEN:
        return strict_short(item, reply)
    said = _formula(reply)
    if not said:
        return Score(None, "unparsed", "")
    return Score(float(said in map(_formula, item.answers)), "scored", said)


def _formula(text: str) -> str:
    bare = "".join(text.translate(_FULL_WIDTH).split())
    for opening, closing in _AROUND_A_FORMULA:
        if bare.startswith(opening) and bare.endswith(closing):
            bare = bare[len(opening) : len(bare) - len(closing)]
    return bare


def _ocr(text: str, *, formula: bool) -> str:
    if formula:
        return text.strip().replace("\n", " ").replace(" ", "")
    return text.translate(_FULL_WIDTH).lower().strip().replace("\n", " ")


_FULL_WIDTH = {0x3000: " "} | {wide: wide - 0xFEE0 for wide in range(0xFF01, 0xFF5F)}


def _truth(item: Item) -> str:
    """The reference, which must be true or false.

    Raises:
        ValueError: it is not.
    """
    truth = item.answers[0].strip().lower()
    if truth not in ("true", "false"):
        raise ValueError(f"item {item.item_id}: the reference must be true or false, not {item.answers[0]!r}")
    return truth
