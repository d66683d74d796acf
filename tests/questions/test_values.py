from __future__ import annotations

from dataclasses import replace
from itertools import permutations
from typing import Any

import pytest

from pipeline.questions.concept import Concept
from pipeline.questions.dates import YEAR, Date
from pipeline.questions.families import Family
from pipeline.questions.kinship import Kinship
from pipeline.questions.labels import Labels
from pipeline.questions.templates import Catalogue
from pipeline.questions.values import (
    Answer,
    Fact,
    SkipReason,
    Value,
    answer_of,
    fact_of,
    most_specific,
    statement_fact,
)
from tests.questions.rows import CIRCA, CODES, concept, image, item, label, labels, qualifier, quantity, statement, time

# Reasons that depend on a language, on the pool or on a stage's other rows: test_generate and test_stage reach them.
LATER = {
    SkipReason.NO_LABEL, SkipReason.ANSWER_IN_QUESTION, SkipReason.TOO_FEW_DISTRACTORS, SkipReason.OVER_CAP,
    SkipReason.SAME_PICTURE, SkipReason.WORDING_NOT_CHECKED, SkipReason.NOTHING_GIVEN, SkipReason.UNIT_UNKNOWN,
    SkipReason.OWN_LANGUAGE, SkipReason.NOT_DRAWN, SkipReason.WORDING_SWITCHED_OFF,
}  # fmt: skip
TOURIST_ATTRACTION = 570116


def family_of(catalogue: Catalogue, name: str) -> Family:
    return next(family for family in catalogue.families if family.name == name)


def _fact(catalogue: Catalogue, name: str, *statements: dict[str, Any], **fields: Any) -> Fact | SkipReason:
    return fact_of(Concept.of(concept(1, statements, **fields)), image(1), family_of(catalogue, name))


def _qids(fact: Fact | SkipReason) -> list[int | None]:
    assert isinstance(fact, Fact)
    return [value.qid for value in fact.values]


def _year(guid: str, year: str, **fields: Any) -> dict[str, Any]:
    return time(guid, 571, f"+{year}-00-00T00:00:00Z", 9, **fields)


SKIPS: list[tuple[str, list[dict[str, Any]], SkipReason]] = [
    ("country", [], SkipReason.NO_STATEMENT),
    ("country", [item("a", 17, 5, best=False, rank="deprecated")], SkipReason.NO_STATEMENT),
    ("country", [statement("a", 17, snaktype="novalue")], SkipReason.NO_STATEMENT),
    ("country", [statement("a", 17, snaktype="somevalue")], SkipReason.VALUE_UNKNOWN),
    ("country", [item("a", 17, 5), statement("b", 17, snaktype="somevalue")], SkipReason.VALUE_UNKNOWN),
    ("country", [item("a", 17, 5), statement("b", 17, snaktype="novalue")], SkipReason.VALUE_UNKNOWN),
    ("country", [statement("a", 17, type="string", text="Peru")], SkipReason.WRONG_TYPE),
    ("country", [statement("a", 17, type="wikibase-entityid")], SkipReason.WRONG_TYPE),
    ("country", [item("a", 17, 5, qualifiers=[qualifier(1310)])], SkipReason.VALUE_UNCERTAIN),
    ("country", [item("a", 17, 5), item("b", 17, 6, qualifiers=[qualifier(1480)])], SkipReason.VALUE_UNCERTAIN),
    ("material", [item("a", 186, 5, qualifiers=[qualifier(5102)])], SkipReason.VALUE_UNCERTAIN),
    ("country", [item("a", 17, 5, qualifiers=[qualifier(580), qualifier(582)])], SkipReason.ENDED),
    ("country", [item("a", 495, 5), item("b", 17, 6)], SkipReason.PROPERTIES_DISAGREE),
    ("country", [item("a", 495, 5), item("b", 17, 5), item("c", 17, 6)], SkipReason.PROPERTIES_DISAGREE),
    ("class", [item("a", 31, TOURIST_ATTRACTION)], SkipReason.REFUSED_VALUE),
    ("material", [item(str(qid), 186, qid) for qid in (5, 6, 7, 8)], SkipReason.TOO_MANY_VALUES),
    ("inception", [item("a", 571, 5)], SkipReason.WRONG_TYPE),
    ("inception", [time("a", 571, "+1000-00-00T00:00:00Z", 6)], SkipReason.DATE_UNUSABLE),
    ("inception", [_year("a", "1889", calendar=1985)], SkipReason.DATE_UNUSABLE),
    ("inception", [_year("a", "2027")], SkipReason.DATE_UNUSABLE),
    ("inception", [_year("a", "1889"), _year("b", "1890")], SkipReason.SEVERAL_DATES),
    ("inception", [_year("a", "1880"), time("b", 571, "+1880-00-00T00:00:00Z", 8)], SkipReason.SEVERAL_DATES),
    *[
        ("inception", [_year("a", "1889", qualifiers=[qualifier(number)])], SkipReason.DATE_VAGUE)
        for number in (1480, 1319, 1326, 518, 5102, 1310)
    ],
    ("country", [item("a", 17, 5, qualifiers=[CIRCA])], SkipReason.VALUE_UNCERTAIN),
    ("height", [quantity("a", 2048, "+5", 11573, qualifiers=[CIRCA])], SkipReason.VALUE_UNCERTAIN),
    *[
        ("inception", [_year("a", "1889", qualifiers=qualifiers)], SkipReason.DATE_VAGUE)
        for qualifiers in (
            [qualifier(1480, qid=18122778)],
            [CIRCA, qualifier(1480, qid=18122778)],
            [CIRCA, qualifier(1480, snaktype="somevalue")],
            *[[CIRCA, qualifier(number)] for number in (1319, 1326, 518, 5102, 1310)],
        )
    ],
    ("inception", [_year("a", "1889", qualifiers=[CIRCA]), _year("b", "1889")], SkipReason.DATE_VAGUE),
    ("inception", [_year("a", "1889"), _year("b", "1890", qualifiers=[CIRCA])], SkipReason.DATE_VAGUE),
    ("inception", [_year(year, year, qualifiers=[CIRCA]) for year in ("1889", "1890")], SkipReason.SEVERAL_DATES),
    ("inception", [_year("a", "2027", qualifiers=[CIRCA])], SkipReason.DATE_UNUSABLE),
    ("inception", [time("a", 571, "+1642-12-25T00:00:00Z", 11, calendar=1985786)], SkipReason.DATE_UNUSABLE),
    ("inception", [_year("a", "1889", qualifiers=[qualifier(582)])], SkipReason.ENDED),
    ("religion", [item("a", 31, 5), item("b", 140, 6)], SkipReason.LIVING_PERSON),
    ("religion", [item("a", 31, 5), statement("b", 140, snaktype="novalue")], SkipReason.NO_STATEMENT),
]


@pytest.mark.parametrize(("name", "statements", "reason"), SKIPS)
def test_what_cannot_be_asked_says_why(
    catalogue: Catalogue, name: str, statements: list[dict[str, Any]], reason: SkipReason
) -> None:
    assert _fact(catalogue, name, *statements) == reason


def test_a_place_is_not_asked_of_a_dish(catalogue: Catalogue) -> None:
    assert _fact(catalogue, "place", item("a", 131, 5), domain="food") == SkipReason.NOT_FOR_DOMAIN
    assert _qids(_fact(catalogue, "place", item("a", 131, 5), domain="museum")) == [5]


def test_every_reason_is_reached_somewhere() -> None:
    here = {reason for _, _, reason in SKIPS} | {SkipReason.NOT_FOR_DOMAIN}
    assert here | LATER == set(SkipReason)
    assert not here & LATER


def test_only_the_best_rank_answers_but_every_rank_is_true_enough_not_to_be_wrong(catalogue: Catalogue) -> None:
    fact = _fact(
        catalogue,
        "country",
        item("a", 17, 5, rank="preferred"),
        item("b", 17, 6, best=False),
        item("c", 17, 7, rank="deprecated", best=False),
        item("d", 131, 8),
        item("e", 186, 9),
    )
    assert _qids(fact) == [5]
    assert isinstance(fact, Fact)
    assert fact.rank == "preferred"
    assert fact.true_qids == {5, 6, 7, 8}
    assert fact.kin_qids == {5, 6, 7}
    assert [each.by_code["sw"] for each in fact.true_labels] == ["sw-5", "sw-6", "sw-7", "sw-8"]


def test_an_item_that_several_statements_have_is_looked_up_once_among_the_true_ones(catalogue: Catalogue) -> None:
    said_twice = [item("a", 17, 5), item("b", 17, 6, best=False), item("c", 131, 5), item("d", 495, 5)]
    fact = _fact(catalogue, "country", *said_twice)
    assert isinstance(fact, Fact)
    assert fact.true_qids == {5, 6}
    assert sorted(each.by_code["sw"] for each in fact.true_labels) == ["sw-5", "sw-6"]


def test_the_first_property_that_says_something_is_asked(catalogue: Catalogue) -> None:
    place, district = item("a", 276, 5), item("b", 131, 6)
    silent = statement("a", 276, snaktype="novalue")
    for number, statements in ((276, [place, district]), (276, [district, place]), (131, [district, silent])):
        fact = _fact(catalogue, "place", *statements)
        assert isinstance(fact, Fact)
        assert fact.property == number


def test_what_two_properties_say_alike_is_asked(catalogue: Catalogue) -> None:
    former = item("c", 17, 7, qualifiers=[qualifier(582)])
    fact = _fact(catalogue, "country", item("a", 495, 5), item("d", 495, 6), item("b", 17, 5), former)
    assert _qids(fact) == [5, 6]


def test_an_ended_value_is_no_answer_but_stays_true(catalogue: Catalogue) -> None:
    fact = _fact(catalogue, "country", item("a", 17, 5, qualifiers=[qualifier(582)]), item("b", 17, 6))
    assert _qids(fact) == [6]
    assert isinstance(fact, Fact)
    assert fact.true_qids == {5, 6}


def test_a_value_stated_twice_is_one_value_with_both_statements(catalogue: Catalogue) -> None:
    fact = _fact(catalogue, "material", item("a", 186, 5), item("b", 186, 6), item("c", 186, 5))
    assert isinstance(fact, Fact)
    assert [(value.qid, value.statement_ids) for value in fact.values] == [(5, ("a", "c")), (6, ("b",))]


def test_a_refused_value_is_neither_an_answer_nor_an_option_nor_anyones_kin(catalogue: Catalogue) -> None:
    fact = _fact(catalogue, "class", item("a", 31, TOURIST_ATTRACTION), item("b", 31, 5), class_path=[5, 77])
    assert _qids(fact) == [5]
    assert isinstance(fact, Fact)
    assert fact.true_qids == {5, 77} | family_of(catalogue, "class").refused
    assert fact.kin_qids == {5}


def test_dates_of_one_year_are_one_date(catalogue: Catalogue) -> None:
    fact = _fact(
        catalogue,
        "inception",
        _year("a", "1889"),
        time("b", 571, "+1889-03-31T00:00:00Z", 11, calendar=1985786),
        time("c", 571, "+1700-00-00T00:00:00Z", 7, rank="deprecated", best=False),
    )
    assert isinstance(fact, Fact)
    assert fact.values == (Value(("a", "b"), date=Date(YEAR, 1888)),)
    assert fact.true_years == ((1888, 1888), (1888, 1888), (1600, 1699))


def test_a_circa_date_is_said_to_be_one_and_rules_out_the_years_around_it(catalogue: Catalogue) -> None:
    exact = time("c", 571, "+1700-00-00T00:00:00Z", 9, rank="deprecated", best=False)
    fact = _fact(catalogue, "inception", *[_year(guid, "1850", qualifiers=[CIRCA]) for guid in "ab"], exact)
    assert isinstance(fact, Fact)
    assert fact.values == (Value(("a", "b"), date=Date(YEAR, 1849, circa=True)),)
    assert fact.true_years == ((1839, 1859), (1839, 1859), (1699, 1699))
    answer = answer_of(fact.values, ("en", "mul"), catalogue.languages["en"].format)
    assert answer == Answer("around 1850", "en", None)


def test_dates_of_every_true_property_are_ruled_out(catalogue: Catalogue) -> None:
    family = replace(family_of(catalogue, "inception"), true_properties=(571, 1619))
    opened = time("b", 1619, "+1891-05-01T00:00:00Z", 11)
    fact = statement_fact(Concept.of(concept(1, [_year("a", "1889"), opened])), family)
    assert isinstance(fact, Fact)
    assert fact.true_years == ((1888, 1888), (1890, 1890))


def test_a_name_is_grounded_in_the_statement_of_its_picture(catalogue: Catalogue) -> None:
    entity = Concept.of(concept(1, [item("a", 31, 5), item("b", 180, 6)]))
    fact = fact_of(entity, image(1), family_of(catalogue, "name"))
    assert isinstance(fact, Fact)
    assert [(value.qid, value.statement_ids) for value in fact.values] == [(1, ("Q1$picture",))]
    assert fact.true_qids == {1, 5, 6}, "what the entity points to may be seen in the picture as well"
    gone = {**image(1), "statement_id": "gone"}
    assert fact_of(entity, gone, family_of(catalogue, "name")) == SkipReason.NO_STATEMENT


@pytest.mark.parametrize("order", list(permutations([5, 6, 7])))
def test_a_value_above_another_is_left_out(catalogue: Catalogue, order: tuple[int, ...]) -> None:
    fact = _fact(catalogue, "class", *[item(f"{qid}", 31, qid) for qid in order])
    assert isinstance(fact, Fact)
    above = Kinship.of({5: {50}, 50: {6}, 7: {70}})
    assert _qids(most_specific(fact, above)) == [qid for qid in order if qid != 6]
    circle = Kinship.of({5: {6}, 6: {7}, 7: {5}})
    assert most_specific(fact, circle) == fact


def test_several_values_are_one_answer(catalogue: Catalogue) -> None:
    style = catalogue.languages["en"].format
    values = [Value((str(qid),), qid, Labels.of(labels(qid))) for qid in (5, 6, 7)]
    assert answer_of(values, ("en", "mul"), style) == Answer("en-5, en-6 and en-7", "en", None)
    assert answer_of(values[:1], ("en", "mul"), style) == Answer("en-5", "en", 5)


def test_the_fallback_furthest_down_is_recorded_and_a_gap_is_no_answer(catalogue: Catalogue) -> None:
    style = catalogue.languages["en"].format
    own, variant, fallback = (Value((code,), 5, Labels.of([label(code, code)])) for code in ("en", "en-gb", "mul"))
    codes = ("en", "en-gb", "mul")
    for values in permutations([own, variant, fallback]):
        answer = answer_of(values, codes, style)
        assert answer is not None
        assert answer.label_language == "mul"
    assert answer_of([own, Value(("x",), 6, Labels.of(labels(6, ["sw"])))], codes, style) is None


def test_two_values_of_one_name_are_named_once(catalogue: Catalogue) -> None:
    town, municipality, other = (
        Value((str(qid),), qid, Labels.of([label("en", text)]))
        for qid, text in ((5, "Évora"), (6, "évora"), (7, "Beja"))
    )
    style = catalogue.languages["en"].format
    assert answer_of([town, municipality], ("en", "mul"), style) == Answer("Évora", "en", None)
    assert answer_of([town, other, municipality], ("en", "mul"), style) == Answer("Évora and Beja", "en", None)


def test_a_date_is_in_the_language_itself(catalogue: Catalogue) -> None:
    value = Value(("a",), date=Date(YEAR, 1888))
    for language in CODES:
        answer = answer_of([value], (language, "mul"), catalogue.languages[language].format)
        assert answer is not None
        assert (answer.label_language, answer.value_qid) == (language, None)
