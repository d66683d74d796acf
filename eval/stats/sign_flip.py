"""How likely a difference of two models is by chance alone."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from eval.statistics import DRAWN_AT_ONCE, numbered

_EXACT_UP_TO = 16
# Sums of the same differences in another order may differ in their last digits.
_ROUNDING = 1e-9


def sign_flip(
    ours: npt.NDArray[np.float64],
    baseline: npt.NDArray[np.float64],
    clusters: npt.NDArray[np.int64],
    *,
    seed: int,
    draws: int = 10_000,
) -> float:
    """Two-sided p-value of the difference of means, by swapping the models on whole clusters (Fisher 1935).

    Were the models alike, either could have given either score on a picture. Of up to 16 clusters with a difference all
    ways to swap are counted; of more, so many are drawn, and the observed one counts among them, so that the test holds
    its level (Phipson and Smyth 2010). For right and wrong answers without clusters it is McNemar's exact test.

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
    sums = np.bincount(numbered(clusters), weights=ours - baseline)
    sums = sums[np.abs(sums) > _ROUNDING]
    observed = abs(float(sums.sum())) - _ROUNDING
    if len(sums) <= _EXACT_UP_TO:
        ways = np.arange(2 ** len(sums))[:, None] >> np.arange(len(sums)) & 1
        return float((np.abs((1 - 2 * ways) @ sums) >= observed).mean())
    draw = np.random.default_rng(seed)
    a_time = max(1, DRAWN_AT_ONCE // len(sums))
    as_far = 0
    for start in range(0, draws, a_time):
        signs = 1.0 - 2.0 * draw.integers(0, 2, (min(a_time, draws - start), len(sums)), dtype=np.int8)
        as_far += int((np.abs(signs @ sums) >= observed).sum())
    return (1 + as_far) / (1 + draws)
