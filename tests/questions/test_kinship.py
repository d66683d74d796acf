from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from pipeline.questions.kinship import Kinship

ITEMS = range(8)
PARENTS = st.dictionaries(st.sampled_from(ITEMS), st.sets(st.sampled_from(ITEMS), max_size=3))


def _above(parents: dict[int, set[int]]) -> dict[int, set[int]]:
    """The transitive closure, by adding grandparents until nothing is new."""
    above = {item: set(parents.get(item, ())) for item in ITEMS}
    for _ in ITEMS:
        for item in ITEMS:
            above[item] |= set().union(*(above[parent] for parent in above[item]))
    return above


@given(PARENTS)
def test_ancestors_are_all_that_can_be_reached_upwards(parents: dict[int, set[int]]) -> None:
    above = _above(parents)
    assert {item: Kinship.of(parents).ancestors(item) for item in ITEMS} == above


@given(PARENTS, st.sampled_from(ITEMS), st.sampled_from(ITEMS))
def test_related_means_the_same_or_above_or_below(parents: dict[int, set[int]], one: int, other: int) -> None:
    above = _above(parents)
    expected = one == other or other in above[one] or one in above[other]
    assert Kinship.of(parents).related(one, other) is expected
    assert Kinship.of(parents).related(other, one) is expected


def test_siblings_are_not_related() -> None:
    assert not Kinship.of({1: {3}, 2: {3}}).related(1, 2)
