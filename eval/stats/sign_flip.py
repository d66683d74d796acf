"""How likely a difference of two models is by chance alone."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from eval.stats.bootstrap import DRAWN_AT_ONCE, numbered

_ALL_WAYS_UP_TO = 16
# Marks in halves, thirds, quarters, fifths, tenths and thirtieths are whole numbers of these.
_PARTS = 60
_STEPS = 50_000_000
# Sums of the same differences in another order may differ in their last digits.
_ROUNDING = 1e-9

Numbers = npt.NDArray[np.float64]


def sign_flip(
    ours: Numbers, baseline: Numbers, clusters: npt.NDArray[np.int64], *, seed: int, draws: int = 10_000
) -> float:
    """Two-sided p-value of the difference of means, by swapping the models on whole clusters (Fisher 1935).

    Were the models alike, either could have given either score on a picture. All ways to swap are counted: one by one
    up to 16 clusters with a difference, by their sums where scores are right or wrong or in few parts of one (Pagano
    and Tritchler 1983). Where that is too much, so many are drawn, and the observed one counts among them, so that the
    test holds its level (Phipson and Smyth 2010). For right and wrong answers without clusters it is McNemar's exact
    test.

    Args:
        ours: scores, shape (num_items,).
        baseline: scores of the other model on the same items, shape (num_items,).
        clusters: which picture each item belongs to, shape (num_items,).
        seed: of the draw.
        draws: how many.

    Raises:
        ValueError: there are no items.
    """
    if not len(ours):
        raise ValueError("a comparison needs at least one item")
    sums = np.bincount(numbered(clusters), weights=ours - baseline).astype(np.float64)
    sums = sums[np.abs(sums) > _ROUNDING]
    if len(sums) <= _ALL_WAYS_UP_TO:
        return _of_all_ways(sums)
    units = _units(sums)
    if units is not None and len(units) * np.abs(units).sum() <= _STEPS:
        return _of_all_sums(units)
    return _of_draws(sums, np.random.default_rng(seed), draws)


def _of_all_ways(sums: Numbers) -> float:
    ways = np.arange(2 ** len(sums))[:, None] >> np.arange(len(sums)) & 1
    return float((np.abs((1 - 2 * ways) @ sums) >= abs(float(sums.sum())) - _ROUNDING).mean())


def _units(sums: Numbers) -> npt.NDArray[np.int64] | None:
    """The sums in their largest common part; None where they have none that is known."""
    parts = np.rint(sums * _PARTS).astype(np.int64)
    if np.abs(sums - parts / _PARTS).max() > _ROUNDING:
        return None
    return parts // int(np.gcd.reduce(parts))


def _of_all_sums(units: npt.NDArray[np.int64]) -> float:
    """Shares of all ways by the sum of what is swapped, one cluster after another."""
    total = int(np.abs(units).sum())
    shares = np.zeros(total + 1)
    shares[0] = 1.0
    reached = 0
    for unit in np.abs(units).tolist():
        reached += unit
        shares[unit : reached + 1] += shares[: reached + 1 - unit].copy()
        shares[: reached + 1] /= 2
    as_far = np.abs(total - 2 * np.arange(total + 1)) >= abs(int(units.sum()))
    return min(1.0, float(shares[as_far].sum()))


def _of_draws(sums: Numbers, draw: np.random.Generator, draws: int) -> float:
    """Clusters with the same difference are drawn as one: how many of them are swapped."""
    sizes, counts = np.unique(np.abs(sums).round(9), return_counts=True)
    a_time = max(1, DRAWN_AT_ONCE // len(sizes))
    as_far = 0
    for start in range(0, draws, a_time):
        swapped = draw.binomial(counts, 0.5, (min(a_time, draws - start), len(sizes)))
        drawn = np.abs((counts - 2 * swapped) @ sizes)
        as_far += int((drawn >= abs(float(sums.sum())) - _ROUNDING * len(sums)).sum())
    return (1 + as_far) / (1 + draws)
