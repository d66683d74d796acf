"""The countries whose culture an entity belongs to, and the statement that says so."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pipeline.wikidata.choice.places import Places

# Whose values are places in a country rather than the country: the tree of places is climbed from them.
PLACE_PROPERTIES = frozenset({131, 159, 276, 291, 740, 1071, 3842})


def direct(properties: Sequence[int]) -> list[int]:
    """Those of the properties whose values are countries, or what stands for one, rather than places in it."""
    return [prop for prop in properties if prop not in PLACE_PROPERTIES]


@dataclass(frozen=True)
class Tie:
    """What ties an entity to a country: a statement, and the items from its value up to what stands for the country."""

    country: str
    property: int
    statement_id: str
    path: Sequence[int]


@dataclass(frozen=True)
class CountryRules:
    """What counts as a tie.

    Args:
        chosen: keys of the countries that are wanted.
        properties: those that give a country, the most trusted first.
        country_of: items that stand for a country, with its key.
        places: the tree of places.
    """

    chosen: Collection[str]
    properties: Sequence[int]
    country_of: Mapping[int, str]
    places: Places

    def ties(self, statements: Sequence[Mapping[str, Any]]) -> list[Tie]:
        """One tie for every chosen country that a best statement gives, the most trusted first.

        Where a property gives a country, those that only give a place are not asked: a painting hangs far from home.
        """
        found: dict[str, Tie] = {}
        for prop in self.properties:
            if prop in PLACE_PROPERTIES and found:
                continue
            for row in statements:
                if row["property"] == prop and row["best"] and row["qid"] is not None:
                    tie = self._tie(prop, row["statement_id"], row["qid"])
                    if tie is not None and tie.country in self.chosen:
                        found.setdefault(tie.country, tie)
        return list(found.values())

    def _tie(self, prop: int, statement_id: str, qid: int) -> Tie | None:
        if prop in PLACE_PROPERTIES:
            reached = self.places.country(qid)
            return None if reached is None else Tie(reached[0], prop, statement_id, reached[1])
        country = self.country_of.get(qid)
        return None if country is None else Tie(country, prop, statement_id, [qid])
