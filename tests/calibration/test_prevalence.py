from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.calibration.pooling import Rate
from pipeline.calibration.prevalence import rogan_gladen, share_good
from pipeline.interval import Interval


@given(st.floats(0, 1), st.floats(0, 1), st.floats(0, 1))
def test_it_undoes_what_a_judge_with_known_rates_does(good: float, catches: float, refuses: float) -> None:
    found = rogan_gladen(good * catches + (1 - good) * (1 - refuses), catches, refuses)
    if catches + refuses - 1 > 1e-6:
        assert found == pytest.approx(good, abs=1e-6)


def test_it_is_clipped_and_a_judge_that_tells_nothing_gives_nothing() -> None:
    assert rogan_gladen(0.05, 0.9, 0.8) == 0
    assert rogan_gladen(0.99, 0.9, 0.8) == 1
    assert rogan_gladen(0.5, 0.6, 0.4) is None
    assert rogan_gladen(0.5, 0.3, 0.3) is None


def test_nothing_can_be_said_without_good_and_bad_items() -> None:
    assert share_good(0.8, Rate(9, 10), Rate(0, 0), seed=0) is None
    assert share_good(0.8, Rate(0, 0), Rate(9, 10), seed=0) is None
    assert share_good(0.8, Rate(5, 10), Rate(5, 10), seed=0) is None


def test_a_review_without_errors_of_the_judge_is_not_taken_for_certainty() -> None:
    """All eight bad items were refused: a plain bootstrap would never draw a judge that lets one pass."""
    found = share_good(0.9, Rate(5000, 5000), Rate(8, 8), seed=0)
    assert found is not None
    assert found.estimate == pytest.approx(0.9)
    assert found.low < 0.88


@pytest.mark.parametrize("passed", [0.1, 0.6, 0.9])
def test_a_judge_that_may_tell_nothing_leaves_all_possible(passed: float) -> None:
    found = share_good(passed, Rate(6, 10), Rate(5, 10), seed=0)
    assert found is not None
    assert (found.low, found.high) == (0, 1)


def test_the_same_seed_gives_the_same_interval_and_more_items_a_narrower_one() -> None:
    def interval(times: int, seed: int = 0) -> Interval:
        found = share_good(0.8, Rate(45 * times, 50 * times), Rate(14 * times, 20 * times), seed=seed)
        assert found is not None
        return found

    assert interval(1) == interval(1)
    assert interval(1) != interval(1, seed=1)
    assert interval(16).high - interval(16).low < 0.4 * (interval(1).high - interval(1).low)
    assert interval(1).low <= interval(1).estimate <= interval(1).high


def test_the_mean_of_many_reviews_is_the_truth() -> None:
    random = np.random.default_rng(3)
    good, catches, refuses = 0.8, 0.9, 0.7
    passed = good * catches + (1 - good) * (1 - refuses)
    num_good = random.binomial(400, good, 300)
    found = [
        rogan_gladen(passed, random.binomial(num, catches) / num, random.binomial(400 - num, refuses) / (400 - num))
        for num in num_good
    ]
    values = np.array(found, np.float64)
    assert values.mean() == pytest.approx(good, abs=4 * values.std() / np.sqrt(300) + 0.005)
