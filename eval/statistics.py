"""Whether two models differ: an interval that says when a difference is not resolved."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from pipeline.interval import Interval


def paired_bootstrap(
    ours: npt.NDArray[np.float64],
    baseline: npt.NDArray[np.float64],
    clusters: npt.NDArray[np.int64],
    *,
    seed: int,
    resamples: int = 10_000,
) -> Interval:
    """Difference of two models' mean scores on the same items, resampling whole clusters (Efron 1979).

    Questions about one picture stand or fall together, so pictures are drawn, not questions.

    Args:
        ours: scores, shape (num_items,).
        baseline: scores of the other model on the same items, shape (num_items,).
        clusters: which picture each item belongs to, shape (num_items,).
        seed: of the draw: the same input gives the same interval.
        resamples: how often to draw.

    Raises:
        ValueError: there are no items.
    """
    if not len(ours):
        raise ValueError("a comparison needs at least one item")
    _, number = np.unique(clusters, return_inverse=True)
    num_clusters = int(number.max()) + 1
    sums = np.bincount(number, weights=ours - baseline, minlength=num_clusters)
    sizes = np.bincount(number, minlength=num_clusters).astype(np.float64)
    draw = np.random.default_rng(seed)
    weights = draw.multinomial(num_clusters, np.full(num_clusters, 1 / num_clusters), size=resamples)
    differences = (weights @ sums) / (weights @ sizes)
    low, high = np.quantile(differences, [0.025, 0.975])
    return Interval(float((ours - baseline).mean()), float(low), float(high))
