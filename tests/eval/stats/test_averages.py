from __future__ import annotations

from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from eval.stats.averages import average, macro_average
from pipeline.interval import wilson

shares = st.floats(0, 1, width=16)
rows = st.lists(st.tuples(shares, st.integers(0, 2), st.integers(0, 5)), min_size=1, max_size=20)


@given(rows)
def test_averages_are_means_and_lie_in_their_intervals(items: list[tuple[float, int, int]]) -> None:
    scores, groups, clusters = (np.array(column) for column in zip(*items, strict=True))
    micro = average(scores, clusters, seed=0, resamples=50)
    macro = macro_average(scores, groups, clusters, seed=0, resamples=50)
    assert micro.estimate == pytest.approx(np.mean(scores))
    assert macro.estimate == pytest.approx(np.mean([scores[groups == group].mean() for group in set(groups.tolist())]))
    for interval in (micro, macro):
        assert -1e-9 <= interval.low <= interval.high <= 1 + 1e-9


def test_an_interval_of_independent_items_is_as_wide_as_theory_says() -> None:
    scores = (np.arange(400) % 4 == 0).astype(float)
    wanted = 1.96 * np.sqrt(0.25 * 0.75 / 400)
    micro = average(scores, np.arange(400), seed=1)
    macro = macro_average(scores, np.zeros(400, np.int64), np.arange(400), seed=1)
    for found in (micro, macro):
        assert found.high - found.estimate == pytest.approx(wanted, rel=0.05)


def test_ends_are_those_of_all_resamples() -> None:
    """Of four pictures all 256 resamples are listed; the macro average has a language in two of them only."""
    scores = np.array([0.1, 0.9, 0.4, 0.7, 0.3, 1.0])
    groups, clusters = np.array([0, 0, 1, 1, 0, 0]), np.array([0, 0, 1, 2, 3, 3])
    micro, macro = [], []
    for drawn in product(range(4), repeat=4):
        items = np.concatenate([np.flatnonzero(clusters == cluster) for cluster in drawn])
        micro.append(scores[items].mean())
        macro.append(np.mean([scores[items][groups[items] == group].mean() for group in set(groups[items].tolist())]))
    for found, listed in (
        (average(scores, clusters, seed=5, resamples=40_000), micro),
        (macro_average(scores, groups, clusters, seed=5, resamples=40_000), macro),
    ):
        below, above = np.array(listed) < found.low - 1e-9, np.array(listed) > found.high + 1e-9
        assert below.mean() <= 0.03
        assert above.mean() <= 0.03
        assert (np.array(listed) <= found.low + 1e-9).mean() >= 0.02
        assert (np.array(listed) >= found.high - 1e-9).mean() >= 0.02


def test_items_of_one_picture_in_several_languages_count_once() -> None:
    one, pictures = (np.arange(100) % 2).astype(float), np.arange(100)
    alone = average(one, pictures, seed=2)
    scores, clusters, groups = np.tile(one, 3), np.tile(pictures, 3), np.repeat(np.arange(3), 100)
    for found in (average(scores, clusters, seed=2), macro_average(scores, groups, clusters, seed=2)):
        assert (found.estimate, found.low, found.high) == pytest.approx((alone.estimate, alone.low, alone.high))


def test_a_small_group_counts_as_much_in_the_macro_average() -> None:
    scores, groups = np.array([1.0] * 99 + [0.0]), np.array([0] * 99 + [1])
    assert average(scores, np.arange(100), seed=3).estimate == pytest.approx(0.99)
    assert macro_average(scores, groups, np.arange(100), seed=3).estimate == 0.5


@pytest.mark.parametrize("share", [0.0, 1.0, 0.25])
def test_without_spread_it_is_wilsons_of_the_pictures(share: float) -> None:
    scores, clusters = np.full(12, share), np.arange(12) % 4
    wanted = wilson(4 * share, 4)
    for found in (average(scores, clusters, seed=0), macro_average(scores, clusters % 2, clusters, seed=0)):
        assert (found.estimate, found.low, found.high) == pytest.approx((share, wanted.low, wanted.high))


def test_no_items_are_an_error() -> None:
    nothing = np.array([], np.int64)
    with pytest.raises(ValueError, match="at least one item"):
        average(nothing.astype(float), nothing, seed=0)
    with pytest.raises(ValueError, match="at least one item"):
        macro_average(nothing.astype(float), nothing, nothing, seed=0)
