"""Whether two models differ: an interval that says when a difference is not resolved."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from pipeline.interval import Interval

# Numbers that are drawn at a time: 32 MB, whatever the number of items.
DRAWN_AT_ONCE = 4_000_000


def numbered(clusters: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """Clusters by number from 0, shape (num_items,)."""
    _, number = np.unique(clusters, return_inverse=True)
    return number.astype(np.int64)


def resampled_sums(of_cluster: npt.NDArray[np.float64], *, seed: int, resamples: int) -> npt.NDArray[np.float64]:
    """Sums over clusters drawn with replacement, as many as there are, shape (resamples, num_columns).

    Clusters with equal rows are drawn as one kind, as often as all of them together: the same distribution, in far less
    time where scores are right or wrong.

    Args:
        of_cluster: what is summed, shape (num_clusters, num_columns).
        seed: of the draw.
        resamples: how often to draw.
    """
    kinds, counts = np.unique(of_cluster, axis=0, return_counts=True)
    draw = np.random.default_rng(seed)
    a_time = max(1, DRAWN_AT_ONCE // len(kinds))
    sizes = [min(a_time, resamples - start) for start in range(0, resamples, a_time)]
    shares = counts / len(of_cluster)
    return np.concatenate([draw.multinomial(len(of_cluster), shares, size=size) @ kinds for size in sizes])


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
    number = numbered(clusters)
    num_clusters = int(number.max()) + 1
    sums = np.bincount(number, weights=ours - baseline, minlength=num_clusters)
    sizes = np.bincount(number, minlength=num_clusters).astype(np.float64)
    drawn = resampled_sums(np.column_stack([sums, sizes]), seed=seed, resamples=resamples)
    low, high = np.quantile(drawn[:, 0] / drawn[:, 1], [0.025, 0.975])
    return Interval(float((ours - baseline).mean()), float(low), float(high))
