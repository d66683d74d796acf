from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.questions.dates import CENTURY, DECADE, YEAR, Date, write_date
from pipeline.questions.distractors import DistractorPool, Option, PoolRow, near_dates, pool_rows, true_names
from pipeline.questions.families import Family
from pipeline.questions.qa_id import signed_hash
from pipeline.questions.templates import Catalogue
from pipeline.questions.values import Answer, Fact, statement_fact
from pipeline.reading import comparable
from tests.questions.rows import CIRCA, LANGUAGES, concept, full_concept, item, label, labels, time

DOMAINS = ("food", "dance", "museum")
COUNTRIES = ("peru", "kenya", "japan")
# Congruent, so that the order of a set of them depends on the order in which they came.
QIDS = [1024 * number + 1 for number in range(25)]
ANSWER_QID = QIDS[1]
ANSWER = "value 1"
ITEM_IDS = st.integers(-(1 << 63), (1 << 63) - 1)


def _label_rows(qid: int) -> list[dict[str, Any]]:
    """Labels that depend on the id alone; some are missing, fall back, or read like those of other ids."""
    number = (qid - 1) // 1024
    match number % 5:
        case 2:
            return []
        case 3:
            return [label("mul", f"value {number}")]
        case 4:
            return [label("en", "VALUE 6")]
        case _:
            return [label("en", f"value {number or 1}")]


@st.composite
def pool_row_lists(draw: st.DrawFn) -> list[PoolRow]:
    rows = st.builds(
        lambda family, qid, domain, countries: PoolRow(family, qid, domain, countries, _label_rows(qid)),
        st.sampled_from(["class", "country"]),
        st.sampled_from(QIDS),
        st.sampled_from(DOMAINS),
        st.lists(st.sampled_from(COUNTRIES), min_size=1, max_size=2, unique=True),
    )
    return draw(st.lists(rows, max_size=15) | st.lists(rows, min_size=25, max_size=50))


def _fact(true: frozenset[int], kin: frozenset[int] = frozenset()) -> Fact:
    return Fact(17, "normal", (), true, kin, (), ())


def _family(catalogue: Catalogue, name: str) -> Family:
    return next(family for family in catalogue.families if family.name == name)


def _pick(
    catalogue: Catalogue, pool: DistractorPool, name: str = "country", *, true: frozenset[int] = frozenset(),
    related: frozenset[frozenset[int]] = frozenset(), fallback: bool = False, identity: int = 7, count: int = 3,
    forbidden: frozenset[str] = frozenset(),
) -> list[Option]:  # fmt: skip
    answer = Answer(ANSWER, "mul" if fallback else "en", ANSWER_QID)
    return pool.pick(
        _family(catalogue, name), concept(99, domain="food", countries=["peru"]), "en", answer,
        _fact(true | {ANSWER_QID}, true | {ANSWER_QID}), forbidden,
        lambda one, other: frozenset((one, other)) in related, identity, count,
    )  # fmt: skip


@given(
    pool_row_lists(),
    st.sampled_from(["class", "country"]),
    st.frozensets(st.sampled_from(QIDS), max_size=4),
    st.frozensets(st.sampled_from([f"value {number}" for number in range(25)]), max_size=4),
    st.frozensets(st.frozensets(st.sampled_from(QIDS), min_size=2, max_size=2), max_size=8),
    st.booleans(),
    ITEM_IDS,
    st.integers(1, 7),
)
def test_a_wrong_option_is_wrong_and_a_reader_can_tell(
    catalogue: Catalogue, rows: list[PoolRow], name: str, true: frozenset[int], forbidden: frozenset[str],
    related: frozenset[frozenset[int]], fallback: bool, identity: int, count: int,
) -> None:  # fmt: skip
    pool = DistractorPool(rows, LANGUAGES)
    options = _pick(
        catalogue, pool, name, true=true, related=related, fallback=fallback, identity=identity, count=count,
        forbidden=forbidden,
    )  # fmt: skip
    assert len(options) <= count
    qids = [option.qid for option in options]
    assert not set(qids) & (true | {ANSWER_QID})
    assert not any(frozenset((qid, other)) in related for qid in qids for other in true | {ANSWER_QID})
    texts = [comparable(option.text) for option in options]
    assert len({*texts, ANSWER}) == len(texts) + 1
    assert not set(texts) & forbidden
    offered = {row.value_qid: row for row in rows if row.family == name}
    for option in options:
        assert option.qid is not None
        (row,) = _label_rows(option.qid)
        assert option.text == row["label"]
        assert (row["language"] == "mul") is fallback, "a fallback label stands beside fallback labels"
        assert option.qid in offered
    if name == "class":
        seen_at_home = {row.value_qid for row in rows if row.family == name and row.domain == "food"}
        assert not set(qids) & seen_at_home


@given(pool_row_lists(), st.sampled_from(["class", "country"]), ITEM_IDS)
def test_fewer_than_asked_only_where_no_more_can_be_had(
    catalogue: Catalogue, rows: list[PoolRow], name: str, identity: int
) -> None:
    options = _pick(catalogue, DistractorPool(rows, LANGUAGES), name, identity=identity)
    at_home = {row.value_qid for row in rows if row.family == name and row.domain == "food"}
    left = {
        comparable(row["label"])
        for pool_row in rows
        for row in _label_rows(pool_row.value_qid)
        if pool_row.family == name
        and row["language"] == "en"
        and pool_row.value_qid != ANSWER_QID
        and not (name == "class" and pool_row.value_qid in at_home)
    } - {ANSWER}
    assert len(options) == min(3, len(left))


@given(pool_row_lists(), st.randoms(use_true_random=False), ITEM_IDS)
def test_the_same_item_gets_the_same_options_whatever_the_order_of_the_rows(
    catalogue: Catalogue, rows: list[PoolRow], random: Any, identity: int
) -> None:
    expected = _pick(catalogue, DistractorPool(rows, LANGUAGES), identity=identity)
    shuffled = [*rows, *rows[:3]]
    random.shuffle(shuffled)
    assert _pick(catalogue, DistractorPool(shuffled, LANGUAGES), identity=identity) == expected


@given(pool_row_lists(), ITEM_IDS)
def test_another_language_changes_nothing(catalogue: Catalogue, rows: list[PoolRow], identity: int) -> None:
    alone = DistractorPool(rows, {"en": LANGUAGES["en"]})
    assert _pick(catalogue, DistractorPool(rows, LANGUAGES), identity=identity) == _pick(
        catalogue, alone, identity=identity
    )


def _row(qid: int, domain: str, *countries: str, family: str = "country") -> PoolRow:
    return PoolRow(family, qid, domain, countries, labels(qid))


def test_the_domain_and_other_countries_come_first(catalogue: Catalogue) -> None:
    abroad = [_row(qid, "food", "kenya") for qid in range(10, 13)]
    at_home = [_row(qid, "food", "peru") for qid in range(20, 22)]
    elsewhere = [_row(qid, "dance", "kenya") for qid in range(30, 33)]
    pool = DistractorPool([*elsewhere, *at_home, *abroad], LANGUAGES)
    for identity in range(50):
        qids = [option.qid for option in _pick(catalogue, pool, identity=identity, count=6)]
        assert set(qids[:3]) == {10, 11, 12}
        assert set(qids[3:5]) == {20, 21}
        assert qids[5] in {30, 31, 32}


def test_a_class_of_another_domain_and_country_comes_first(catalogue: Catalogue) -> None:
    rows = [
        _row(10, "dance", "kenya"),
        _row(11, "dance", "peru"),
        _row(12, "food", "kenya"),
        _row(12, "dance", "kenya"),
    ]
    pool = DistractorPool([row._replace(family="class") for row in rows], LANGUAGES)
    for identity in range(20):
        assert [option.qid for option in _pick(catalogue, pool, "class", identity=identity)] == [10, 11]


def test_every_candidate_is_picked_about_as_often(catalogue: Catalogue) -> None:
    pool = DistractorPool([_row(qid, "food", "kenya") for qid in range(10, 20)], LANGUAGES)
    counts = dict.fromkeys(range(10, 20), 0)
    for number in range(2000):
        for option in _pick(catalogue, pool, identity=signed_hash(str(number))):
            counts[option.qid or 0] += 1
    # Chi-square with 9 degrees of freedom: 27.88 is passed once in a thousand; the ids are fixed.
    assert sum((count - 600) ** 2 / 600 for count in counts.values()) < 27.88


def test_a_large_pool_is_not_walked_for_one_question(catalogue: Catalogue) -> None:
    looked_at = 0

    class Counting(dict[tuple[str, int], set[str]]):
        def __getitem__(self, key: tuple[str, int]) -> set[str]:
            nonlocal looked_at
            looked_at += 1
            return super().__getitem__(key)

    pool = DistractorPool([_row(qid, "dance", "kenya", family="class") for qid in range(10, 2000)], LANGUAGES)
    pool._domains = Counting(pool._domains)
    assert len(_pick(catalogue, pool, "class")) == 3
    assert looked_at < 10


def test_the_pool_takes_what_would_be_asked_and_nothing_else(catalogue: Catalogue) -> None:
    lute = full_concept(1, domain="instrument", countries=["peru", "kenya"])
    rows = list(pool_rows(lute, catalogue))
    looked_at = {"class", "country", "material", "name", "place", "ingredient"}
    assert {(row.family, row.value_qid) for row in rows if row.family in looked_at} == {
        ("class", 1001), ("country", 2001), ("material", 3001), ("material", 4001), ("name", 1),
    }  # fmt: skip
    assert {(row.domain, tuple(row.countries)) for row in rows} == {("instrument", ("peru", "kenya"))}
    museum = full_concept(1, domain="museum")
    assert ("place", 5001) in {(row.family, row.value_qid) for row in pool_rows(museum, catalogue)}
    refused = concept(1, [item("a", 31, 570116), item("b", 17, 5, rank="deprecated", best=False)])
    assert {row.family for row in pool_rows(refused, catalogue)} == {"name"}


def test_true_names_are_labels_and_aliases_of_what_is_true() -> None:
    fact = replace(_fact(frozenset()), true_labels=([label("en", "Peru", ["Perú"])], [label("sw", "Kenya")], []))
    assert true_names(fact, ("en", "mul")) == {"peru", "perú"}
    assert true_names(_fact(frozenset()), ("en", "mul")) == set()


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
    fact = replace(_fact(frozenset()), true_years=true)
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
        fact = replace(_fact(frozenset()), true_years=(date.years,))
        texts = {
            option.text
            for identity in range(50)
            for option in near_dates(date, fact, catalogue.languages["en"].format, 2026, identity, 7)
        }
        assert not texts & {"0s", "0s BCE"}
        assert {"10s", "10s BCE"} <= texts


@given(DATES, ITEM_IDS)
def test_three_near_dates_are_found_where_one_date_is_true(catalogue: Catalogue, date: Date, identity: int) -> None:
    fact = replace(_fact(frozenset()), true_years=(date.years,))
    assert len(near_dates(date, fact, catalogue.languages["en"].format, 2026, identity, 3)) == 3


@pytest.mark.parametrize(("date", "reach"), [(Date(YEAR, 2019), 12), (Date(YEAR, 1225), 100), (Date(CENTURY, 12), 4)])
def test_wrong_dates_lie_further_off_where_the_right_one_is_older(catalogue: Catalogue, date: Date, reach: int) -> None:
    fact = replace(_fact(frozenset()), true_years=(date.years,))
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
    fact = statement_fact(concept(1, [right, *disputed]), _family(catalogue, "inception"))
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
    fact = replace(_fact(frozenset()), true_years=(date.allowed_years, *around))
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
    fact = replace(_fact(frozenset()), true_years=(date.allowed_years,))
    for identity in range(50):
        options = near_dates(date, fact, catalogue.languages["en"].format, 2026, identity, 3)
        assert not {option.text for option in options} & {"around the 0s", "around the 0s BCE"}


@given(DATES, ITEM_IDS)
def test_three_are_found_near_every_circa_date(catalogue: Catalogue, date: Date, identity: int) -> None:
    date = replace(date, circa=True)
    fact = replace(_fact(frozenset()), true_years=(date.allowed_years,))
    assert len(near_dates(date, fact, catalogue.languages["en"].format, 2026, identity, 3)) == 3


@pytest.mark.parametrize("date", [Date(YEAR, 1549), Date(YEAR, 1536), Date(DECADE, 155), Date(CENTURY, 9)])
def test_a_circa_date_is_the_earliest_the_latest_and_between_alike(catalogue: Catalogue, date: Date) -> None:
    date = replace(date, circa=True)
    fact = replace(_fact(frozenset()), true_years=(date.allowed_years,))
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
    fact = statement_fact(concept(1, [built, opened], domain="museum"), _family(catalogue, "opened"))
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
