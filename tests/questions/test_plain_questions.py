"""`QuestionMaker` against questions made one by one: the same table, to the byte."""

from __future__ import annotations

from typing import Any

import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings

from pipeline.questions.concept import Concept, concepts_of
from pipeline.questions.distractor_pool import DistractorPool, pool_rows
from pipeline.questions.generate import QuestionMaker
from pipeline.questions.items import Asked, questions_table
from pipeline.questions.kinship import Kinship
from pipeline.questions.labels import label_codes
from pipeline.questions.question_settings import QuestionSettings
from pipeline.questions.settings import Questions
from pipeline.questions.stage import label_languages, near_countries
from pipeline.questions.templates import Catalogue
from pipeline.schema import CONCEPTS
from tests.kit.plain_questions import PlainQuestions
from tests.kit.real_concepts import parents, real_concepts
from tests.kit.real_input import ABSENT, SHARED
from tests.questions.rows import image
from tests.questions.worlds import KIN, OTHERS, concepts

Row = dict[str, Any]
LANGUAGES = label_languages(Questions(languages=("am", "ar", "bn", "en", "fr", "ja", "ru", "sw", "zh")))


def both_ways(
    rows: list[Row], others: list[Row], catalogue: Catalogue, kinship: Kinship, wanted: QuestionSettings
) -> tuple[pa.Table, pa.Table]:
    every = [Concept.of(row) for row in (*rows, *others)]
    pool = DistractorPool(
        [each for concept in every for each in pool_rows(concept, catalogue)],
        label_codes(LANGUAGES, wanted.fallbacks), near_countries(),
    )  # fmt: skip
    pictures = [picture(row) for row in rows]
    plain = PlainQuestions(catalogue, LANGUAGES, pool, kinship, wanted, [*rows, *others])
    maker = QuestionMaker(catalogue, LANGUAGES, pool, kinship, wanted)
    table = pa.Table.from_pylist(rows, schema=CONCEPTS)
    read = concepts_of(table, catalogue.properties | {18})
    asked = [Asked(each, one["sha256"], maker.ask(each, one)[0]) for each, one in zip(read, pictures, strict=True)]
    return questions_table(asked), plain.table(rows, pictures)


def picture(row: Row) -> Row:
    guid = next(each["statement_id"] for each in row["statements"] if each["property"] == 18)
    return {**image(row["qid"], f"{row['qid']:064x}"), "statement_id": guid}


@settings(max_examples=40, suppress_health_check=[HealthCheck.too_slow])
@given(concepts(), KIN)
def test_awkward_worlds(catalogue: Catalogue, rows: list[Row], kin: dict[int, set[int]]) -> None:
    wanted = QuestionSettings(tuple(LANGUAGES), status="draft")
    made, expected = both_ways(rows, OTHERS, catalogue, Kinship.of(kin), wanted)
    assert made.to_pylist() == expected.to_pylist()
    assert made.equals(expected)


@pytest.mark.shared
@pytest.mark.skipif(not SHARED.is_dir(), reason=ABSENT)
@pytest.mark.parametrize("fallbacks", [("variant", "mul"), ()], ids=["fallbacks", "none"])
def test_real_entities(catalogue: Catalogue, fallbacks: Any) -> None:
    rows = real_concepts(label_all=True)
    wanted = QuestionSettings(tuple(LANGUAGES), fallbacks=fallbacks)
    made, expected = both_ways(rows[::3], rows, catalogue, Kinship.of(parents(rows)), wanted)
    for mine, plain in zip(made.to_pylist(), expected.to_pylist(), strict=True):
        assert mine == plain
    assert made.equals(expected)
    assert sum(map(len, made.column("items").to_pylist())) > 5_000
