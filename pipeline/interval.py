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


def wilson(num_correct: int, num: int) -> Interval:
    """Wilson's score interval for a share (Wilson 1927), which stays inside [0, 1] and is sound for few items.

    Raises:
        ValueError: there are no items.
    """
    if num < 1:
        raise ValueError("a share needs at least one item")
    share = num_correct / num
    scale = 1 + Z95**2 / num
    centre = (share + Z95**2 / (2 * num)) / scale
    half = Z95 / scale * math.sqrt(share * (1 - share) / num + Z95**2 / (4 * num**2))
    # It holds the share; with none or all correct its bound is the share, but for a rounding error.
    return Interval(share, max(0.0, min(share, centre - half)), min(1.0, max(share, centre + half)))
