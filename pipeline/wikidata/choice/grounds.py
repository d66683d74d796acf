"""Whether an entity is cultural, and on what grounds: its class, what a person was, or a heritage designation."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pipeline.wikidata.choice.classes import ClassTree

INSTANCE_OF, SUBCLASS_OF, OCCUPATION, POSITION, SAINTHOOD, HERITAGE_DESIGNATION = 31, 279, 106, 39, 411, 1435
HUMAN = 5
FIGURE, HERITAGE = "figure", "heritage"
# Domains whose classes are themselves what one eats, wears, plays or does, or what one can stand before. A class of
# works to read, hear or watch, of teams or of characters is an abstraction, unless a statement says whose it is: by
# country, origin or people.
# fmt: off
_KINDS = frozenset({
    "food", "drink", "instrument", "festival", "dress", "craft", "dance", "game", "martial_art", "tradition", "writing",
    "artwork", "worship", "museum", "monument", "architecture", "place", "heritage",
})
# fmt: on
_WHOSE = (17, 495, 2341)
# The rules look at statements with these alone.
DECIDING_PROPERTIES = (INSTANCE_OF, SUBCLASS_OF, OCCUPATION, POSITION, SAINTHOOD, HERITAGE_DESIGNATION, *_WHOSE)

Statements = Sequence[Mapping[str, Any]]


@dataclass(frozen=True)
class Grounds:
    """Why an entity is cultural.

    Attributes:
        domain: the one it belongs to.
        property: P31, P279, P106, P39, P411 or P1435.
        statement_id: GUID of the statement whose value starts the path.
        path: from that value up to the class, occupation or designation that the lists name; of an entity that they
            name itself, its own id.
    """

    domain: str
    property: int
    statement_id: str
    path: Sequence[int]


@dataclass(frozen=True)
class CultureRules:
    """What counts as cultural.

    Args:
        classes: the tree of cultural classes.
        occupations: the tree of occupations; those below its domain `figure` make a person a figure of a culture.
        weak_occupations: those that do so only for who has none outside that domain.
        nature_designations: heritage designations that protect nature.
        stops: classes that are not cultural for all that lies above them.
    """

    classes: ClassTree
    occupations: ClassTree
    weak_occupations: Collection[int]
    nature_designations: Collection[int]
    stops: Collection[int] = ()

    def grounds(self, qid: int, statements: Statements) -> Grounds | None:
        """Why an entity with these statements is cultural; None if it is not.

        A person is one by occupation, position or sainthood. Anything else is one by the classes it is an instance of,
        then as a class: by those it is a subclass of (a dish is often a class itself), or because the lists name it (a
        gondola is, boats are not); failing that, by a heritage designation.
        """
        instance_of = _values(statements, INSTANCE_OF)
        if HUMAN in instance_of:
            return self._of_person(statements)
        placed = self.classes.place(instance_of)
        if placed is not None:
            return Grounds(placed[0], *instance_of[placed[1][0]], placed[1])
        as_class = self._as_class(qid, statements)
        if as_class is not None and (as_class.domain in _KINDS or any(_values(statements, prop) for prop in _WHOSE)):
            return as_class
        for designation, said_by in _values(statements, HERITAGE_DESIGNATION).items():
            if designation not in self.nature_designations:
                return Grounds(HERITAGE, *said_by, [designation])
        return None

    def _as_class(self, qid: int, statements: Statements) -> Grounds | None:
        above = _values(statements, SUBCLASS_OF)
        if not above or qid in self.stops:
            return None
        is_listed = self.classes.next_up.get(qid) == qid
        placed = self.classes.place([qid] if is_listed else above)
        if placed is None:
            return None
        domain, path = placed
        return Grounds(domain, *above.get(path[0], next(iter(above.values()))), path)

    def _of_person(self, statements: Statements) -> Grounds | None:
        domain_of = self.occupations.domain_of
        trades = _values(statements, OCCUPATION)
        is_other = any(domain_of.get(qid, FIGURE) != FIGURE for qid in trades)
        held = {
            qid: said_by
            for qid, said_by in (trades | _values(statements, POSITION)).items()
            if domain_of.get(qid) == FIGURE and not (is_other and qid in self.weak_occupations)
        }
        placed = self.occupations.place(held)
        if placed is not None:
            return Grounds(FIGURE, *held[placed[1][0]], placed[1])
        return next((Grounds(FIGURE, *by, [qid]) for qid, by in _values(statements, SAINTHOOD).items()), None)


def _values(statements: Statements, prop: int) -> dict[int, tuple[int, str]]:
    """Item -> property and GUID of the first best statement with it, in the order of the statements."""
    found: dict[int, tuple[int, str]] = {}
    for row in statements:
        if row["property"] == prop and row["best"] and row["qid"] is not None:
            found.setdefault(row["qid"], (prop, row["statement_id"]))
    return found
