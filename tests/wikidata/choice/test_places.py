from __future__ import annotations

from itertools import pairwise

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from pipeline.wikidata.choice.places import Places


def places_of(edges: list[tuple[int, int]], country_of: dict[int, str], depth: int = 10) -> Places:
    pairs = np.array(sorted(edges), np.int64).reshape(-1, 2)
    return Places(pairs[:, 0], pairs[:, 1], country_of, depth)


@given(st.lists(st.tuples(st.integers(1, 12), st.integers(1, 12)), max_size=30), st.integers(0, 5))
def test_a_country_is_found_exactly_when_it_is_within_reach(edges: list[tuple[int, int]], depth: int) -> None:
    places = places_of(edges, {1: "kenya"}, depth)
    for place in range(1, 13):
        level, seen = {place}, {place}
        for _ in range(depth):
            level = {above for below, above in edges if below in level}
            seen |= level
        found = places.country(place)
        assert (found is not None) == (1 in seen)
        if found is not None:
            key, path = found
            assert (key, path[0], path[-1]) == ("kenya", place, 1)
            assert all(step in edges for step in pairwise(path))
            assert places.country(place) == found


def test_the_nearest_country_wins() -> None:
    """A city of a former state that now lies elsewhere."""
    places = places_of([(9, 8), (9, 5), (8, 2), (5, 4), (4, 1)], {1: "japan", 2: "kenya"})
    assert places.country(9) == ("kenya", [9, 8, 2])
    assert places.country(5) == ("japan", [5, 4, 1])
    assert places.country(7) is None
