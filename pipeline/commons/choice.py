"""Which pictures of a concept, best first, each with the reason.

A statement's picture stands by its property, then by its rank, then by what its qualifiers say, then by its place in
the dump; pictures of the concept's gallery and of its category come behind all of them. `docs/pictures.md` says why.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pipeline.commons.collection import CATEGORY, GALLERY, Collection
from pipeline.commons.not_photographs import NotAPhotograph, not_a_photograph
from pipeline.commons.picture import PictureError
from pipeline.commons.picture_properties import never_photographs, photograph_properties
from pipeline.commons.urls import normalise_title

_DEPICTS, _POINT_IN_TIME, _APPLIES_TO_PART, _OBJECT_HAS_ROLE = 180, 585, 518, 3831
_RANKS = {"preferred": 0, "normal": 1}
_TIME = re.compile(r"([+-]\d+)-(\d\d)-(\d\d)T")
_SHOWS_IT, _SAYS_NOTHING, _SHOWS_OTHER_OR_PART = range(3)


@dataclass(frozen=True)
class Candidate:
    """A picture that a concept names.

    Attributes:
        qid: the concept.
        title: of the file, normalised; as it was written where it cannot be.
        property: P-number of the statement that named it, or that named its category or gallery.
        statement_id: GUID of that statement.
        rank: how many photographs of the concept are better; 0 is the best.
        reason: why it stands there: the property's name and what was decided by.
        instead: what it is, where its title or a property says that it is no photograph.
    """

    qid: int
    title: str
    property: int
    statement_id: str
    rank: int
    reason: str
    instead: NotAPhotograph | None


@dataclass(frozen=True)
class _Named:
    """A file as one source names it. A smaller `key` is better."""

    key: tuple[Any, ...]
    title: str
    property: int
    statement_id: str
    reason: str


def candidates(
    concept: Mapping[str, Any], limit: int, members: Mapping[Collection, Sequence[str]] | None = None
) -> list[Candidate]:
    """The concept's pictures, best first, down to the `limit`-th photograph; each title once, where it stands best.

    Args:
        concept: a row of `concepts`, of which `qid` and `statements` are read.
        limit: photographs at most. Files that are none and stand between them are in the list too.
        members: titles of files by the collection that has them, for those that have been asked for.
    """
    # A statement that says "flag" or "map" of a file knows more than its title.
    never = {
        _normalised(row["text"]): row["property"]
        for row in concept["statements"]
        if row["property"] in never_photographs() and row["rank"] in _RANKS and row["text"]
    }
    named = [*_stated(concept), *_gathered(concept, members or {})]
    found: dict[str, Candidate] = {}
    rank = 0
    for one in sorted(named, key=lambda one: one.key):
        if one.title in found:
            continue
        if rank == limit:
            break
        instead = not_a_photograph(one.title, property=never.get(one.title))
        found[one.title] = Candidate(
            concept["qid"], one.title, one.property, one.statement_id, rank, one.reason, instead
        )  # fmt: skip
        rank += instead is None
    return list(found.values())


def collections(concept: Mapping[str, Any], limit: int) -> list[Collection]:
    """The concept's gallery and category, to be asked for; none where its statements name enough photographs."""
    if sum(one.instead is None for one in candidates(concept, limit)) == limit:
        return []
    return [collection for collection, _ in _collections(concept)]


def _collections(concept: Mapping[str, Any]) -> Iterator[tuple[Collection, str]]:
    """With the GUIDs that name them. Galleries before categories: somebody chose what stands in a gallery."""
    for prop in (GALLERY, CATEGORY):
        for row in concept["statements"]:
            if row["property"] == prop and row["best"] and row["text"]:
                yield Collection(prop, _normalised(row["text"].removeprefix("Category:"))), row["statement_id"]


def _stated(concept: Mapping[str, Any]) -> Iterator[_Named]:
    for position, row in enumerate(concept["statements"]):
        prop = photograph_properties().get(row["property"])
        if prop is None or row["rank"] not in _RANKS or not row["text"]:
            continue
        qualifiers = row["qualifiers"] or []
        standing, said = _standing(concept["qid"], qualifiers)
        if not prop.of_the_entity and standing != _SHOWS_IT:
            continue
        date = max(_dates(qualifiers), default=None)
        # No date before any: a date is given as a rule to say that it looked so then. Newer before older.
        age = (0, 0, 0, 0) if date is None else (1, -date[0], -date[1], -date[2])
        words = [prop.name, "preferred rank" if row["rank"] == "preferred" else "", said, _written(date)]
        key = (0, prop.rank, _RANKS[row["rank"]], standing, age, position)
        reason = ", ".join(word for word in words if word)
        yield _Named(key, _normalised(row["text"]), row["property"], row["statement_id"], reason)


def _gathered(concept: Mapping[str, Any], members: Mapping[Collection, Sequence[str]]) -> Iterator[_Named]:
    for number, (collection, statement_id) in enumerate(_collections(concept)):
        for position, title in enumerate(members.get(collection, ())):
            reason = f"member of {collection}"
            yield _Named((1, number, position), _normalised(title), collection.property, statement_id, reason)


def _standing(qid: int, qualifiers: Sequence[Mapping[str, Any]]) -> tuple[int, str]:
    """Whether the qualifiers say that the picture shows the entity, nothing, or something else; and in words."""
    if any(one["property"] == _APPLIES_TO_PART for one in qualifiers):
        return _SHOWS_OTHER_OR_PART, "of a part"
    if any(one["property"] == _OBJECT_HAS_ROLE for one in qualifiers):
        return _SHOWS_OTHER_OR_PART, "in a role"
    depicted = [one["qid"] for one in qualifiers if one["property"] == _DEPICTS and one["qid"]]
    if qid in depicted:
        return _SHOWS_IT, "depicts the entity"
    if depicted:
        return _SHOWS_OTHER_OR_PART, "depicts " + " ".join(f"Q{one}" for one in depicted)
    return _SAYS_NOTHING, ""


def _dates(qualifiers: Sequence[Mapping[str, Any]]) -> Iterator[tuple[int, int, int]]:
    """Year, month and day of P585; months and days may be 0."""
    for one in qualifiers:
        time = _TIME.match(one["time"] or "") if one["property"] == _POINT_IN_TIME else None
        if time is not None:
            yield int(time[1]), int(time[2]), int(time[3])


def _written(date: tuple[int, int, int] | None) -> str:
    """1889, 1889-03 or 1889-03-31, as much of it as is known."""
    if date is None:
        return ""
    year, month, day = date
    known = [f"{part:02d}" for part in (month, day if month else 0) if part]
    return "-".join([f"dated {year}", *known])


def _normalised(title: str) -> str:
    """The title as Commons stores it; one that cannot be stays, and is set aside when the source is asked for it."""
    try:
        return normalise_title(title)
    except PictureError:
        return title
