from __future__ import annotations

from datetime import date as gregorian
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.questions.dates import CENTURY, DECADE, JULIAN, YEAR, Date, date_of, is_circa, write_date, year_range
from pipeline.questions.templates import Catalogue
from tests.questions.rows import CIRCA, qualifier, time


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


@pytest.mark.parametrize(
    ("language", "expected"),
    [
        ("en", ["around 1850", "around 480 BCE", "around the 1850s", "around the 19th century"]),
        ("de", ["um 1850", "um 480 v. Chr.", "etwa 1850er-Jahre", "etwa 19. Jahrhundert"]),
        ("fr", ["vers 1850", "vers 480 av. J.-C.", "vers les années 1850", "vers le XIXe siècle"]),
        ("ja", ["1850年頃", "紀元前480年頃", "1850年代頃", "19世紀頃"]),
        ("bn", ["আনুমানিক ১৮৫০ খ্রিস্টাব্দ", "আনুমানিক খ্রিস্টপূর্ব ৪৮০ অব্দ", "আনুমানিক ১৮৫০-এর দশক", "আনুমানিক ঊনবিংশ শতাব্দী"]),
    ],
)  # fmt: skip
def test_an_approximate_date_says_so(catalogue: Catalogue, language: str, expected: list[str]) -> None:
    rows = [("+1850", 9), ("-0480", 9), ("+1850", 8), ("+1801", 7)]
    dates = [date_of(_time(f"{year}-00-00T00:00:00Z", precision, qualifiers=[CIRCA])) for year, precision in rows]
    style = catalogue.languages[language].format
    assert [write_date(date, style) for date in dates if date is not None] == expected


@pytest.mark.parametrize(
    ("qualifiers", "expected"),
    [
        ([], False), (None, False), ([CIRCA], True), ([CIRCA, CIRCA], True), ([CIRCA, qualifier(1319)], True),
        ([qualifier(1480)], False), ([qualifier(1480, qid=18122778)], False), ([qualifier(5102, qid=5727902)], False),
        ([CIRCA, qualifier(1480, qid=18122778)], False), ([CIRCA, qualifier(1480)], False),
    ],
)  # fmt: skip
def test_only_circumstances_that_are_circa_alone_make_a_circa_date(qualifiers: Any, expected: bool) -> None:
    row = _time("+1850-00-00T00:00:00Z", 9, qualifiers=qualifiers)
    assert is_circa(row) == expected
    assert date_of(row) == Date(YEAR, 1849, circa=expected)


@given(st.integers(-4000, 2025), st.sampled_from([CENTURY, DECADE, YEAR]))
def test_a_circa_date_allows_years_on_both_sides(year: int, precision: int) -> None:
    exact = Date(precision, year // {CENTURY: 100, DECADE: 10, YEAR: 1}[precision])
    assert exact.allowed_years == exact.years
    first, last = Date(precision, exact.index, circa=True).allowed_years
    before, after = exact.years[0] - first, last - exact.years[1]
    assert before == after >= {CENTURY: 50, DECADE: 10, YEAR: 10}[precision]
    # A date that is older is known no better.
    older = Date(precision, exact.index - 1, circa=True)
    assert older.years[0] - older.allowed_years[0] >= before


@given(st.integers(-4000, 2100).filter(bool), st.integers(-1, 11), st.sampled_from([1985727, 1985786, 1985]))
def test_a_circa_statement_rules_out_ten_years_more_on_both_sides(year: int, precision: int, calendar: int) -> None:
    written = f"{'+' if year > 0 else '-'}{abs(year):04}-06-15T00:00:00Z"
    exact = year_range(_time(written, precision, calendar=calendar))
    around = year_range(_time(written, precision, calendar=calendar, qualifiers=[CIRCA]))
    assert exact is not None
    assert around is not None
    assert around[0] <= exact[0] - 10
    assert around[1] >= exact[1] + 10


def _gregorian_year(year: int, month: int, day: int) -> int:
    """Of a Julian date, by counting days: the March-based formula for the Julian day number."""
    shift = (14 - month) // 12
    since, months = year + 4800 - shift, month + 12 * shift - 3
    julian_day = day + (153 * months + 2) // 5 + 365 * since + since // 4 - 32083
    return gregorian.fromordinal(julian_day - 1721425).year


@given(st.integers(1582, 2025), st.sampled_from([(1, 1), (6, 15), *[(12, day) for day in range(15, 32)]]))
def test_a_julian_date_of_two_years_is_no_answer_and_rules_out_both(year: int, day: tuple[int, int]) -> None:
    row = _time(f"+{year}-{day[0]:02}-{day[1]:02}T00:00:00Z", 11, calendar=JULIAN)
    elsewhere = _gregorian_year(year, *day)
    assert (date_of(row) is None) == (elsewhere != year)
    assert year_range(row) == (year - 1, elsewhere - 1)


@pytest.mark.parametrize(
    ("written", "precision", "calendar", "is_answer"),
    [
        ("+1642-12-21T00:00:00Z", 11, 1985786, True),
        ("+1642-12-25T00:00:00Z", 11, 1985786, False),
        ("+1642-12-25T00:00:00Z", 11, 1985727, True),
        ("+1642-12-00T00:00:00Z", 10, 1985786, False),
        ("+1642-12-01T00:00:00Z", 10, 1985786, False),
        ("+1642-11-00T00:00:00Z", 10, 1985786, True),
        ("+1642-12-25T00:00:00Z", 9, 1985786, True),
        ("+1500-12-31T00:00:00Z", 11, 1985786, True),
        ("-0044-12-31T00:00:00Z", 11, 1985786, True),
    ],
)
def test_only_the_end_of_a_julian_year_is_two_years(
    written: str, precision: int, calendar: int, is_answer: bool
) -> None:
    assert (date_of(_time(written, precision, calendar=calendar)) is not None) == is_answer
