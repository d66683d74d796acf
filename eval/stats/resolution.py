"""The smallest difference between two models that so many items can tell from none."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from eval.stats.bootstrap import numbered
from pipeline.interval import Z95

# Quantile of the normal distribution at 0.8: a difference of that size is found in four of five evaluations.
Z_POWER_80 = 0.8416212335729143


def smallest_difference(num_items: float, discordance: float = 1.0, z: float = Z95) -> float | None:
    """The difference of two shares right that a paired comparison finds with power 0.8.

    Solves Connor's sample size for McNemar's test (Biometrics 43, 1987),
    n = (z √ψ + z_power √(ψ − d²))² / d², for d. None where they are so few that d would be over ψ, the most that it
    can be.

    Args:
        num_items: independent ones: items over `design_effect`.
        discordance: ψ, the share of items that one model has right and the other not. With 1 the result is a bound that
            holds whatever the models answer; `most_discordance` gives a closer one.
        z: quantile at the upper end of the two-sided test; a larger one for many comparisons at once.

    Raises:
        ValueError: there are no items, or the share is not over 0 and up to 1.
    """
    if num_items < 1:
        raise ValueError("a comparison needs at least one item")
    if not 0 < discordance <= 1:
        raise ValueError(f"the share of discordant items must be over 0 and up to 1, not {discordance}")
    if num_items < z**2:
        return None
    root = z * math.sqrt(num_items) + Z_POWER_80 * math.sqrt(num_items + Z_POWER_80**2 - z**2)
    difference = math.sqrt(discordance) * root / (num_items + Z_POWER_80**2)
    return difference if difference <= discordance else None


def most_discordance(one: float, other: float) -> float:
    """The largest share of items on which models with these shares right can differ: where their errors never meet."""
    return min(one + other, 2 - one - other)


def design_effect(differences: npt.NDArray[np.float64], clusters: npt.NDArray[np.int64]) -> float:
    """How many times fewer independent items there are than items, since those of a cluster are alike (Kish 1965).

    The variance of the mean by cluster sums over that of as many independent items; at least 1, and 1 where nothing
    differs.

    Args:
        differences: of two models' scores, shape (num_items,).
        clusters: which picture each item belongs to, shape (num_items,).
    """
    spread = differences - differences.mean()
    independent = float(np.square(spread).sum())
    if not independent:
        return 1.0
    sums = np.bincount(numbered(clusters), weights=spread)
    return max(1.0, float(np.square(sums).sum()) / independent)


def resolved_difference(differences: npt.NDArray[np.float64], clusters: npt.NDArray[np.int64]) -> float | None:
    """The difference that an evaluation with these results finds with power 0.8; None where it finds none.

    Of right and wrong answers by `smallest_difference` with the discordance that was observed, or its bound where none
    was. Of scores between them by the normal approximation with the spread that was observed. A single cluster tells
    nothing of how alike items of others are.

    Args:
        differences: of two models' scores, shape (num_items,).
        clusters: which picture each item belongs to, shape (num_items,).

    Raises:
        ValueError: there are no items.
    """
    if not len(differences):
        raise ValueError("a comparison needs at least one item")
    if (clusters == clusters[0]).all():
        return None
    independent = len(differences) / design_effect(differences, clusters)
    if np.isin(differences, (-1.0, 0.0, 1.0)).all():
        return smallest_difference(max(1.0, independent), float(np.square(differences).mean()) or 1.0)
    found = (Z95 + Z_POWER_80) * float(differences.std()) / math.sqrt(independent)
    return found if 0 < found <= 1 else None
