from __future__ import annotations

from itertools import pairwise

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from pipeline.wikidata.choice.classes import ClassTree, class_tree

EDGES = st.lists(st.tuples(st.integers(1, 15), st.integers(1, 15)), max_size=40)


def tree_of(edges: list[tuple[int, int]], domains: dict[str, tuple[int, ...]], depth: int = 12) -> ClassTree:
    pairs = np.array(edges, np.int64).reshape(-1, 2)
    return class_tree(pairs[:, 0], pairs[:, 1], domains, depth)


@given(EDGES, st.integers(0, 6))
def test_a_class_is_found_exactly_when_a_root_is_within_reach(edges: list[tuple[int, int]], depth: int) -> None:
    """Compared with a walk upward, written the other way round."""
    tree = tree_of(edges, {"one": (1,)}, depth)
    for qid in range(1, 16):
        level, seen = {qid}, {qid}
        for _ in range(depth):
            level = {above for below, above in edges if below in level}
            seen |= level
        assert (tree.place([qid]) is not None) == (1 in seen)


@given(EDGES)
def test_a_path_climbs_real_edges_to_a_root_of_its_domain(edges: list[tuple[int, int]]) -> None:
    domains = {"one": (1, 2), "two": (3,)}
    tree = tree_of(edges, domains)
    for qid in range(1, 16):
        placed = tree.place([qid])
        if placed is not None:
            domain, path = placed
            assert path[0] == qid
            assert path[-1] in domains[domain]
            assert all(step in edges for step in pairwise(path))


def test_the_first_domain_wins_then_the_shortest_path() -> None:
    tree = tree_of([(10, 1), (11, 10), (20, 3)], {"one": (1,), "two": (3,)})
    assert tree.place([20, 11]) == ("one", [11, 10, 1])
    assert tree.place([11, 10]) == ("one", [10, 1])
    assert tree.place([99]) is None


def test_a_root_below_another_root_keeps_its_own_domain() -> None:
    tree = tree_of([(3, 1), (30, 3)], {"one": (1,), "two": (3,)})
    assert tree.place([30]) == ("two", [30, 3])


@given(EDGES, st.sets(st.integers(2, 15), max_size=4))
def test_nothing_is_reached_through_a_stop(edges: list[tuple[int, int]], stops: set[int]) -> None:
    pairs = np.array(edges, np.int64).reshape(-1, 2)
    kept = [edge for edge in edges if edge[0] not in stops and edge[1] not in stops]
    found = class_tree(pairs[:, 0], pairs[:, 1], {"one": (1,)}, 12, stops)
    assert found.domain_of.keys() == tree_of(kept, {"one": (1,)}).domain_of.keys()


def test_a_root_is_reached_even_if_it_is_a_stop() -> None:
    pairs = np.array([(2, 1)], np.int64)
    assert class_tree(pairs[:, 0], pairs[:, 1], {"one": (1,)}, 12, {1}).place([2]) == ("one", [2, 1])
