"""Linking an entity: which one a reply names, by an id of Wikidata or by its names."""

from __future__ import annotations

import re
import unicodedata

from eval.scoring.short import value_said
from eval.scoring.written import normalised, same_as_any
from eval.tasks.task import Item, Score

_QID = re.compile(r"(?<![A-Za-z0-9])[Qq]([1-9]\d{0,17})(?![A-Za-z0-9])")
_TOLD_APART = re.compile(r"\s*[(（][^()（）]*[)）]\s*$")


def strict_entity(item: Item, reply: str) -> Score:
    """The item's QID, or one of its names: label, aliases, titles.

    A QID in the reply decides over names; several different ones are unparsed, and so is a reply that says nothing.
    What a title has in brackets at its end to tell entities apart, as in "Mercury (planet)", need not be said.

    Args:
        item: `answers` are its names, and `meta["aliases"]` more, in any languages; `qid` its id, 0 where not known.
        reply: as the model gave it.
    """
    ids = {int(number) for number in _QID.findall(unicodedata.normalize("NFKC", reply))}
    if len(ids) > 1:
        return Score(None, "unparsed", "")
    if ids and item.qid:
        (qid,) = ids
        return Score(float(qid == item.qid), "scored", f"Q{qid}")
    said = value_said(reply)
    if not normalised(said, item.language):
        return Score(None, "unparsed", "")
    names = [*item.answers, *item.meta.get("aliases", ())]
    # Not both without brackets: "Mercury (element)" is no "Mercury (planet)".
    right = same_as_any(said, [*names, *map(_base, names)], item.language) or same_as_any(
        _base(said), names, item.language
    )
    return Score(float(right), "scored", said)


def _base(name: str) -> str:
    return _TOLD_APART.sub("", name) or name
