from __future__ import annotations

from collections import Counter
from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binomtest

from eval.stats.sign_flip import sign_flip


@given(st.integers(0, 60), st.integers(0, 60))
def test_of_right_and_wrong_answers_it_is_mcnemars_exact_test(better: int, worse: int) -> None:
    ours = np.array([1.0] * better + [0.0] * worse + [1.0])
    baseline = np.array([0.0] * better + [1.0] * worse + [1.0])
    found = sign_flip(ours, baseline, np.arange(len(ours)), seed=0)
    wanted = binomtest(better, better + worse).pvalue if better + worse else 1.0
    assert found == pytest.approx(wanted)


@given(st.lists(st.tuples(st.integers(-4, 4), st.integers(0, 4)), min_size=1, max_size=10))
def test_of_few_clusters_it_counts_every_way(items: list[tuple[int, int]]) -> None:
    differences, clusters = (np.array(column) for column in zip(*items, strict=True))
    sums = [differences[clusters == cluster].sum() for cluster in sorted(set(clusters.tolist()))]
    far = [
        abs(sum(sign * part for sign, part in zip(signs, sums, strict=True)))
        for signs in product((1, -1), repeat=len(sums))
    ]
    wanted = np.mean([value >= abs(sum(sums)) for value in far])
    found = sign_flip(differences.astype(float), np.zeros(len(items)), clusters, seed=0)
    assert found == pytest.approx(wanted)


@given(st.lists(st.sampled_from([-2.0, -1.0, -0.5, -0.3, -1 / 3, 0.25, 0.3, 0.7, 1.0]), min_size=17, max_size=40))
def test_marks_in_parts_of_one_are_counted_by_their_sums(differences: list[float]) -> None:
    ways = Counter({0: 1})
    for part in (round(60 * difference) for difference in differences):
        ways = Counter(
            {total: ways[total - part] + ways[total + part] for old in ways for total in (old - part, old + part)}
        )
    observed = abs(sum(round(60 * difference) for difference in differences))
    wanted = sum(often for total, often in ways.items() if abs(total) >= observed) / 2 ** len(differences)
    found = sign_flip(np.array(differences), np.zeros(len(differences)), np.arange(len(differences)), seed=0)
    assert found == pytest.approx(wanted)


def test_what_has_no_common_part_is_drawn_and_holds_its_level() -> None:
    draw = np.random.default_rng(8)
    values = [
        sign_flip(draw.normal(size=30), draw.normal(size=30), np.arange(30), seed=number, draws=400)
        for number in range(300)
    ]
    assert np.mean(np.array(values) <= 0.05) <= 0.09
    assert np.mean(values) == pytest.approx(0.5, abs=0.07)
    one = sign_flip(np.full(30, np.pi), np.zeros(30), np.arange(30), seed=0, draws=400)
    assert one == pytest.approx(1 / 401)


def test_more_items_about_the_same_pictures_say_no_more() -> None:
    difference = np.random.default_rng(4).choice([-1.0, 0.0, 1.0], 200, p=[0.2, 0.5, 0.3])
    once = sign_flip(difference, np.zeros(200), np.arange(200), seed=1)
    assert sign_flip(np.repeat(difference, 5), np.zeros(1000), np.repeat(np.arange(200), 5), seed=1) == once


def test_the_models_may_change_places_and_alike_ones_do_not_differ() -> None:
    draw = np.random.default_rng(5)
    ours, baseline, clusters = draw.random(50), draw.random(50), np.arange(50) // 2
    assert sign_flip(ours, baseline, clusters, seed=2) == sign_flip(baseline, ours, clusters, seed=2)
    assert sign_flip(ours, ours, clusters, seed=2) == 1


def test_no_items_are_an_error() -> None:
    with pytest.raises(ValueError, match="at least one item"):
        sign_flip(np.array([]), np.array([]), np.array([], np.int64), seed=0)
