"""Averages over items and over groups of items, with intervals that know which items stand or fall together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from eval.statistics import numbered, resampled_sums
from pipeline.interval import Interval


@dataclass(frozen=True)
class Averages:
    """Means of scores.

    Attributes:
        micro: over all items.
        macro: mean of the groups' means: a group with few items counts as much as one with many.
        groups: mean of each group.
    """

    micro: Interval
    macro: Interval
    groups: dict[str, Interval]


def averages(
    scores: npt.NDArray[np.float64],
    groups: Sequence[str],
    clusters: npt.NDArray[np.int64],
    *,
    seed: int,
    resamples: int = 10_000,
) -> Averages:
    """Means with 95 % intervals by resampling whole clusters, which may have items of several groups (Efron 1979).

    A resample in which a group has no item leaves it out of that resample's macro average. Of a single cluster the
    interval has no width: use `pipeline.interval.wilson` for shares of few items.

    Args:
        scores: of items, shape (num_items,).
        groups: of each item, such as its language.
        clusters: which picture each item belongs to, shape (num_items,).
        seed: of the draw.
        resamples: how often to draw.

    Raises:
        ValueError: there are no items.
    """
    if not len(scores):
        raise ValueError("an average needs at least one item")
    names, of_group = np.unique(np.asarray(groups, dtype=object).astype(str), return_inverse=True)
    cluster = numbered(clusters)
    shape = (int(cluster.max()) + 1, len(names))
    place = cluster * shape[1] + of_group
    sums = np.bincount(place, weights=scores, minlength=shape[0] * shape[1]).reshape(shape)
    sizes = np.bincount(place, minlength=shape[0] * shape[1]).astype(np.float64).reshape(shape)
    drawn = resampled_sums(np.column_stack([sums, sizes]), seed=seed, resamples=resamples)
    totals, counts = drawn[:, : len(names)], drawn[:, len(names) :]
    with np.errstate(invalid="ignore"):
        means = totals / counts
    exact = sums.sum(axis=0) / sizes.sum(axis=0)
    return Averages(
        _interval(float(scores.mean()), totals.sum(axis=1) / counts.sum(axis=1)),
        _interval(float(exact.mean()), np.nanmean(means, axis=1)),
        {str(name): _interval(float(exact[number]), means[:, number]) for number, name in enumerate(names)},
    )


def _interval(estimate: float, drawn: npt.NDArray[np.float64]) -> Interval:
    low, high = np.nanquantile(drawn, [0.025, 0.975])
    return Interval(estimate, float(low), float(high))
