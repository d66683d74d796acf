"""How sure a share is that was counted on few items."""

from __future__ import annotations

import math
from dataclasses import dataclass

Z95 = 1.959963984540054


@dataclass(frozen=True)
class Interval:
    """An estimate with its 95 % interval."""

    estimate: float
    low: float
    high: float


def wilson(num_correct: int, num: int, z: float = Z95) -> Interval:
    """Wilson's score interval for a share (Wilson 1927), which stays inside [0, 1] and is sound for few items.

    Args:
        num_correct: of the items.
        num: items.
        z: quantile of the normal distribution at the upper end: Z95 leaves 2.5 % beyond either end.

    Raises:
        ValueError: there are no items.
    """
    if num < 1:
        raise ValueError("a share needs at least one item")
    share = num_correct / num
    scale = 1 + z**2 / num
    centre = (share + z**2 / (2 * num)) / scale
    half = z / scale * math.sqrt(share * (1 - share) / num + z**2 / (4 * num**2))
    # It holds the share; with none or all correct its bound is the share, but for a rounding error.
    return Interval(share, max(0.0, min(share, centre - half)), min(1.0, max(share, centre + half)))
