"""Wikidata's times as points on a scale of years, decades or centuries, and as words of a language.

A point counts the units of its precision from the first one of our era: years 1, 2 are 0, 1 and years 1 BCE, 2 BCE
are -1, -2. So there is no year nought to trip over, and neighbours differ by one at every precision.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from pipeline.questions.language_format import LanguageFormat

CENTURY, DECADE, YEAR = 7, 8, 9
YEARS_PER_UNIT = {CENTURY: 100, DECADE: 10, YEAR: 1}

# Gregorian and Julian: years of both are written alike. Another model would need converting.
KNOWN_CALENDARS = frozenset({1985727, 1985786})

_TIME = re.compile(r"([+-])(\d{1,16})-\d\d-\d\dT")
_ROMAN = ((10, "X"), (9, "IX"), (5, "V"), (4, "IV"), (1, "I"))


@dataclass(frozen=True)
class Date:
    """A year, decade or century. `index` counts units of `precision` from the first unit CE, negative for BCE."""

    precision: int
    index: int

    @property
    def years(self) -> tuple[int, int]:
        """First and last year of it, both included, counted from year 1 CE as 0 and year 1 BCE as -1."""
        if self.precision != DECADE:
            size = YEARS_PER_UNIT[self.precision]
            return self.index * size, self.index * size + size - 1
        # The 1960s are 1960 to 1969, the 480s BCE 489 to 480 BCE, whereas the 20th century is 1901 to 2000.
        first = self.index * 10 - 1 if self.index >= 0 else self.index * 10 + 1
        return first, first + 9


def _signed_year(statement: Mapping[str, object]) -> int | None:
    match = _TIME.match(str(statement.get("time") or ""))
    if match is None or int(match[2]) == 0:
        return None
    return int(match[2]) if match[1] == "+" else -int(match[2])


def date_of(statement: Mapping[str, object]) -> Date | None:
    """The statement's time at its own precision; months and days count as their year.

    None where it is coarser than a century, in an unknown calendar, in year nought (which neither calendar has), or
    in the nameless decades next to the turn of the era.

    Args:
        statement: `time`, `time_precision` and `calendar` as in the table `entities`.
    """
    year, precision = _signed_year(statement), statement.get("time_precision")
    if year is None or not isinstance(precision, int) or precision < CENTURY:
        return None
    if statement.get("calendar") not in KNOWN_CALENDARS:
        return None
    size = YEARS_PER_UNIT[min(precision, YEAR)]
    if precision == DECADE:
        index = year // 10 if year > 0 else -(-year // 10) - 1
        return Date(DECADE, index) if index not in (0, -1) else None
    # Wikidata shows +1900 at the precision of a century as the 19th.
    return Date(min(precision, YEAR), (year - 1) // size if year > 0 else -((-year - 1) // size) - 1)


def year_range(statement: Mapping[str, object]) -> tuple[int, int] | None:
    """The years that a time of any precision may mean, counted as in `Date.years`; None where it states none."""
    date = date_of(statement)
    if date is not None:
        return date.years
    year, precision = _signed_year(statement), statement.get("time_precision")
    if year is None or not isinstance(precision, int):
        return None
    # Wide on both sides: a coarse date, or one of an unknown calendar, must rule out too much rather than too little.
    reach = 10 ** max(9 - precision, 2)
    return year - reach, year + reach


def _roman(number: int) -> str:
    text = ""
    for value, numeral in _ROMAN:
        text += numeral * (number // value)
        number %= value
    return text


def write_date(date: Date, style: LanguageFormat) -> str:
    """The date as a short answer in a language, with its digits, its era and its way of counting centuries."""
    before_era = date.index < 0
    if date.precision == DECADE:
        number = (-date.index - 1) * 10 if before_era else date.index * 10
    else:
        number = -date.index if before_era else date.index + 1
    digits = style.number(number)
    if date.precision == CENTURY:
        pattern = style.dates.century_bce if before_era else style.dates.century
        ordinal = style.ordinals.get(number, style.ordinal_default.replace("{n}", digits))
        return pattern.replace("{n}", digits).replace("{roman}", _roman(number)).replace("{ordinal}", ordinal)
    if date.precision == DECADE:
        return (style.dates.decade_bce if before_era else style.dates.decade).replace("{n}", digits)
    return (style.dates.year_bce if before_era else style.dates.year).replace("{n}", digits)
