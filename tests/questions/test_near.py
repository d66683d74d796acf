"""Wrong dates: near, past, distinct and true by no statement."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.questions.concept import Concept
from pipeline.questions.dates import CENTURY, DECADE, YEAR, Date, write_date
from pipeline.questions.families import Family
from pipeline.questions.near import near_dates
from pipeline.questions.templates import Catalogue
from pipeline.questions.values import Fact, statement_fact
from tests.questions.rows import CIRCA, concept, time

ITEM_IDS = st.integers(-(1 << 63), (1 << 63) - 1)


def _fact(*years: tuple[int, int]) -> Fact:
    return Fact(571, "normal", (), frozenset(), frozenset(), (), years)


def _family(catalogue: Catalogue, name: str) -> Family:
    return next(family for family in catalogue.families if family.name == name)


DATES = st.one_of(
    st.builds(Date, st.just(YEAR), st.integers(-3000, 2025)),
    st.builds(Date, st.just(DECADE), st.integers(-300, 202).filter(lambda index: index not in (0, -1))),
    st.builds(Date, st.just(CENTURY), st.integers(-30, 20)),
)
YEAR_SPANS = st.lists(
    st.tuples(st.integers(-30, 30), st.integers(0, 120)).map(lambda span: (span[0], span[0] + span[1])), max_size=3
)


def _readings(date: Date, language: str, catalogue: Catalogue) -> Iterator[tuple[str, Date]]:
    """Every date of the precision around this one, with its words."""
    for index in range(date.index - 700, date.index + 701):
        if date.precision != DECADE or index not in (0, -1):
            other = Date(date.precision, index)
            yield write_date(other, catalogue.languages[language].format), other


@given(DATES, YEAR_SPANS, st.sampled_from(["en", "bn", "ar", "es", "hi", "ja"]), ITEM_IDS, st.integers(1, 7))
def test_near_dates_are_wrong_past_and_distinct(
    catalogue: Catalogue, date: Date, spans: list[tuple[int, int]], language: str, identity: int, count: int
) -> None:
    last_year = 2026
    true = (date.years, *[(date.years[0] + first, date.years[0] + last) for first, last in spans])
    fact = _fact(*true)
    style = catalogue.languages[language].format
    options = near_dates(date, fact, style, last_year, identity, count)
    assert options == near_dates(date, fact, style, last_year, identity, count)
    assert len(options) <= count
    assert len({option.text for option in options} | {write_date(date, style)}) == len(options) + 1
    meaning = dict(_readings(date, language, catalogue))
    for option in options:
        assert option.qid is None
        first, last = meaning[option.text].years
        # Years CE count from 0, so that the year 2026 is 2025; a decade that has begun may reach beyond it.
        assert last <= max(last_year - 1, date.years[1])
        assert all(last < start or end < first for start, end in true)


def test_no_decade_is_offered_that_has_no_name(catalogue: Catalogue) -> None:
    for date in (Date(DECADE, 2), Date(DECADE, -3)):
        fact = _fact(date.years)
        texts = {
            option.text
            for identity in range(50)
            for option in near_dates(date, fact, catalogue.languages["en"].format, 2026, identity, 7)
        }
        assert not texts & {"0s", "0s BCE"}
        assert {"10s", "10s BCE"} <= texts


@given(DATES, ITEM_IDS)
def test_three_near_dates_are_found_where_one_date_is_true(catalogue: Catalogue, date: Date, identity: int) -> None:
    fact = _fact(date.years)
    assert len(near_dates(date, fact, catalogue.languages["en"].format, 2026, identity, 3)) == 3


@pytest.mark.parametrize(("date", "reach"), [(Date(YEAR, 2019), 12), (Date(YEAR, 1225), 100), (Date(CENTURY, 12), 4)])
def test_wrong_dates_lie_further_off_where_the_right_one_is_older(catalogue: Catalogue, date: Date, reach: int) -> None:
    fact = _fact(date.years)
    meaning = dict(_readings(date, "en", catalogue))
    offsets = {
        meaning[option.text].index - date.index
        for identity in range(300)
        for option in near_dates(date, fact, catalogue.languages["en"].format, 2026, identity, 3)
    }
    assert min(offsets) == -reach
    assert max(offsets) == min(reach, 6 if date.precision == YEAR and date.index == 2019 else reach)


def test_a_statement_of_low_rank_keeps_its_year_from_being_offered(catalogue: Catalogue) -> None:
    disputed = [
        time(str(year), 571, f"+{year}-00-00T00:00:00Z", 9, rank="deprecated", best=False)
        for year in (*range(1880, 1889), *range(1890, 1900))
    ]
    right = time("right", 571, "+1889-00-00T00:00:00Z", 9)
    fact = statement_fact(Concept.of(concept(1, [right, *disputed])), _family(catalogue, "inception"))
    assert isinstance(fact, Fact)
    for identity in range(50):
        options = near_dates(Date(YEAR, 1888), fact, catalogue.languages["en"].format, 2026, identity, 3)
        assert not {option.text for option in options} & {str(year) for year in range(1880, 1900)}


def _apart(one: tuple[int, int], other: tuple[int, int]) -> bool:
    return one[1] < other[0] or other[1] < one[0]


@given(DATES, YEAR_SPANS, st.sampled_from(["en", "bn", "ar", "es", "id", "ja"]), ITEM_IDS, st.integers(1, 7))
def test_near_a_circa_date_all_are_circa_and_none_may_mean_the_same_year(
    catalogue: Catalogue, date: Date, spans: list[tuple[int, int]], language: str, identity: int, count: int
) -> None:
    last_year, date = 2026, replace(date, circa=True)
    around = [(date.years[0] + first, date.years[0] + last) for first, last in spans]
    fact = _fact(date.allowed_years, *around)
    style = catalogue.languages[language].format
    options = near_dates(date, fact, style, last_year, identity, count)
    assert options == near_dates(date, fact, style, last_year, identity, count)
    assert len(options) <= count
    indices = range(date.index - 8000, date.index + 8001)
    found = {write_date(other, style): other for other in (replace(date, index=index) for index in indices)}
    # A text that only an exact date has would not be found.
    near = [found[option.text] for option in options]
    assert all(option.qid is None for option in options)
    assert not any(other.nameless for other in near)
    assert all(other.years[1] <= max(last_year - 1, date.years[1]) for other in near)
    assert all(_apart(other.allowed_years, span) for other in near for span in fact.true_years)
    everything = [date, *near]
    for place, one in enumerate(everything):
        for other in everything[:place]:
            assert _apart(one.allowed_years, other.allowed_years)
            # Whatever a reader takes "around" for, ten years on either side are in it.
            assert max(one.years[0] - other.years[1], other.years[0] - one.years[1]) > 20
    if date.precision == YEAR:
        for step in (50, 10, 5):
            assert len({other.number % step == 0 for other in everything}) == 1


def test_no_circa_decade_is_offered_that_has_no_name(catalogue: Catalogue) -> None:
    # The 0s would be the nearest decade before the 200s that does not overlap with them.
    date, nameless = Date(DECADE, 20, circa=True), Date(DECADE, 0, circa=True)
    assert 0 <= date.allowed_years[0] - nameless.allowed_years[1] < 10
    fact = _fact(date.allowed_years)
    for identity in range(50):
        options = near_dates(date, fact, catalogue.languages["en"].format, 2026, identity, 3)
        assert not {option.text for option in options} & {"around the 0s", "around the 0s BCE"}


@given(DATES, ITEM_IDS)
def test_three_are_found_near_every_circa_date(catalogue: Catalogue, date: Date, identity: int) -> None:
    date = replace(date, circa=True)
    fact = _fact(date.allowed_years)
    assert len(near_dates(date, fact, catalogue.languages["en"].format, 2026, identity, 3)) == 3


@pytest.mark.parametrize("date", [Date(YEAR, 1549), Date(YEAR, 1536), Date(DECADE, 155), Date(CENTURY, 9)])
def test_a_circa_date_is_the_earliest_the_latest_and_between_alike(catalogue: Catalogue, date: Date) -> None:
    date = replace(date, circa=True)
    fact = _fact(date.allowed_years)
    style = catalogue.languages["en"].format
    meaning = {
        write_date(other, style): other.index
        for other in (replace(date, index=date.index + offset) for offset in range(-600, 400))
    }
    earlier = [
        sum(meaning[option.text] < date.index for option in near_dates(date, fact, style, 2026, identity, 3))
        for identity in range(400)
    ]
    assert all(70 < earlier.count(number) < 130 for number in range(4))


def test_a_circa_statement_keeps_the_years_around_it_from_being_offered(catalogue: Catalogue) -> None:
    built = time("built", 571, "+1900-00-00T00:00:00Z", 9, qualifiers=[CIRCA])
    opened = time("opened", 1619, "+1905-00-00T00:00:00Z", 9)
    fact = statement_fact(Concept.of(concept(1, [built, opened], domain="museum")), _family(catalogue, "opened"))
    assert isinstance(fact, Fact)
    (value,) = fact.values
    assert value.date == Date(YEAR, 1904)
    offered = {
        option.text
        for identity in range(100)
        for option in near_dates(value.date, fact, catalogue.languages["en"].format, 2026, identity, 3)
    }
    assert offered
    assert not offered & {str(year) for year in range(1890, 1911)}
