"""Factors for the groups of several axes under which each group gets the share that it should have.

Iterative proportional fitting (Deming and Stephan, 1940): the weights are scaled along one axis after the other, to the
shares wanted there, again and again. Where shares along all axes can be had together, that converges to them.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

# Shares are then met to a thousandth from a temperature of 0.3 up; below, not all can be had, and no number would do.
ROUNDS = 20


def rake(
    groups: Sequence[NDArray[np.int64]], weights: NDArray[np.float64], aims: Sequence[NDArray[np.float64]]
) -> list[NDArray[np.float64]]:
    """A factor for each group of each axis.

    Args:
        groups: by axis, the group of each row.
        weights: of the rows, before factors; above 0.
        aims: by axis, what the groups should have of the sum, in any unit; 0 for groups without rows.
    """
    sizes = [len(aim) for aim in aims]
    factors = [np.ones(size) for size in sizes]
    if not len(weights):
        return factors
    # Rows of the same groups change together: there are far fewer cells than rows.
    sums = np.bincount(np.ravel_multi_index(tuple(groups), sizes), weights, math.prod(sizes))
    cells = np.flatnonzero(sums)
    held = sums[cells]
    places = np.unravel_index(cells, sizes)
    for _ in range(ROUNDS):
        for axis, aim in enumerate(aims):
            has = np.bincount(places[axis], held, len(aim))
            scaling = np.divide(aim * len(weights) / aim.sum(), has, out=np.ones(len(aim)), where=has > 0)
            factors[axis] *= scaling
            held = held * scaling[places[axis]]
    return factors
