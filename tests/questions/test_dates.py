from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.questions.dates import CENTURY, DECADE, YEAR, Date, date_of, write_date, year_range
from pipeline.questions.templates import Catalogue
from tests.questions.rows import time


def _time(written: str, precision: int, **fields: Any) -> dict[str, Any]:
    return time("Q1$a", 571, written, precision, **fields)


@pytest.mark.parametrize(
    ("written", "precision", "expected"),
    [
        ("+1889-03-31T00:00:00Z", 11, "1889"),
        ("+1889-03-00T00:00:00Z", 10, "1889"),
        ("+00000001624-01-01T00:00:00Z", 9, "1624"),
        ("-0043-03-15T00:00:00Z", 11, "43 BCE"),
        ("-0001-00-00T00:00:00Z", 9, "1 BCE"),
        ("+0001-00-00T00:00:00Z", 9, "1"),
        ("+1965-00-00T00:00:00Z", 8, "1960s"),
        ("-0485-00-00T00:00:00Z", 8, "480s BCE"),
        ("+1801-00-00T00:00:00Z", 7, "19th century"),
        ("+1900-00-00T00:00:00Z", 7, "19th century"),
        ("+1901-00-00T00:00:00Z", 7, "20th century"),
        ("+2001-00-00T00:00:00Z", 7, "21st century"),
        ("-0401-00-00T00:00:00Z", 7, "5th century BCE"),
        ("-0500-00-00T00:00:00Z", 7, "5th century BCE"),
    ],
)
def test_is_written_at_the_precision_of_the_statement(
    catalogue: Catalogue, written: str, precision: int, expected: str
) -> None:
    date = date_of(_time(written, precision))
    assert date is not None
    assert write_date(date, catalogue.languages["en"].format) == expected


@pytest.mark.parametrize(
    ("language", "year", "decade", "century_bce"),
    [
        ("ar", "1889 م", "عقد 1960 م", "القرن الخامس قبل الميلاد"),
        ("bn", "১৮৮৯ খ্রিস্টাব্দ", "১৯৬০-এর দশক", "খ্রিস্টপূর্ব পঞ্চম শতাব্দী"),
        ("es", "1889", "década de 1960", "siglo V a. C."),
        ("ja", "1889年", "1960年代", "紀元前5世紀"),
        ("ru", "1889 год", "1960-е годы", "V век до н. э."),
    ],
)
def test_is_written_in_the_way_of_the_language(
    catalogue: Catalogue, language: str, year: str, decade: str, century_bce: str
) -> None:
    style = catalogue.languages[language].format
    written = [write_date(date, style) for date in (Date(YEAR, 1888), Date(DECADE, 196), Date(CENTURY, -5))]
    assert written == [year, decade, century_bce]


@pytest.mark.parametrize(
    "row",
    [
        _time("+2000-00-00T00:00:00Z", 6),
        _time("+1889-00-00T00:00:00Z", 9, calendar=1985),
        _time("+0000-00-00T00:00:00Z", 9),
        _time("+0007-00-00T00:00:00Z", 8),
        _time("-0007-00-00T00:00:00Z", 8),
        _time("some day", 9),
    ],
)
def test_what_cannot_be_said_exactly_is_refused(row: dict[str, Any]) -> None:
    assert date_of(row) is None


@pytest.mark.parametrize("precision", [CENTURY, DECADE, YEAR])
def test_neighbours_touch_and_do_not_overlap(precision: int) -> None:
    gap = range(-1, 1) if precision == DECADE else range(0)
    for index in range(-40, 40):
        if index not in gap and index + 1 not in gap:
            assert Date(precision, index).years[1] + 1 == Date(precision, index + 1).years[0]


@given(st.integers(1, 9999), st.sampled_from("+-"), st.sampled_from([7, 8, 9]))
def test_a_year_lies_in_its_own_date(year: int, sign: str, precision: int) -> None:
    row = _time(f"{sign}{year:04}-00-00T00:00:00Z", precision)
    span = year_range(row)
    assert span is not None
    assert span[0] <= (year - 1 if sign == "+" else -year) <= span[1]


@given(st.integers(-4000, 2100).filter(lambda year: year != 0), st.integers(-1, 8))
def test_a_coarse_date_rules_out_the_years_around_it(year: int, precision: int) -> None:
    span = year_range(_time(f"{'+' if year > 0 else '-'}{abs(year):04}-00-00T00:00:00Z", precision))
    assert span is not None
    assert span[0] <= year - (year > 0) <= span[1]
