from __future__ import annotations

import math

import numpy as np
import pytest

from pipeline.calibration.calibrate import Calibration, calibrate
from pipeline.calibration.pairs import ITEM, Pair
from pipeline.review.acceptance import Share
from tests.calibration.worlds import World, world


def by_language(made: World) -> dict[str | None, Calibration]:
    return {row.language: row for row in calibrate(made.pairs, made.passed, 0.9)}


def covered(made: World) -> list[bool]:
    """Whether each language's interval holds the truth."""
    found = by_language(made)
    rows = [(found[language].good, truth) for language, truth in made.truth.items()]
    return [good is not None and good.low <= truth <= good.high for good, truth in rows]


def margin(num: int) -> float:
    """Three standard errors of a coverage of 95 % on so many worlds."""
    return 3 * math.sqrt(0.95 * 0.05 / num)


@pytest.mark.parametrize(
    ("reviewed", "good", "sensitivity", "specificity", "lean"),
    [(100, 0.7, 0.9, 0.7, 0.0), (300, 0.9, 0.95, 0.8, 0.0), (200, 0.5, 0.8, 0.8, 0.0), (150, 0.9, 0.95, 0.8, 0.3)],
)
def test_in_one_language_the_interval_covers_the_truth_as_often_as_it_says(
    reviewed: int, good: float, sensitivity: float, specificity: float, lean: float
) -> None:
    """1,000 worlds; in the last one the review looked at more bad items than there are in the data set."""
    random = np.random.default_rng(17)
    estimates: list[float] = []
    held = 0
    for _ in range(1000):
        made = world(random, [reviewed], good=(good, good), sensitivity=sensitivity, specificity=specificity, lean=lean)
        found = by_language(made)["l00"].good
        assert found is not None
        held += found.low <= made.truth["l00"] <= found.high
        estimates.append(found.estimate)
    assert abs(held / 1000 - 0.95) <= margin(1000)
    assert np.mean(estimates) == pytest.approx(good, abs=0.01)


@pytest.mark.parametrize(("alike", "reviewed"), [(20, (10, 40, 150) * 4), (100, (30,) * 12), (math.inf, (20, 100) * 3)])
def test_languages_that_lean_on_others_are_covered_too(alike: float, reviewed: tuple[int, ...]) -> None:
    """However alike the judge's rates are in them; pooling may make intervals wider than needed, never narrower."""
    random = np.random.default_rng(23)
    found = [each for _ in range(40) for each in covered(world(random, reviewed, alike=alike))]
    assert float(np.mean(found)) >= 0.95 - margin(len(found))


def test_leaning_on_others_brings_small_languages_nearer_to_the_truth() -> None:
    random = np.random.default_rng(29)
    alone, pooled = [], []
    for _ in range(60):
        made = world(random, (25, *[60] * 11), alike=100)
        truth = made.truth["l00"]
        lonely = World([pair for pair in made.pairs if pair.language == "l00"], made.passed, made.truth)
        for worlds, errors in ((lonely, alone), (made, pooled)):
            found = by_language(worlds)["l00"].good
            # Nothing can be said: taken as if it were one half.
            errors.append(abs((0.5 if found is None else found.estimate) - truth))
    assert np.mean(pooled) < 0.7 * np.mean(alone)


def test_over_all_languages_the_truth_is_covered() -> None:
    random = np.random.default_rng(31)
    found = []
    for _ in range(200):
        made = world(random, (60, 60, 60, 60))
        good = by_language(made)[None].good
        found.append(good is not None and good.low <= np.mean(list(made.truth.values())) <= good.high)
    assert abs(np.mean(found) - 0.95) <= margin(200)


def test_the_order_of_pairs_does_not_matter() -> None:
    made = world(np.random.default_rng(1), (30, 50, 80))
    mixed = [made.pairs[number] for number in np.random.default_rng(2).permutation(len(made.pairs))]
    assert calibrate(mixed, made.passed, 0.9) == calibrate(made.pairs, made.passed, 0.9)


def test_a_language_without_bad_items_leans_on_the_others() -> None:
    pairs = [Pair(ITEM, "sw", True, True)] * 20
    passed = {("sw", ITEM): Share(100, 90), ("ar", ITEM): Share(100, 60)}
    alone = {row.language: row for row in calibrate(pairs, passed, 0.9)}["sw"]
    assert (alone.good, alone.keep_from, alone.table.kappa) == (None, None, None)
    others = [*[Pair(ITEM, "ar", True, True)] * 60, *[Pair(ITEM, "ar", False, False)] * 30]
    leaning = {row.language: row for row in calibrate([*pairs, *others], passed, 0.9)}["sw"]
    assert leaning.good is not None
    assert leaning.good.low < 0.9 <= leaning.good.high


def test_all_equal_and_nothing() -> None:
    assert calibrate([], {}, 0.9) == []
    rows = calibrate([Pair(ITEM, "sw", False, False)] * 50, {("sw", ITEM): Share(50, 0)}, 0.9)
    assert [(row.language, row.good, row.keep_from) for row in rows] == [(None, None, None), ("sw", None, None)]
    assert rows[0].table.precision == Share(0, 0)


def test_what_to_keep_for_a_wanted_precision() -> None:
    pairs = [*[Pair(ITEM, "sw", True, True)] * 98, *[Pair(ITEM, "sw", True, False)] * 2]
    passed = {("sw", ITEM): Share(1000, 800)}
    with_refused = [*pairs, *[Pair(ITEM, "sw", False, False)] * 30]
    assert [row.keep_from for row in calibrate(with_refused, passed, 0.9)] == [1, 1]
    assert [row.keep_from for row in calibrate(with_refused, passed, 0.6)] == [0, 0]
    assert [row.keep_from for row in calibrate(with_refused, passed, 0.99)] == [None, None]
    let_pass = [*[Pair(ITEM, "sw", True, True)] * 60, *[Pair(ITEM, "sw", True, False)] * 20]
    assert [row.keep_from for row in calibrate(let_pass, passed, 0.9)] == [None, None]


def test_each_rate_leans_as_far_as_it_is_alike_in_languages() -> None:
    """All languages find nine of ten good items good; of bad ones every other language refuses all, or hardly any."""
    pairs = []
    for number in range(12):
        language, refused = f"l{number:02}", 38 if number % 2 else 2
        for passes, good, times in (
            (True, True, 90), (False, True, 10), (False, False, refused), (True, False, 40 - refused),
        ):  # fmt: skip
            pairs += [Pair(ITEM, language, passes, good)] * times
    rows = calibrate(pairs, {}, 0.9)
    assert [row.sensitivity.num for row in rows] == [1200] * 13
    assert all(row.specificity.num < 45 for row in rows if row.language is not None)
    assert rows[0].specificity.num == 480
