"""The rules of this project: its lists together with the edges of a dump."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence

import pyarrow as pa

from pipeline.wikidata.choice import lists
from pipeline.wikidata.choice.classes import class_tree
from pipeline.wikidata.choice.countries import CountryRules
from pipeline.wikidata.choice.edges import best_edges
from pipeline.wikidata.choice.grounds import FIGURE, SUBCLASS_OF, CultureRules
from pipeline.wikidata.choice.places import Places

LOCATED_IN = 131

# Tables of `schema.EDGES`, one after the other, as often as they are asked for: together they may outgrow memory.
Edges = Callable[[], Iterable[pa.Table]]


def culture_rules(edges: Edges, max_class_depth: int) -> CultureRules:
    """What is cultural, by the lists and the classes of a dump.

    Args:
        edges: of the dump.
        max_class_depth: P279 steps from a root at most.
    """
    subclass, superclass = best_edges(edges(), SUBCLASS_OF)
    trades = lists.occupations()
    return CultureRules(
        class_tree(subclass, superclass, lists.roots(), max_class_depth, lists.stops()),
        class_tree(subclass, superclass, {FIGURE: trades.cultural, "other": tuple(trades.other)}, max_class_depth),
        trades.weak,
        lists.nature_designations(),
        lists.stops(),
    )


def country_rules(
    edges: Edges, chosen: Collection[str], properties: Sequence[int], max_place_depth: int
) -> CountryRules:
    """What ties an entity to a country, by the lists and the places of a dump.

    Args:
        edges: of the dump.
        chosen: keys of the countries that are wanted.
        properties: those that give a country, the most trusted first.
        max_place_depth: P131 steps from a place to its country at most.
    """
    below, above = best_edges(edges(), LOCATED_IN)
    country_of = lists.country_items()
    return CountryRules(chosen, properties, country_of, Places(below, above, country_of, max_place_depth))
