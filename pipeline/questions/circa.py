"""Approximate dates that are clearly other than an approximate one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from pipeline.questions.dates import YEAR, YEARS_PER_UNIT, Date

# Approximate years are mostly round; among years that are less round, or rounder, the right one could be told.
_ROUND = (50, 10, 5, 1)


def circa_neighbours(
    date: Date, true_years: Sequence[tuple[int, int]], latest: int, count: int
) -> tuple[list[Date], list[Date]]:
    """The nearest circa dates before and after a circa date, of its precision and as round as it is.

    No year is allowed by two of them, by one and the date, or by one and `true_years`: what a reader may take "around
    1850" for is no other option.

    Args:
        date: the right date.
        true_years: ranges of years that are true as well, counted as in `Date.years`.
        latest: no date ends after this year, counted in the same way.
        count: how many are wanted on each side, at most.

    Returns:
        Those before and those after, the nearest first.
    """
    before, after = (_outward(date, step, true_years, latest, count) for step in (-1, 1))
    return before, after


def _outward(date: Date, step: int, true_years: Sequence[tuple[int, int]], latest: int, count: int) -> list[Date]:
    found: list[Date] = []
    taken = [date.allowed_years, *true_years]
    unit = YEARS_PER_UNIT[date.precision]
    # Twice what the dates wanted take up, with the way to the next round year: room to walk round what is true.
    width = date.allowed_years[1] - date.allowed_years[0] + max(unit, _ROUND[0])
    for distance in range(1, 2 * count * width // unit + 1):
        other = replace(date, index=date.index + step * distance)
        first, last = other.allowed_years
        if other.nameless or other.years[1] > latest or _roundness(other) != _roundness(date):
            continue
        if all(last < start or end < first for start, end in taken):
            found.append(other)
            taken.append((first, last))
            if len(found) == count:
                break
    return found


def _roundness(date: Date) -> int:
    """The largest of `_ROUND` that a year is a multiple of. Decades and centuries are all alike."""
    if date.precision != YEAR:
        return 0
    return next(step for step in _ROUND if date.number % step == 0)
