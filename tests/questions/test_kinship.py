from __future__ import annotations

import pickle

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.questions import kinship
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


def test_what_is_known_of_ancestors_stays_within_bounds(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kinship, "_MOST_KNOWN", 3)
    chain = Kinship.of({item: {item + 1} for item in range(8)})
    for item in (*ITEMS, *ITEMS):
        assert chain.ancestors(item) == set(range(item + 1, 9))
        assert len(chain._ancestors) <= 3


@given(PARENTS)
def test_edges_in_any_order_and_more_than_once_say_the_same(parents: dict[int, set[int]]) -> None:
    edges = [(item, parent) for item, above in parents.items() for parent in above]
    again = np.array(edges[::-1] + edges, np.int64).reshape(-1, 2)
    assert Kinship.joined(again) == Kinship.of(parents)
    assert (Kinship.joined(again) == Kinship.of({**parents, 99: {1}})) is False


def test_what_workers_are_sent_is_arrays_that_they_can_share() -> None:
    buffers: list[pickle.PickleBuffer] = []
    found = Kinship.of({item: {item + 1, item + 2} for item in range(10_000)})
    rest = pickle.dumps(found, protocol=5, buffer_callback=buffers.append)
    assert sum(buffer.raw().nbytes for buffer in buffers) == 16 * 20_000
    assert len(rest) < 1000
