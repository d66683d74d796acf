"""Questions about real entities and the sample, checked by brute force against all that is stated of them."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest

from pipeline import vocabulary
from pipeline.questions.concept import Concept
from pipeline.questions.distractor_pool import DistractorPool, pool_rows
from pipeline.questions.kinship import Kinship
from pipeline.questions.labels import Labels, label_codes
from pipeline.questions.leaks import sounded
from pipeline.questions.likeness import look_of
from pipeline.questions.question_settings import QuestionSettings
from pipeline.questions.stage import near_countries
from pipeline.questions.templates import Catalogue
from pipeline.questions.wordings import GIVEN
from pipeline.reading import comparable
from tests.kit.real_concepts import parents, real_concepts
from tests.kit.real_input import ABSENT, SHARED
from tests.kit.sample_concepts import sample_concepts, sample_parents
from tests.questions.rows import questions_of

LANGUAGES = {code: language.wikidata for code, language in vocabulary.languages().items()}
Row = dict[str, Any]


REAL = pytest.param(
    "real", marks=[pytest.mark.shared, pytest.mark.skipif(not SHARED.is_dir(), reason=ABSENT)], id="real"
)


@pytest.fixture(scope="module", params=[REAL, "sample"])
def asked(request: pytest.FixtureRequest, catalogue: Catalogue) -> list[tuple[Row, list[Row]]]:
    """Concepts, and every question about each in all languages."""
    rows = sample_concepts() if request.param == "sample" else real_concepts(label_all=True)
    kinship = Kinship.of(sample_parents() if request.param == "sample" else parents(rows))
    pool = DistractorPool(
        [each for row in rows for each in pool_rows(Concept.of(row), catalogue)], label_codes(LANGUAGES),
        near_countries(),
    )  # fmt: skip
    found, wanted = [], QuestionSettings(tuple(LANGUAGES))
    for row in rows:
        guid = next(each["statement_id"] for each in row["statements"] if each["property"] == 18)
        picture = {"qid": row["qid"], "statement_id": guid, "sha256": f"{row['qid']:064x}"}
        items, _ = questions_of(row, picture, catalogue, LANGUAGES, pool, kinship, wanted)
        found.append((row, items))
    return found


def test_many_families_ask_something(asked: list[tuple[Row, list[Row]]]) -> None:
    families = Counter(item["template_id"].split("/")[0] for _, items in asked for item in items)
    assert sum(families.values()) > 5_000
    assert len(families) >= 12


def test_no_question_holds_its_answer(asked: list[tuple[Row, list[Row]]]) -> None:
    for _, items in asked:
        for item in items:
            assert comparable(item["answer"]) not in comparable(item["question"]), item["template_id"]
            assert set(item["question"]).isdisjoint("{}"), item["question"]


def test_no_wrong_option_is_true_by_any_statement(asked: list[tuple[Row, list[Row]]], catalogue: Catalogue) -> None:
    families = {family.name: family for family in catalogue.families}
    checked = 0
    for row, items in asked:
        for item in items:
            if item["choices"] is None:
                continue
            family = families[item["template_id"].split("/")[0]]
            true = [each for each in row["statements"] if each["property"] in family.true_properties]
            qids = {each["qid"] for each in true} - {None}
            names = {
                comparable(name)
                for each in true
                for label in each["value_labels"]
                if label["language"] in (*LANGUAGES[item["language"]], "mul")
                for name in (label["label"], *label["aliases"])
            }
            assert len({comparable(choice) for choice in item["choices"]}) == len(item["choices"])
            for place, choice in enumerate(item["choices"]):
                if place == item["answer_index"]:
                    assert choice == item["answer"]
                    continue
                assert comparable(choice) not in names, (item["template_id"], choice)
                assert item["choice_qids"] is None or item["choice_qids"][place] not in qids
                checked += 1
    assert checked > 5_000


def test_options_look_alike(asked: list[tuple[Row, list[Row]]]) -> None:
    """No wrong option differs from the right one in script, in its first letter's case, or much in length."""
    checked: Counter[str] = Counter()
    for _, items in asked:
        for item in items:
            if item["choice_qids"] is None:
                continue
            right = item["answer"]
            shape = look_of(right)
            for choice in item["choices"]:
                shorter, longer = sorted((len(choice), len(right)))
                assert longer <= 2 * shorter + 6, (right, choice)
                assert choice[0].islower() == right[0].islower(), (right, choice)
                assert look_of(choice).script == shape.script, (right, choice)
                checked[shape.script] += choice != right
    assert {script for script, times in checked.items() if times > 500} >= {"LATIN", "CYRILLIC", "ARABIC", "CJK"}


def test_no_name_that_a_question_was_given_sounds_like_its_answer(
    asked: list[tuple[Row, list[Row]]], catalogue: Catalogue
) -> None:
    codes = label_codes(LANGUAGES)
    named = 0
    for row, items in asked:
        for item in items:
            family, language, kind, number, _ = item["template_id"].split("/")
            wording = catalogue.languages[language].wordings[family].by_kind[kind][int(number) - 1]
            told = [guid for guid in item["statement_ids"] if GIVEN in wording.text]
            given = [
                Labels.of(each["value_labels"]).best(codes[language])
                for each in row["statements"]
                if each["statement_id"] in told and each["property"] != item["property"]
            ]
            if wording.names_entity:
                given.append(Labels.of(row["labels"]).best(codes[language]))
            for name in given:
                assert name is not None
                assert comparable(name[0]) in comparable(item["question"])
                answer, sound = sounded(item["answer"]), sounded(name[0])
                assert len(answer) < 4 or answer not in sound, (item["answer"], name)
                assert len(sound) < 4 or sound not in answer, (item["answer"], name)
                named += 1
    assert named > 1_000


def test_the_right_option_is_anywhere(asked: list[tuple[Row, list[Row]]]) -> None:
    places = Counter(item["answer_index"] for _, items in asked for item in items if item["choices"])
    even = sum(places.values()) / 4
    # Chi-square with 3 degrees of freedom; the ids are fixed.
    assert sum((places[place] - even) ** 2 / even for place in range(4)) < 16.27
