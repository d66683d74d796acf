"""From which score on items are kept, so that those kept are as good as wanted."""

from __future__ import annotations

from statistics import NormalDist

import numpy as np
import numpy.typing as npt

from pipeline.interval import wilson

# More of them reach a little more recall, but each must then be surer.
_CANDIDATES = 20
_MAY_FAIL = 0.025


def threshold(scores: npt.NDArray[np.float64], good: npt.NDArray[np.bool_], precision: float) -> float | None:
    """The lowest score from which on the items are good at the wanted precision, and so the largest recall.

    With confidence: the lower bound of Wilson's interval of the precision reaches the one wanted. Whoever looks at
    several thresholds and takes the best deceives himself; so the 2.5 % by which the bound may fail are shared among
    all that are looked at (Bonferroni). These are the scores themselves, or 20 of them by rank where there are more.
    Verdicts are the scores 0 and 1: the threshold is then 1, keep what is passed, or 0, keep all.

    Args:
        scores: of the reviewed items, shape (num_items,); higher is better.
        good: whether each is good, shape (num_items,).
        precision: wanted share of good ones among those kept, below 1.

    Returns:
        None where no threshold reaches it.
    """
    if not len(scores):
        return None
    candidates = np.unique(scores)
    if len(candidates) > _CANDIDATES:
        candidates = np.unique(np.quantile(scores, np.arange(_CANDIDATES) / _CANDIDATES, method="lower"))
    z = NormalDist().inv_cdf(1 - _MAY_FAIL / len(candidates))
    for candidate in candidates:
        kept = good[scores >= candidate]
        if wilson(int(kept.sum()), len(kept), z).low >= precision:
            return float(candidate)
    return None
