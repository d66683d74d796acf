from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from eval.stats.averages import averages

shares = st.floats(0, 1, width=16)
rows = st.lists(st.tuples(shares, st.sampled_from("abc"), st.integers(0, 5)), min_size=1, max_size=20)


@given(rows)
def test_averages_are_means_and_lie_in_their_intervals(items: list[tuple[float, str, int]]) -> None:
    scores, groups, clusters = (list(column) for column in zip(*items, strict=True))
    found = averages(np.array(scores), groups, np.array(clusters), seed=0, resamples=50)
    means = {group: np.mean([score for score, of, _ in items if of == group]) for group in set(groups)}
    assert found.micro.estimate == pytest.approx(np.mean(scores))
    assert found.macro.estimate == pytest.approx(np.mean(list(means.values())))
    assert {name: interval.estimate for name, interval in found.groups.items()} == pytest.approx(means)
    for interval in (found.micro, found.macro, *found.groups.values()):
        assert -1e-9 <= interval.low <= interval.high <= 1 + 1e-9


def test_an_interval_of_independent_items_is_as_wide_as_theory_says() -> None:
    scores = np.arange(400) % 4 == 0
    found = averages(scores.astype(float), ["en"] * 400, np.arange(400), seed=1)
    wanted = 1.96 * np.sqrt(0.25 * 0.75 / 400)
    assert found.micro.high - found.micro.estimate == pytest.approx(wanted, rel=0.05)
    assert found.micro == found.macro == found.groups["en"]


def test_items_of_one_picture_in_several_languages_count_once() -> None:
    one = (np.arange(100) % 2).astype(float)
    alone = averages(one, ["en"] * 100, np.arange(100), seed=2)
    thrice = averages(np.tile(one, 3), ["en"] * 100 + ["hi"] * 100 + ["sw"] * 100, np.tile(np.arange(100), 3), seed=2)
    for found in (thrice.macro, thrice.micro):
        assert (found.estimate, found.low, found.high) == pytest.approx(
            (alone.micro.estimate, alone.micro.low, alone.micro.high)
        )


def test_a_small_group_counts_as_much_in_the_macro_average() -> None:
    found = averages(np.array([1.0] * 99 + [0.0]), ["en"] * 99 + ["ig"], np.arange(100), seed=3)
    assert (found.micro.estimate, found.macro.estimate) == (pytest.approx(0.99), 0.5)


def test_no_items_are_an_error() -> None:
    with pytest.raises(ValueError, match="at least one item"):
        averages(np.array([]), [], np.array([], np.int64), seed=0)
