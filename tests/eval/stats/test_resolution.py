from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import norm

from eval.stats.resolution import (
    Z_POWER_80,
    design_effect,
    most_discordance,
    resolved_difference,
    smallest_difference,
)
from pipeline.interval import Z95


def test_the_quantile_of_the_power() -> None:
    assert pytest.approx(norm.ppf(0.8)) == Z_POWER_80


@given(st.floats(1, 100_000) | st.floats(1, 10), st.floats(0.01, 1))
def test_it_solves_connors_sample_size(num_items: float, discordance: float) -> None:
    def needed(difference: float) -> float:
        spread = math.sqrt(max(0.0, discordance - difference**2))
        return ((Z95 * math.sqrt(discordance) + Z_POWER_80 * spread) / difference) ** 2

    found = smallest_difference(num_items, discordance)
    if found is None:
        assert needed(discordance) > num_items - 1e-6
    else:
        assert needed(found) == pytest.approx(num_items)
        assert 0 < found <= discordance


@given(st.floats(1, 10_000), st.floats(0.05, 1), st.floats(1.01, 3))
def test_more_items_resolve_more_and_many_tests_less(num: float, share: float, factor: float) -> None:
    difference = smallest_difference(num, share) or math.inf
    assert (smallest_difference(num * factor, share) or math.inf) <= difference
    assert (smallest_difference(num, share, z=Z95 * factor) or math.inf) >= difference


def test_its_power_is_what_it_says() -> None:
    """400 items, discordant on 20 %: the difference found is resolved in about 80 of 100 simulated evaluations."""
    difference = smallest_difference(400, 0.2)
    assert difference is not None
    draw = np.random.default_rng(6)
    better, worse, _ = draw.multinomial(400, [0.1 + difference / 2, 0.1 - difference / 2, 0.8], size=20_000).T
    resolved = np.abs(better - worse) / np.sqrt(better + worse) > Z95
    assert resolved.mean() == pytest.approx(0.8, abs=0.02)


def test_discordance_is_at_most_what_the_shares_right_allow() -> None:
    assert most_discordance(0.5, 0.5) == 1
    assert most_discordance(0.1, 0.2) == pytest.approx(0.3)
    assert most_discordance(0.9, 0.8) == pytest.approx(0.3)


def test_the_design_effect_of_repeated_items_is_how_often_they_are() -> None:
    difference = np.random.default_rng(7).choice([-1.0, 0.0, 1.0], 100)
    assert design_effect(np.repeat(difference, 8), np.repeat(np.arange(100), 8)) == pytest.approx(8)
    assert design_effect(difference, np.arange(100)) == pytest.approx(1)
    assert design_effect(np.zeros(5), np.zeros(5, np.int64)) == 1


@pytest.mark.parametrize(
    ("num_items", "discordance", "named"), [(0, 1, "at least one"), (5, 0, "not 0"), (5, 1.2, "1.2")]
)
def test_what_cannot_be_is_an_error(num_items: int, discordance: float, named: str) -> None:
    with pytest.raises(ValueError, match=named):
        smallest_difference(num_items, discordance)


def test_of_right_and_wrong_answers_it_is_by_the_discordance_that_was_observed() -> None:
    difference = np.array([1.0] * 30 + [-1.0] * 10 + [0.0] * 160)
    assert resolved_difference(difference, np.arange(200)) == smallest_difference(200, 0.2)
    assert resolved_difference(np.zeros(200), np.arange(200)) == smallest_difference(200)
    doubled = resolved_difference(np.repeat(difference, 2), np.repeat(np.arange(200), 2))
    assert doubled == pytest.approx(smallest_difference(200, 0.2))


def test_of_scores_between_its_power_is_what_it_says() -> None:
    draw = np.random.default_rng(9)
    noise = draw.choice([-0.5, -0.25, 0, 0.25, 0.5], (4000, 300))
    wanted = resolved_difference(noise[0], np.arange(300))
    assert wanted is not None
    shifted = noise + wanted
    resolved = np.abs(shifted.mean(axis=1)) / (shifted.std(axis=1) / np.sqrt(300)) > Z95
    assert resolved.mean() == pytest.approx(0.8, abs=0.05)


def test_one_picture_and_no_item_tell_nothing() -> None:
    assert resolved_difference(np.array([1.0, 0.0, 1.0]), np.zeros(3, np.int64)) is None
    with pytest.raises(ValueError, match="at least one item"):
        resolved_difference(np.array([]), np.array([], np.int64))
