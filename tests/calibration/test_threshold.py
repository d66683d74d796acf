from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.calibration.threshold import threshold
from pipeline.interval import wilson

WANTED = 0.9


def drawn(
    random: np.random.Generator, num: int, levels: int | None = None, ends: tuple[float, float] = (0.5, 1.0)
) -> tuple[np.ndarray, np.ndarray]:
    """Scores with the probability of being good rising from one end to the other."""
    scores = random.random(num)
    good = random.random(num) < ends[0] + (ends[1] - ends[0]) * scores
    return scores if levels is None else np.floor(scores * levels), good


@given(st.lists(st.tuples(st.integers(0, 9), st.booleans()), max_size=200), st.floats(0.05, 0.99))
def test_what_is_kept_is_sure_and_nothing_lower_would_be(items: list[tuple[int, bool]], wanted: float) -> None:
    scores = np.array([score for score, _ in items], np.float64)
    good = np.array([is_good for _, is_good in items], np.bool_)
    found = threshold(scores, good, wanted)
    if found is not None:
        kept = good[scores >= found]
        assert wilson(int(kept.sum()), len(kept)).low >= wanted
        assert found in scores


@given(st.integers(0, 60), st.integers(0, 60))
def test_verdicts_are_scores_of_two_values(num_good: int, num_bad: int) -> None:
    """Every passed item good, every refused one bad: one keeps what passes, or all where there is nothing bad."""
    scores = np.repeat([1.0, 0.0], [num_good, num_bad])
    found = threshold(scores, scores == 1, WANTED)
    assert found in (1.0, None)
    if num_good < 35:
        assert found is None
    if num_good >= 50:
        assert found == 1


def test_all_is_kept_where_all_is_good_enough() -> None:
    scores = np.repeat([1.0, 0.0], [100, 50])
    assert threshold(scores, np.ones(150, np.bool_), WANTED) == 0
    assert threshold(scores, np.zeros(150, np.bool_), WANTED) is None
    assert threshold(np.ones(150), np.ones(150, np.bool_), WANTED) == 1
    assert threshold(np.array([]), np.array([], np.bool_), WANTED) is None


# The second score tells nothing, and all thresholds are just not good enough: whoever tries them one by one finds one.
@pytest.mark.parametrize(("ends", "num", "least_found"), [((0.5, 1.0), 1_500, 500), ((0.895, 0.895), 400, 0)])
@pytest.mark.parametrize("levels", [2, 5, 20, None])
def test_on_held_out_items_the_precision_is_as_wanted(
    levels: int | None, ends: tuple[float, float], num: int, least_found: int
) -> None:
    """In 1,000 worlds it may be missed in 2.5 % of them, and by luck in 1.5 % more (three standard errors)."""
    random = np.random.default_rng(11)
    fresh_scores, fresh_good = drawn(random, 400_000, levels, ends)
    missed = found = 0
    for _ in range(1000):
        kept_from = threshold(*drawn(random, num, levels, ends), WANTED)
        if kept_from is not None:
            found += 1
            missed += bool(fresh_good[fresh_scores >= kept_from].mean() < WANTED)
    assert missed <= 40
    # The upper half of the first score is 0.875 good: of two levels neither will do.
    assert levels == 2 or found >= least_found


def test_a_larger_sample_keeps_more() -> None:
    random = np.random.default_rng(2)
    lowest = [threshold(*drawn(random, num), WANTED) for num in (10_000, 100_000)]
    assert lowest[0] is not None
    assert lowest[1] is not None
    # From 0.6 on nine of ten are good in truth.
    assert 0.6 <= lowest[1] <= lowest[0]


def test_the_order_does_not_matter() -> None:
    scores, good = drawn(np.random.default_rng(5), 2_000)
    mixed = np.random.default_rng(6).permutation(2_000)
    assert threshold(scores, good, WANTED) == threshold(scores[mixed], good[mixed], WANTED)
