"""Axes of charts: round tick values, and positions in percent of the plot."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

# A smaller relative spread is that of rounding, not of what was measured.
_SAME = 1e-6


@dataclass(frozen=True)
class Axis:
    """A linear axis from `low` to `high` with its tick values."""

    low: float
    high: float
    ticks: tuple[float, ...]

    def position(self, value: float) -> float:
        """Percent of the way from `low` to `high`."""
        return 100 * ((value - self.low) / (self.high - self.low))


def axis(values: Iterable[float], num_ticks: int = 5) -> Axis:
    """An axis of about so many ticks at 1, 2 or 5 times a power of ten, which holds all values.

    Args:
        values: finite, at least one.
        num_ticks: wished for.
    """
    finite = list(values)
    low, high = min(finite), max(finite)
    largest = max(abs(low), abs(high))
    if high - low <= largest * _SAME:
        half = largest / 2 or 0.5
        low, high = low - half, high + half
    step = _round_step((high - low) / num_ticks)
    first, last = math.floor(low / step), math.ceil(high / step)
    # Counted in steps, so that the error of a sum does not grow along the axis.
    ticks = tuple(float(f"{number * step:.12g}") for number in range(first, last + 1))
    return Axis(min(low, ticks[0]), max(high, ticks[-1]), ticks)


def whole_axis(low: int, high: int, num_ticks: int = 6) -> Axis:
    """An axis of whole numbers that starts and ends at the data; ticks are at least 1 apart."""
    if low == high:
        return Axis(low - 0.5, high + 0.5, (float(low),))
    step = max(1.0, _round_step((high - low) / num_ticks))
    first = math.ceil(low / step)
    ticks = tuple(number * step for number in range(first, math.floor(high / step) + 1))
    return Axis(low, high, ticks)


def _round_step(rough: float) -> float:
    power = float(10.0 ** math.floor(math.log10(rough)))
    return next(factor * power for factor in (1.0, 2.0, 5.0, 10.0) if factor * power >= rough * (1 - 1e-9))
