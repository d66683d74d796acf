from __future__ import annotations

from collections import Counter
from itertools import product

import numpy as np
import pytest

from eval.stats.bootstrap import paired_bootstrap, resampled_sums


def test_equal_models_do_not_differ_and_better_ones_do() -> None:
    draw = np.random.default_rng(1)
    clusters = np.repeat(np.arange(100), 5)
    baseline = (draw.random(500) < 0.4).astype(float)
    same = paired_bootstrap(baseline, baseline, clusters, seed=0)
    assert (same.estimate, same.low, same.high) == (0, 0, 0)
    better = np.maximum(baseline, draw.random(500) < 0.3)
    found = paired_bootstrap(better, baseline, clusters, seed=0)
    assert found.low > 0
    assert found.low < found.estimate < found.high


def test_items_of_one_picture_count_as_one_observation() -> None:
    """The same picture's items repeated say nothing new: the interval must not shrink."""
    draw = np.random.default_rng(2)
    difference = draw.choice([-1.0, 0.0, 1.0], 80)
    once = paired_bootstrap(difference, np.zeros(80), np.arange(80), seed=3)
    repeated = paired_bootstrap(np.repeat(difference, 20), np.zeros(1600), np.repeat(np.arange(80), 20), seed=3)
    assert repeated.high - repeated.low == pytest.approx(once.high - once.low)


def test_the_same_input_gives_the_same_interval() -> None:
    scores = np.array([1.0, 0, 1, 1, 0])
    first, second = (paired_bootstrap(scores, scores[::-1], np.arange(5), seed=9) for _ in range(2))
    assert first == second


def test_nothing_to_count_is_an_error() -> None:
    with pytest.raises(ValueError, match="at least one"):
        paired_bootstrap(np.array([]), np.array([]), np.array([], np.int64), seed=0)


@pytest.mark.parametrize("values", [[1, 2, 4], [1] * 6 + [0]])
def test_sums_are_drawn_as_often_as_they_are_among_all_resamples(values: list[int]) -> None:
    """Different clusters are drawn one by one, those that are alike together: both as all resamples listed."""
    listed = Counter(sum(drawn) for drawn in product(values, repeat=len(values)))
    found = Counter(resampled_sums(np.array(values, float)[:, None], seed=1, resamples=40_000)[:, 0].tolist())
    assert set(found) <= set(listed)
    for value, often in listed.items():
        assert found[value] / 40_000 == pytest.approx(often / len(values) ** len(values), abs=0.01)
