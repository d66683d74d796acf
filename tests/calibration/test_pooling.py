from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.calibration.pooling import Rate, concentration, shrunk
from pipeline.review.acceptance import Share


@st.composite
def shares(draw: st.DrawFn, least: int = 0) -> Share:
    num = draw(st.integers(least, 500))
    return Share(num, draw(st.integers(0, num)))


@given(shares(1), shares(1), st.floats(0, 1e6) | st.just(math.inf))
def test_a_shrunk_rate_lies_between_its_own_and_that_of_the_others(own: Share, others: Share, alike: float) -> None:
    found = shrunk(own, others, alike).mean
    ends = sorted([own.num_good / own.num, others.num_good / others.num])
    assert found is not None
    assert ends[0] - 1e-12 <= found <= ends[1] + 1e-12


@given(st.integers(0, 20), st.integers(1, 20), shares(1), st.floats(0, 1e6), st.integers(2, 50))
def test_more_items_bring_it_nearer_to_its_own_rate(
    hits: int, misses: int, others: Share, alike: float, times: int
) -> None:
    own = hits / (hits + misses)
    few = shrunk(Share(hits + misses, hits), others, alike).mean
    many = shrunk(Share(times * (hits + misses), times * hits), others, alike).mean
    assert few is not None
    assert many is not None
    assert abs(many - own) <= abs(few - own) + 1e-12


def test_the_ends_of_pooling() -> None:
    own, others = Share(10, 2), Share(30, 27)
    assert shrunk(own, others, 0) == Rate(2, 10)
    assert shrunk(own, others, math.inf) == Rate(29, 40)
    # However alike languages are, the others say no more than was counted on them.
    assert shrunk(own, others, 1e9) == Rate(29, 40)
    assert shrunk(own, others, 15) == Rate(2 + 13.5, 25)
    assert shrunk(own, Share(), math.inf) == Rate(2, 10)
    assert shrunk(Share(), Share(), math.inf).mean is None


@pytest.mark.parametrize("alike", [5.0, 20.0])
def test_the_concentration_of_many_groups_is_recovered(alike: float) -> None:
    random = np.random.default_rng(7)
    rates = random.beta(0.7 * alike, 0.3 * alike, 4000)
    nums = random.integers(5, 60, 4000)
    found = concentration(
        [Share(int(num), int(random.binomial(num, rate))) for num, rate in zip(nums, rates, strict=True)]
    )
    assert found == pytest.approx(alike, rel=0.1)


def test_groups_of_one_rate_are_found_more_alike_than_others_and_caution_is_on_the_side_of_difference() -> None:
    same = [Share(100, 80)] * 30
    apart = [Share(100, number) for number in (60, 70, 80, 90, 100) * 6]
    assert concentration(same) == math.inf
    assert concentration(apart) < 20
    # Three groups that are equal by luck may still differ; thirty hardly.
    assert concentration(same[:3]) < math.inf


@pytest.mark.parametrize("counts", [[], [Share()], [Share(9, 3)], [Share(1, 1), Share(1, 0)]], ids=str)
def test_what_cannot_be_told_apart_is_alike(counts: list[Share]) -> None:
    assert concentration(counts) == math.inf


def test_draws_follow_the_counts() -> None:
    drawn = Rate(30, 40).draws(np.random.default_rng(0), 20_000)
    assert drawn.mean() == pytest.approx(30.5 / 41, abs=0.003)
    assert drawn.std() == pytest.approx(math.sqrt(30.5 * 10.5 / (41**2 * 42)), rel=0.03)
