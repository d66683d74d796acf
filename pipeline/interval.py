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


def wilson(num_correct: float, num: int, z: float = Z95) -> Interval:
    """Wilson's score interval for a share (Wilson 1927), which stays inside [0, 1] and is sound for few items.

    Args:
        num_correct: of the items; parts of one where scores are not only right and wrong.
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


def student95(degrees: int) -> float:
    """Quantile of Student's t that leaves 2.5 % beyond either end: Z95 for few observations.

    Exact for 1 and 2 degrees of freedom; from 3 on by the expansion in their inverse (Abramowitz and Stegun, Handbook
    of Mathematical Functions, 26.7.5), which is then within 0.2 %.

    Args:
        degrees: of freedom, at least 1.

    Raises:
        ValueError: there are none.
    """
    if degrees < 1:
        raise ValueError("Student's t needs at least one degree of freedom")
    if degrees <= 2:
        return math.tan(0.475 * math.pi) if degrees == 1 else 0.95 / math.sqrt(2 * 0.975 * 0.025)
    z = Z95
    terms = (
        (z**3 + z) / 4,
        (5 * z**5 + 16 * z**3 + 3 * z) / 96,
        (3 * z**7 + 19 * z**5 + 17 * z**3 - 15 * z) / 384,
        (79 * z**9 + 776 * z**7 + 1482 * z**5 - 1920 * z**3 - 945 * z) / 92160,
    )
    return z + math.fsum(term / degrees**power for power, term in enumerate(terms, 1))
