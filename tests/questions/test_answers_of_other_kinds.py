"""Questions that tell a second fact, and answers that are quantities or texts in a language of their own."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest

from pipeline.questions.question_settings import QuestionSettings
from pipeline.questions.templates import Catalogue
from pipeline.questions.values import SkipReason
from pipeline.reading import comparable
from tests.questions.rows import (
    CODES,
    LANGUAGES,
    NO_KIN,
    concept,
    image,
    item,
    label,
    pool_of,
    qualifier,
    quantity,
    questions_of,
    text,
)

METRE = 11573
Row = dict[str, Any]


def asked(
    catalogue: Catalogue, family: str, rows: Sequence[Row], codes: tuple[str, ...] = CODES, status: Any = "draft"
) -> tuple[list[Row], Counter[SkipReason]]:
    """What is made of the first row; the others fill the pool."""
    only = replace(catalogue, families=tuple(each for each in catalogue.families if each.name == family))
    wanted = QuestionSettings(codes, status=status)
    first = rows[0]
    return questions_of(first, image(first["qid"]), only, LANGUAGES, pool_of(rows, only), NO_KIN, wanted)


def dish(qid: int, *more: Row, **fields: Any) -> Row:
    return concept(qid, [item(f"Q{qid}$527", 527, 7000 + qid), *more], domain="food", **fields)


def test_a_wording_that_nobody_checked_is_not_used(catalogue: Catalogue) -> None:
    draft = replace(
        catalogue,
        languages={
            code: replace(
                language,
                wordings={name: replace(each, status="draft") for name, each in language.wordings.items()},
            )
            for code, language in catalogue.languages.items()
        },
    )
    rows = [dish(n) for n in range(1, 8)]
    made, skipped = asked(draft, "ingredient", rows, status="machine_checked")
    assert made == []
    assert skipped == {SkipReason.WORDING_NOT_CHECKED: 2 * len(CODES)}
    made, _ = asked(draft, "ingredient", rows, status="draft")
    assert len(made) == 2 * len(CODES)


# A second fact.


def test_the_question_tells_the_second_fact_and_rests_on_both(catalogue: Catalogue) -> None:
    rows = [dish(n, item(f"Q{n}$495", 495, 2000 + n)) for n in range(1, 8)]
    made, skipped = asked(catalogue, "country_ingredient", rows)
    assert skipped == {}
    assert Counter((each["language"], each["kind"]) for each in made) == {
        (code, kind): 1 for code in CODES for kind in ("open", "choice")
    }
    for each in made:
        assert f"{each['language']}-2001" in each["question"]
        assert each["answer"] == f"{each['language']}-7001"
        assert each["statement_ids"] == ["Q1$495", "Q1$527"]
        assert each["property"] == 527


def test_another_second_fact_is_another_question(catalogue: Catalogue) -> None:
    ids = []
    for country in (2001, 2002):
        rows = [dish(1, item(f"Q1$495-{country}", 495, country)), *(dish(n) for n in range(2, 8))]
        ids.append({each["qa_id"] for each in asked(catalogue, "country_ingredient", rows)[0]})
    assert ids[0].isdisjoint(ids[1])


@pytest.mark.parametrize(
    "second",
    [
        [],
        [item("a", 495, 2001), item("b", 495, 2002)],  # which of them is not said
        [item("a", 495, 7001)],  # what is asked for
        [item("a", 495, 2001, qualifiers=[qualifier(1480)])],
        [item("a", 495, 2001, qualifiers=[qualifier(582)])],
    ],
)
def test_without_one_certain_second_fact_nothing_is_asked(catalogue: Catalogue, second: list[Row]) -> None:
    rows = [dish(1, *second), *(dish(n) for n in range(2, 8))]
    made, skipped = asked(catalogue, "country_ingredient", rows)
    assert made == []
    assert skipped == {SkipReason.NOTHING_GIVEN: 2 * len(CODES)}


def test_a_second_fact_that_holds_the_answer_is_not_told(catalogue: Catalogue) -> None:
    telling = item("a", 495, 2001, value_labels=[label("en", "Land of en-7001")])
    made, skipped = asked(catalogue, "country_ingredient", [dish(1, telling), *(dish(n) for n in range(2, 8))], ("en",))
    assert made == []
    assert skipped == {SkipReason.ANSWER_IN_QUESTION: 2}


def test_a_second_fact_without_a_name_in_the_language_is_not_told(catalogue: Catalogue) -> None:
    nameless = item("a", 495, 2001, value_labels=[label("fr", "Pays")])
    rows = [dish(1, nameless), *(dish(n) for n in range(2, 8))]
    made, skipped = asked(catalogue, "country_ingredient", rows, ("en",))
    assert made == []
    assert skipped == {SkipReason.NO_LABEL: 2}


# Quantities.


def building(qid: int, *statements: Row) -> Row:
    return concept(qid, statements, domain="architecture")


def test_a_height_is_asked_with_wrong_ones_on_both_sides(catalogue: Catalogue) -> None:
    below: Counter[int] = Counter()
    for n in range(60):
        made, skipped = asked(catalogue, "height", [building(n + 1, quantity(f"Q{n}$h", 2048, "+35", METRE))], ("en",))
        assert skipped == {}
        choice = next(each for each in made if each["kind"] == "choice")
        assert choice["answer"] == "35 meters" == choice["choices"][choice["answer_index"]]
        assert len(set(choice["choices"])) == 4
        heights = [float(each.split()[0]) for each in choice["choices"]]
        assert all(abs(height - 35) > 3.5 for height in heights if height != 35)
        below[sum(height < 35 for height in heights)] += 1
    # Neither the smallest nor the middle is the right one by rule.
    assert set(below) == {0, 1, 2, 3}


def test_other_heights_that_are_stated_are_not_wrong(catalogue: Catalogue) -> None:
    rows = [
        building(
            1, quantity("a", 2048, "+35", METRE), quantity("b", 2048, "+70", METRE, best=False, rank="deprecated"),
            quantity("c", 2044, "+49", METRE),
        )
    ]  # fmt: skip
    for each in asked(catalogue, "height", rows, ("en",))[0]:
        assert not {"70 meters", "49 meters"} & set(each["choices"] or ())


@pytest.mark.parametrize(
    ("statements", "reason"),
    [
        ([quantity("a", 2048, "+35", 11570)], SkipReason.UNIT_UNKNOWN),
        ([quantity("a", 2048, "-35", METRE)], SkipReason.UNIT_UNKNOWN),
        ([quantity("a", 2048, "+35", METRE), quantity("b", 2048, "+36", METRE)], SkipReason.TOO_MANY_VALUES),
        ([quantity("a", 2048, "+35", METRE, qualifiers=[qualifier(518)])], SkipReason.VALUE_UNCERTAIN),
        ([item("a", 2048, 5)], SkipReason.WRONG_TYPE),
    ],
)
def test_a_quantity_that_is_not_one_certain_number_is_not_asked(
    catalogue: Catalogue, statements: list[Row], reason: SkipReason
) -> None:
    made, skipped = asked(catalogue, "height", [building(1, *statements)], ("en",))
    assert made == []
    assert skipped == {reason: 2}


def test_a_count_has_no_unit(catalogue: Catalogue) -> None:
    made, _ = asked(catalogue, "floors", [building(1, quantity("a", 1101, "+12"))], ("en", "bn"))
    assert {each["answer"] for each in made} == {"12", "১২"}


# Texts in a language of their own.


def named(qid: int, written: str, language: str = "ja") -> Row:
    return concept(qid, [text(f"Q{qid}$1705", 1705, written, language)])


def test_the_name_in_its_own_language_stands_beside_names_in_that_language(catalogue: Catalogue) -> None:
    rows = [named(1, "銅鑼"), named(2, "太鼓"), named(3, "三味線"), named(4, "尺八"), named(5, "gong", "id")]
    made, skipped = asked(catalogue, "native_name", rows)
    # In Japanese it would just be its name.
    assert skipped == {SkipReason.OWN_LANGUAGE: 2}
    assert {each["language"] for each in made} == set(CODES) - {"ja"}
    for each in made:
        assert (each["answer"], each["answer_label_language"], each["value_qid"]) == ("銅鑼", "ja", None)
        assert comparable("銅鑼") not in comparable(each["question"])
        if each["choices"]:
            assert set(each["choices"]) == {"銅鑼", "太鼓", "三味線", "尺八"}


@pytest.mark.parametrize(
    ("statements", "reason"),
    [
        ([text("a", 1705, "銅鑼", "ja"), text("b", 1705, "鑼", "zh")], SkipReason.TOO_MANY_VALUES),
        ([text("a", 1705, "銅鑼", "und")], SkipReason.WRONG_TYPE),
        ([text("a", 1705, "{x}", "ja")], SkipReason.WRONG_TYPE),
        ([item("a", 1705, 5)], SkipReason.WRONG_TYPE),
    ],
)
def test_a_text_that_is_not_one_name_of_a_language_is_not_asked(
    catalogue: Catalogue, statements: list[Row], reason: SkipReason
) -> None:
    made, skipped = asked(catalogue, "native_name", [concept(1, statements)], ("en",))
    assert made == []
    assert skipped == {reason: 2}


def test_too_few_names_in_that_language_make_no_choice(catalogue: Catalogue) -> None:
    made, skipped = asked(catalogue, "native_name", [named(1, "銅鑼"), named(2, "太鼓"), named(3, "三味線")], ("en",))
    assert [each["kind"] for each in made] == ["open"]
    assert skipped == {SkipReason.TOO_FEW_DISTRACTORS: 1}
