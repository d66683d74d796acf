"""Averages over items and over groups of items, with intervals that know which items stand or fall together."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from eval.stats.bootstrap import ROUNDING, numbered, resampled_mean, resampled_sums
from pipeline.interval import Interval, wilson


def average(
    scores: npt.NDArray[np.float64], clusters: npt.NDArray[np.int64], *, seed: int, resamples: int = 10_000
) -> Interval:
    """Mean over items with its 95 % interval, by `resampled_mean`.

    Where resampling finds no spread, as of a single cluster or of replies that are all right, it is Wilson's interval
    for as many observations as there are clusters.

    Args:
        scores: of items, from 0 to 1, shape (num_items,).
        clusters: which picture each item belongs to, shape (num_items,).
        seed: of the draw.
        resamples: how often to draw.

    Raises:
        ValueError: there are no items.
    """
    found = resampled_mean(scores, clusters, seed=seed, resamples=resamples)
    return found if found.low < found.high else _without_spread(found.estimate, clusters)


def macro_average(
    scores: npt.NDArray[np.float64],
    groups: npt.NDArray[np.int64],
    clusters: npt.NDArray[np.int64],
    *,
    seed: int,
    resamples: int = 10_000,
) -> Interval:
    """Mean of the groups' means with its 95 % interval: a group with few items counts as much as one with many.

    Whole clusters are drawn, which may have items of several groups. A resample in which a group has no item leaves it
    out of that resample's average. Without spread it is as `average`.

    Args:
        scores: of items, from 0 to 1, shape (num_items,).
        groups: of each item, such as the number of its language, shape (num_items,).
        clusters: which picture each item belongs to, shape (num_items,).
        seed: of the draw.
        resamples: how often to draw.

    Raises:
        ValueError: there are no items.
    """
    if not len(scores):
        raise ValueError("an average needs at least one item")
    group, cluster = numbered(groups), numbered(clusters)
    shape = (int(cluster.max()) + 1, int(group.max()) + 1)
    place = cluster * shape[1] + group
    sums = np.bincount(place, weights=scores, minlength=shape[0] * shape[1]).reshape(shape)
    sizes = np.bincount(place, minlength=shape[0] * shape[1]).astype(np.float64).reshape(shape)
    estimate = float((sums.sum(axis=0) / sizes.sum(axis=0)).mean())
    drawn = resampled_sums(np.column_stack([sums, sizes]), seed=seed, resamples=resamples)
    with np.errstate(invalid="ignore"):
        means = np.nanmean(drawn[:, : shape[1]] / drawn[:, shape[1] :], axis=1)
    low, high = np.quantile(means, [0.025, 0.975])
    spread = high - low > ROUNDING
    return Interval(estimate, float(low), float(high)) if spread else _without_spread(estimate, clusters)


def _without_spread(estimate: float, clusters: npt.NDArray[np.int64]) -> Interval:
    num_clusters = len(np.unique(clusters))
    found = wilson(estimate * num_clusters, num_clusters)
    return Interval(estimate, found.low, found.high)
