"""Wikidata's times as points on a scale of years, decades or centuries, and as words of a language.

A point counts the units of its precision from the first one of our era: years 1, 2 are 0, 1 and years 1 BCE, 2 BCE
are -1, -2. So there is no year nought to trip over, and neighbours differ by one at every precision.

A time is stored as it reads in the calendar model that it names
(https://doc.wikimedia.org/Wikibase/master/php/docs_topics_json.html). Months and days are left out on purpose: the
questions ask for the year.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pipeline.questions.language_format import LanguageFormat

CENTURY, DECADE, YEAR, MONTH = 7, 8, 9, 10
YEARS_PER_UNIT = {CENTURY: 100, DECADE: 10, YEAR: 1}

GREGORIAN, JULIAN = 1985727, 1985786
# Years of both are written alike. Another model would need converting.
KNOWN_CALENDARS = frozenset({GREGORIAN, JULIAN})

# The qualifier "sourcing circumstances" and its value "circa".
CIRCUMSTANCES, CIRCA = 1480, 5727902

# A circa date may be off by a twentieth of its age, and by ten years and half its unit in any case: a reader takes
# "around 1850" for 1840 to 1860, "around 1200" for 1160 to 1240. A date knows no dump, so its age counts from 2000.
_CIRCA_SHARE, _CIRCA_LEAST, _CIRCA_TODAY = 20, 10, 2000

_TIME = re.compile(r"([+-])(\d{1,16})-(\d\d)-(\d\d)T")
_ROMAN = ((10, "X"), (9, "IX"), (5, "V"), (4, "IV"), (1, "I"))


@dataclass(frozen=True)
class Date:
    """A year, decade or century. `index` counts units of `precision` from the first unit CE, negative for BCE.

    `circa` says that it is an approximate one.
    """

    precision: int
    index: int
    circa: bool = False

    @property
    def years(self) -> tuple[int, int]:
        """First and last year of it, both included, counted from year 1 CE as 0 and year 1 BCE as -1."""
        if self.precision != DECADE:
            size = YEARS_PER_UNIT[self.precision]
            return self.index * size, self.index * size + size - 1
        # The 1960s are 1960 to 1969, the 480s BCE 489 to 480 BCE, whereas the 20th century is 1901 to 2000.
        first = self.index * 10 - 1 if self.index >= 0 else self.index * 10 + 1
        return first, first + 9

    @property
    def allowed_years(self) -> tuple[int, int]:
        """Like `years`, but of a circa date with the years on both sides that a reader may take it for."""
        first, last = self.years
        margin = _circa_margin(first, YEARS_PER_UNIT[self.precision]) if self.circa else 0
        return first - margin, last + margin

    @property
    def nameless(self) -> bool:
        """Whether it is one of the two decades next to the turn of the era, which nobody calls the 0s."""
        return self.precision == DECADE and self.index in (0, -1)

    @property
    def number(self) -> int:
        """What is written of it without its era: 1850 of the year and of the 1850s, 19 of the 19th century."""
        if self.precision == DECADE:
            return self.index * 10 if self.index >= 0 else (-self.index - 1) * 10
        return self.index + 1 if self.index >= 0 else -self.index


def _circa_margin(year: int, unit: int) -> int:
    return max(_CIRCA_LEAST, unit // 2, (_CIRCA_TODAY - year) // _CIRCA_SHARE)


def is_circa(statement: Mapping[str, Any]) -> bool:
    """Whether its circumstances are stated to be "circa" and nothing else."""
    said = [each.get("qid") for each in statement["qualifiers"] or () if each["property"] == CIRCUMSTANCES]
    return set(said) == {CIRCA}


def _signed_year(statement: Mapping[str, Any]) -> int | None:
    match = _TIME.match(str(statement.get("time") or ""))
    if match is None or int(match[2]) == 0:
        return None
    return int(match[2]) if match[1] == "+" else -int(match[2])


def _turns_the_year(statement: Mapping[str, Any]) -> bool:
    """Whether it is a Julian date so late in December that the Gregorian calendar has it in the next year.

    Only since 1582, when some began to count so: of older dates everyone gives the Julian year.
    """
    match, precision = _TIME.match(str(statement.get("time") or "")), statement.get("time_precision")
    if match is None or not isinstance(precision, int) or precision < MONTH or statement.get("calendar") != JULIAN:
        return False
    year, month, day = int(match[1] + match[2]), int(match[3]), int(match[4])
    days_behind = year // 100 - year // 400 - 2
    # Of a month its last day may be meant.
    latest = day if precision > MONTH and day else 31
    return year >= 1582 and month == 12 and latest + days_behind > 31


def date_of(statement: Mapping[str, Any]) -> Date | None:
    """The statement's time at its own precision; months and days count as their year.

    None where it is coarser than a century, in an unknown calendar, in year nought (which neither calendar has), in
    the nameless decades next to the turn of the era, or in two years, as 25 December 1642 of the Julian calendar,
    which is 4 January 1643 of the Gregorian one and is given as either.

    Args:
        statement: `time`, `time_precision`, `calendar` and `qualifiers` as in the table `entities`.
    """
    return None if _turns_the_year(statement) else _date_as_written(statement)


def _date_as_written(statement: Mapping[str, Any]) -> Date | None:
    year, precision = _signed_year(statement), statement.get("time_precision")
    if year is None or not isinstance(precision, int) or precision < CENTURY:
        return None
    if statement.get("calendar") not in KNOWN_CALENDARS:
        return None
    size, circa = YEARS_PER_UNIT[min(precision, YEAR)], is_circa(statement)
    if precision == DECADE:
        decade = Date(DECADE, year // 10 if year > 0 else -(-year // 10) - 1, circa)
        return None if decade.nameless else decade
    # Wikidata shows +1900 at the precision of a century as the 19th.
    return Date(min(precision, YEAR), (year - 1) // size if year > 0 else -((-year - 1) // size) - 1, circa)


def year_range(statement: Mapping[str, Any]) -> tuple[int, int] | None:
    """The years that a time of any precision may mean, counted as in `Date.years`; None where it states none."""
    date = _date_as_written(statement)
    if date is not None:
        first, last = date.allowed_years
        return first, last + 1 if _turns_the_year(statement) else last
    year, precision = _signed_year(statement), statement.get("time_precision")
    if year is None or not isinstance(precision, int):
        return None
    # Wide on both sides: a coarse date, or one of an unknown calendar, must rule out too much rather than too little.
    reach = 10 ** max(9 - precision, 2) + (_circa_margin(year, 1) if is_circa(statement) else 0)
    return year - reach, year + reach


def _roman(number: int) -> str:
    text = ""
    for value, numeral in _ROMAN:
        text += numeral * (number // value)
        number %= value
    return text


def write_date(date: Date, style: LanguageFormat) -> str:
    """The date as a short answer in a language, with its digits, its era and its way of counting centuries."""
    written = _write_exactly(date, style)
    if not date.circa:
        return written
    patterns = {CENTURY: style.dates.circa_century, DECADE: style.dates.circa_decade}
    return (patterns.get(date.precision) or style.dates.circa).replace("{date}", written)


def _write_exactly(date: Date, style: LanguageFormat) -> str:
    before_era, digits = date.index < 0, style.number(date.number)
    if date.precision == CENTURY:
        pattern = style.dates.century_bce if before_era else style.dates.century
        ordinal = style.ordinals.get(date.number, style.ordinal_default.replace("{n}", digits))
        return pattern.replace("{n}", digits).replace("{roman}", _roman(date.number)).replace("{ordinal}", ordinal)
    if date.precision == DECADE:
        return (style.dates.decade_bce if before_era else style.dates.decade).replace("{n}", digits)
    return (style.dates.year_bce if before_era else style.dates.year).replace("{n}", digits)
