"""Splits by group: nothing that is joined by a picture, a near picture or sameness is on two sides."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from pipeline.dataset.groups import EntityGroups, Pairs, components, picture_keys
from pipeline.dataset.split import split_of

QIDS = st.integers(1, 30)
PICTURES = st.integers(0, 20).map(lambda number: hashlib.sha256(f"{number}".encode()).hexdigest())


def pairs(rows: Iterable[tuple[int, int]]) -> Pairs:
    return np.array(list(rows), np.int64).reshape(-1, 2)


def keyed(digests: Iterable[tuple[str, str]]) -> Pairs:
    return pairs((int(picture_keys([one])[0]), int(picture_keys([other])[0])) for one, other in digests)


def flooded(shown: list[tuple[int, str]], alike: list[tuple[str, str]], same: list[tuple[int, int]]) -> dict[int, int]:
    """Entity -> the smallest that can be walked to: the plain way."""
    edges: list[tuple[int | str, int | str]] = [*shown, *alike, *same]
    found: dict[int, int] = {}
    for start in {node for edge in edges for node in edge if isinstance(node, int)}:
        reached: set[int | str] = {start}
        while more := {b for edge in edges for a, b in (edge, edge[::-1]) if a in reached} - reached:
            reached |= more
        found[start] = min(node for node in reached if isinstance(node, int))
    return found


@given(
    st.lists(st.tuples(QIDS, PICTURES), max_size=25),
    st.lists(st.tuples(PICTURES, PICTURES), max_size=6),
    st.lists(st.tuples(QIDS, QIDS), max_size=4),
)
def test_no_entity_picture_near_group_or_twin_crosses(
    shown: list[tuple[int, str]], alike: list[tuple[str, str]], same: list[tuple[int, int]]
) -> None:
    groups = EntityGroups.of(
        pairs((qid, int(picture_keys([digest])[0])) for qid, digest in shown), keyed(alike), pairs(same)
    )
    expected = flooded(shown, alike, same)
    assert {qid: groups.group_of(qid) for qid in expected} == expected
    assert groups.group_of(99) == 99
    sizes = [list(expected.values()).count(group) for group in expected.values()]
    assert groups.largest == max((size for size in sizes if size > 1), default=0)

    split = {qid: split_of(groups.group_of(qid), 0.3, 0.3) for qid, _ in shown}
    of_picture: dict[str, set[str]] = {}
    for qid, digest in shown:
        of_picture.setdefault(digest, set()).add(split[qid])
    assert all(len(splits) == 1 for splits in of_picture.values())
    assert all(of_picture[a] == of_picture[b] for a, b in alike if a in of_picture and b in of_picture)
    assert all(split[a] == split[b] for a, b in same if a in split and b in split)


@given(st.integers(0, 2**32), st.integers(1, 60))
def test_a_chain_in_any_order_is_one_component(seed: int, num: int) -> None:
    nodes = np.random.default_rng(seed).permutation(num)
    edges = np.stack([nodes[:-1], nodes[1:]], axis=1)
    assert components(num, edges).tolist() == [0] * num
    assert components(num, edges[:0]).tolist() == list(range(num))


def test_keys_are_the_first_bytes_of_digests() -> None:
    digests = [hashlib.sha256(bytes([number])).hexdigest() for number in range(50)]
    expected = [int.from_bytes(bytes.fromhex(digest)[:8], "big", signed=True) for digest in digests]
    assert picture_keys(digests).tolist() == expected
    assert picture_keys([]).tolist() == []
