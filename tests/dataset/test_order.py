"""The order and its cuts: every row once, shards alike in size, the same however the rows were divided."""

from __future__ import annotations

import hashlib

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from pipeline.dataset.order import cut, place_of

SEVERAL = st.lists(st.tuples(st.integers(-20, 20), st.integers(1, 50)), max_size=60)


@given(SEVERAL, st.integers(10, 300))
def test_shards_keep_to_the_target_and_no_place_is_in_two(rows: list[tuple[int, int]], target: int) -> None:
    places = np.array([place for place, _ in rows], np.int64)
    sizes = np.array([size for _, size in rows], np.int64)
    bounds = cut(places, sizes, target)
    assert bounds.tolist() == sorted(set(bounds.tolist()))
    shard = np.searchsorted(bounds, places, side="right")
    found = np.bincount(shard, sizes, minlength=len(bounds) + 1)
    if rows:
        assert (found > 0).all(), "no shard is empty"
        largest = max(int(sizes[places == place].sum()) for place in set(places.tolist()))
        assert found.max() <= target + 2 * largest
        assert len(found) <= -(-int(sizes.sum()) // target)
    order = np.random.default_rng(0).permutation(len(rows))
    assert cut(places[order], sizes[order], target).tolist() == bounds.tolist()


def test_shards_are_alike_in_size() -> None:
    random = np.random.default_rng(3)
    places = np.array([place_of(hashlib.sha256(bytes([a, b])).hexdigest(), 0) for a in range(20) for b in range(250)])
    sizes = random.integers(10_000, 60_000, len(places))
    found = np.bincount(np.searchsorted(cut(places, sizes, 4e6), places, side="right"), sizes)
    assert len(found) == -(-int(sizes.sum()) // 4_000_000)
    assert found.max() - found.min() < 120_000


def test_the_order_is_of_the_seed_and_spreads_over_all_places() -> None:
    digests = [hashlib.sha256(f"{number}".encode()).hexdigest() for number in range(5000)]
    one, other = (np.array([place_of(digest, seed) for digest in digests]) for seed in (0, 1))
    assert one.tolist() == [place_of(digest, 0) for digest in digests]
    assert abs(float(np.corrcoef(one, other)[0, 1])) < 0.05
    assert abs(float((one < 0).mean()) - 0.5) < 0.03
    assert (np.abs(one) > 2**62).mean() > 0.4
