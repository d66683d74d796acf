from __future__ import annotations

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
    found = sign_flip(ours, baseline, np.arange(len(ours)), seed=0, draws=4000)
    wanted = binomtest(better, better + worse).pvalue if better + worse else 1.0
    assert found == pytest.approx(wanted, abs=1e-9 if better + worse <= 16 else 0.04)


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
