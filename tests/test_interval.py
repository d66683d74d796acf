from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from pipeline.interval import student95, wilson


@given(st.integers(1, 500), st.data())
def test_wilson_agrees_with_scipy(num: int, data: st.DataObject) -> None:
    correct = data.draw(st.integers(0, num))
    ours = wilson(correct, num)
    theirs = stats.binomtest(correct, num).proportion_ci(0.95, method="wilson")
    assert ours.low == pytest.approx(theirs.low, abs=1e-9)
    assert ours.high == pytest.approx(theirs.high, abs=1e-9)


@given(st.integers(1, 500), st.data())
def test_wilson_holds_its_estimate(num: int, data: st.DataObject) -> None:
    interval = wilson(data.draw(st.sampled_from([0, num]) | st.integers(0, num)), num)
    assert 0 <= interval.low <= interval.estimate <= interval.high <= 1


def test_wilson_covers_the_truth_about_as_often_as_it_says() -> None:
    draw = np.random.default_rng(5)
    inside = []
    for share in draw.uniform(0.1, 0.9, 4000):
        interval = wilson(int(draw.binomial(60, share)), 60)
        inside.append(interval.low <= share <= interval.high)
    assert 0.93 < np.mean(inside) < 0.97


def test_a_share_of_nothing_is_an_error() -> None:
    with pytest.raises(ValueError, match="at least one"):
        wilson(0, 0)


def test_students_quantile_agrees_with_scipy() -> None:
    for degrees in (*range(1, 60), 100, 1000, 10**6):
        assert student95(degrees) == pytest.approx(stats.t.ppf(0.975, degrees), rel=2e-3)
    with pytest.raises(ValueError, match="at least one"):
        student95(0)
