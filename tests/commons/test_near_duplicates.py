"""Against comparing every two, on hashes of all kinds; how long it takes is in benchmarks/near_duplicates.py."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.sparse import csr_array
from scipy.sparse.csgraph import connected_components

from pipeline.commons import near_duplicates
from pipeline.commons.hash_buckets import Longs
from pipeline.commons.near_duplicates import MAX_DISTANCE, group_near_duplicates


def every_two(hashes: Longs, distance: int) -> Longs:
    """The oracle: components of the graph of all pairs that are near, each named by its first member."""
    unsigned = hashes.view(np.uint64)
    rows = [np.flatnonzero(np.bitwise_count(unsigned ^ one) <= distance) for one in unsigned]
    ends = np.cumsum([len(row) for row in rows])
    columns = np.concatenate(rows)
    graph = csr_array((np.ones(len(columns), bool), columns, [0, *ends]), shape=(len(rows), len(rows)))
    _, component = connected_components(graph, directed=False)
    _, first = np.unique(component, return_index=True)
    return first[component]


def uniform(number: int, seed: int = 0) -> Longs:
    return np.random.default_rng(seed).integers(-(2**63), 2**63, number)


def flipped(hashes: Longs, num_bits: int, seed: int = 0) -> Longs:
    """Each with that many different bits changed."""
    chance = np.random.default_rng(seed)
    bits = np.argsort(chance.random((len(hashes), 64)), axis=1)[:, :num_bits]
    change = np.bitwise_or.reduce(np.uint64(1) << bits.astype(np.uint64), axis=1, initial=np.uint64(0))
    return (hashes.view(np.uint64) ^ change).view(np.int64)


@st.composite
def alike(draw: st.DrawFn) -> Longs:
    """A few hashes, and others that are some bits away from one of them."""
    hashes = draw(st.lists(st.integers(-(2**63), 2**63 - 1), min_size=1, max_size=4))
    for _ in range(draw(st.integers(0, 40))):
        change = sum(1 << bit for bit in draw(st.sets(st.integers(0, 63), max_size=12)))
        changed = (draw(st.sampled_from(hashes)) ^ change) & (2**64 - 1)
        hashes.append(changed - 2**64 if changed >= 2**63 else changed)
    return np.array(hashes)


# So few are compared directly, unless it is said otherwise.
WITH_TABLES_OR_NOT = st.sampled_from([-1, near_duplicates._FEW])


@settings(max_examples=100)
@given(alike(), st.integers(0, MAX_DISTANCE), st.sampled_from([2, 8, near_duplicates._LARGE]), WITH_TABLES_OR_NOT)
def test_few_hashes_as_by_comparing_every_two(hashes: Longs, distance: int, large: int, few: int) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(near_duplicates, "_FEW", few)
        patch.setattr(near_duplicates, "_LARGE", large)  # so that tables are made, and split again, for these few too
        assert np.array_equal(group_near_duplicates(hashes, distance), every_two(hashes, distance))


@pytest.mark.parametrize("distance", range(MAX_DISTANCE + 1))
def test_none_that_is_just_near_enough_is_missed_and_none_just_too_far_is_taken(distance: int) -> None:
    """6,000 pairs for tables of 12,000: every way in which bits can spread over blocks is likely among them."""
    hashes = uniform(6000)
    both = np.concatenate([hashes, flipped(hashes, distance)])
    groups = group_near_duplicates(both, distance)
    assert np.array_equal(groups[:6000], groups[6000:])
    if distance < 8:  # from there on some of other pairs are near by chance
        assert np.array_equal(groups[:6000], np.arange(6000))
        apart = np.concatenate([hashes, flipped(hashes, distance + 1)])
        assert np.array_equal(group_near_duplicates(apart, distance), np.arange(12_000))


@pytest.mark.parametrize("distance", [2, 6])
def test_planted_ones_are_found_among_200_000(distance: int) -> None:
    hashes = uniform(200_000)
    chance = np.random.default_rng(1)
    originals = chance.choice(100_000, 5000, replace=False)
    copies = 100_000 + chance.choice(100_000, 5000, replace=False)
    hashes[copies] = flipped(hashes[originals], distance)
    expected = np.arange(200_000)
    expected[copies] = originals
    assert np.array_equal(group_near_duplicates(hashes, distance), expected)


@given(alike(), st.integers(0, MAX_DISTANCE), st.randoms(use_true_random=False), WITH_TABLES_OR_NOT)
def test_the_order_of_pictures_changes_no_group(hashes: Longs, distance: int, random: object, few: int) -> None:
    order = list(range(len(hashes)))
    random.shuffle(order)  # type: ignore[attr-defined]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(near_duplicates, "_FEW", few)
        before, after = group_near_duplicates(hashes, distance), group_near_duplicates(hashes[order], distance)
    assert sets(before, range(len(hashes))) == sets(after, order)


def sets(groups: Longs, names: list[int] | range) -> set[frozenset[int]]:
    members: dict[int, set[int]] = {}
    for group, name in zip(groups.tolist(), names, strict=True):
        members.setdefault(group, set()).add(name)
    return {frozenset(each) for each in members.values()}


def test_the_order_of_200_000_changes_no_group() -> None:
    hashes = uniform(100_000)
    hashes = np.concatenate([hashes, flipped(hashes, 6)])
    order = np.random.default_rng(2).permutation(200_000)
    before, after = group_near_duplicates(hashes, 6), group_near_duplicates(hashes[order], 6)
    assert sets(before, range(200_000)) == sets(after, order.tolist())


@pytest.mark.parametrize("few", [-1, near_duplicates._FEW])
def test_a_chain_is_one_group(few: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(near_duplicates, "_FEW", few)
    chain = np.array([(1 << length) - 1 for length in range(0, 63, 6)])
    assert group_near_duplicates(chain, 6).tolist() == [0] * 11
    assert group_near_duplicates(chain, 5).tolist() == list(range(11))


@pytest.mark.parametrize("few", [-1, near_duplicates._FEW])
def test_no_hash_and_one_hash(few: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(near_duplicates, "_FEW", few)
    assert group_near_duplicates(np.array([], np.int64), 6).tolist() == []
    assert group_near_duplicates(np.array([-1]), 6).tolist() == [0]


@pytest.mark.timeout(120)  # comparing every two of these would take an hour
def test_a_million_equal_ones() -> None:
    assert not group_near_duplicates(np.full(1_000_000, -7), 6).any()


@pytest.mark.timeout(120)
def test_50_000_blank_ones_that_differ_in_few_bits_among_others() -> None:
    others = uniform(50_000, seed=3)
    blank = np.concatenate([flipped(np.full(12_500, 0x55AA), bits, seed=bits) for bits in range(4)])
    groups = group_near_duplicates(np.concatenate([others, blank]), 6)
    assert np.array_equal(groups, np.concatenate([np.arange(50_000), np.full(50_000, 50_000)]))


@pytest.mark.timeout(120)
def test_many_that_are_alike_in_most_bits_and_far_apart_in_the_rest() -> None:
    """Sixteen bits are the same in nearly all: some tables have one large bucket, which has to be split again."""
    hashes = uniform(150_000, seed=4)
    hashes[:140_000] &= ~np.int64(0xFFFF)
    hashes = np.concatenate([hashes, flipped(hashes[:50_000], 3)])
    groups = group_near_duplicates(hashes, 3)
    assert np.array_equal(groups, np.concatenate([np.arange(150_000), np.arange(50_000)]))


@pytest.mark.timeout(120)
def test_as_comparing_every_two_where_hashes_crowd_in_few_places() -> None:
    chance = np.random.default_rng(5)
    centres = uniform(12, seed=6)
    hashes = np.concatenate([flipped(np.repeat(centres, 500), bits, seed=bits) for bits in (2, 5, 9)])
    chance.shuffle(hashes)
    for distance in (1, 4, 6):
        assert np.array_equal(group_near_duplicates(hashes, distance), every_two(hashes, distance))


@pytest.mark.parametrize("distance", [-1, 11])
def test_a_distance_out_of_range_is_refused(distance: int) -> None:
    with pytest.raises(ValueError, match="0 to 10 bits"):
        group_near_duplicates(np.array([1]), distance)
