"""Means and differences of means over resampled clusters: an interval that says when a difference is not resolved."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from pipeline.interval import Interval

# Numbers that are drawn at a time: 32 MB, whatever the number of items.
DRAWN_AT_ONCE = 4_000_000
# Sums of the same scores in another order may differ in their last digits.
ROUNDING = 1e-12
# A number of a binomial distribution takes as long as about so many that choose a cluster.
_COST_OF_A_KIND = 6


def numbered(clusters: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """Clusters by number from 0, shape (num_items,)."""
    _, number = np.unique(clusters, return_inverse=True)
    return number.astype(np.int64)


def resampled_sums(of_cluster: npt.NDArray[np.float64], *, seed: int, resamples: int) -> npt.NDArray[np.float64]:
    """Sums over clusters drawn with replacement, as many as there are, shape (resamples, num_columns).

    Clusters with equal rows are drawn as one kind, as often as all of them together, where such kinds are few: the same
    distribution, in far less time where scores are right or wrong.

    Args:
        of_cluster: what is summed, shape (num_clusters, num_columns).
        seed: of the draw.
        resamples: how often to draw.
    """
    kinds, counts = np.unique(of_cluster, axis=0, return_counts=True)
    draw = np.random.default_rng(seed)
    few = _COST_OF_A_KIND * len(kinds) < len(of_cluster)
    a_time = max(1, DRAWN_AT_ONCE // (len(kinds) if few else len(of_cluster)))
    sizes = [min(a_time, resamples - start) for start in range(0, resamples, a_time)]
    if few:
        shares = counts / len(of_cluster)
        return np.concatenate([draw.multinomial(len(of_cluster), shares, size=size) @ kinds for size in sizes])
    return np.concatenate([_times_drawn(draw, size, len(of_cluster)) @ of_cluster for size in sizes])


def _times_drawn(draw: np.random.Generator, resamples: int, num_clusters: int) -> npt.NDArray[np.int64]:
    """How often each cluster is in a resample, shape (resamples, num_clusters)."""
    chosen = draw.integers(0, num_clusters, (resamples, num_clusters))
    chosen += num_clusters * np.arange(resamples)[:, None]
    return np.bincount(chosen.ravel(), minlength=resamples * num_clusters).reshape(resamples, num_clusters)


def resampled_mean(
    values: npt.NDArray[np.float64], clusters: npt.NDArray[np.int64], *, seed: int, resamples: int
) -> Interval:
    """Mean with its 95 % interval by resampling whole clusters (Efron 1979).

    Questions about one picture stand or fall together, so pictures are drawn, not questions. Of a single cluster, and
    where the mean is the same in all of them, the interval has no width.

    Args:
        values: of items, shape (num_items,).
        clusters: which picture each item belongs to, shape (num_items,).
        seed: of the draw: the same input gives the same interval.
        resamples: how often to draw.

    Raises:
        ValueError: there are no items.
    """
    if not len(values):
        raise ValueError("a mean needs at least one item")
    number = numbered(clusters)
    sums, sizes = np.bincount(number, weights=values), np.bincount(number).astype(np.float64)
    if (np.abs(sums / sizes - values.mean()) < ROUNDING).all():
        return Interval(float(values.mean()), float(values.mean()), float(values.mean()))
    drawn = resampled_sums(np.column_stack([sums, sizes]), seed=seed, resamples=resamples)
    low, high = np.quantile(drawn[:, 0] / drawn[:, 1], [0.025, 0.975])
    return Interval(float(values.mean()), float(low), float(high))


def paired_bootstrap(
    ours: npt.NDArray[np.float64],
    baseline: npt.NDArray[np.float64],
    clusters: npt.NDArray[np.int64],
    *,
    seed: int,
    resamples: int = 10_000,
) -> Interval:
    """Difference of two models' mean scores on the same items, by `resampled_mean`.

    Args:
        ours: scores, shape (num_items,).
        baseline: scores of the other model on the same items, shape (num_items,).
        clusters: which picture each item belongs to, shape (num_items,).
        seed: of the draw.
        resamples: how often to draw.

    Raises:
        ValueError: there are no items.
    """
    return resampled_mean(ours - baseline, clusters, seed=seed, resamples=resamples)
