"""Which families of questions the shipped sample shows: nearly all, in every language some."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import Any

import pytest

from pipeline import vocabulary
from pipeline.questions.concept import Concept
from pipeline.questions.distractor_pool import DistractorPool, pool_rows
from pipeline.questions.kinship import Kinship
from pipeline.questions.labels import label_codes
from pipeline.questions.question_settings import QuestionSettings
from pipeline.questions.stage import near_countries
from pipeline.questions.templates import Catalogue, shipped_catalogue
from tests.kit.sample_concepts import sample_concepts, sample_parents
from tests.questions.rows import questions_of

LANGUAGES = {code: language.wikidata for code, language in vocabulary.languages().items()}
Row = dict[str, Any]

# Families that nothing in the sample fits.
UNSEEN = {
    **dict.fromkeys(
        ("deity_domain", "symbol", "from_work", "worshipped_by", "father", "mother", "spouse"),
        "of characters and figures, of which the sample has none",
    ),
    **dict.fromkeys(("director", "filmed_in"), "of films, of which it has none"),
    "sport": "of sports and stadiums, of which it has none",
    **dict.fromkeys(
        ("based_on", "intangible_status", "found_in", "inventor", "maker", "organizer"),
        "the item of no true value is confirmed by a public source",
    ),
}
# Families of fewer than four values, too few for a choice question.
OPEN_ONLY = {
    "commemorates", "composer", "creator", "depicts_creator", "inspired_by", "people_use", "performer", "published_in",
}  # fmt: skip
ONCE = {"composer", "depicts_creator"}


@pytest.fixture(scope="module")
def catalogue() -> Catalogue:
    return shipped_catalogue()


@pytest.fixture(scope="module")
def items(catalogue: Catalogue) -> list[Row]:
    """Every question about the shipped sample."""
    rows = sample_concepts()
    pool = DistractorPool(
        [each for row in rows for each in pool_rows(Concept.of(row), catalogue)], label_codes(LANGUAGES),
        near_countries(),
    )  # fmt: skip
    settings, kinship = QuestionSettings(tuple(LANGUAGES)), Kinship.of(sample_parents())
    return [
        item
        for row in rows
        for item in questions_of(row, _picture(row), catalogue, LANGUAGES, pool, kinship, settings)[0]
    ]


def _picture(row: Row) -> Row:
    guid = next(statement["statement_id"] for statement in row["statements"] if statement["property"] == 18)
    return {"qid": row["qid"], "statement_id": guid, "sha256": f"{row['qid']:064x}"}


def _families(items: Iterable[Row]) -> set[str]:
    return {item["template_id"].partition("/")[0] for item in items}


def test_every_family_is_shown_but_those_that_nothing_in_the_sample_fits(
    catalogue: Catalogue, items: list[Row]
) -> None:
    assert {family.name for family in catalogue.families} - _families(items) == set(UNSEEN)


def test_a_family_that_is_shown_is_shown_of_several_things_and_with_wrong_options(items: list[Row]) -> None:
    shown = {(item["template_id"].partition("/")[0], item["qid"]) for item in items}
    times = Counter(family for family, _ in shown)
    assert {family for family, number in times.items() if number < 2} == ONCE
    assert _families(items) - _families(item for item in items if item["choices"]) == OPEN_ONLY


def test_every_language_shows_many_families(items: list[Row]) -> None:
    shown = {code: _families(item for item in items if item["language"] == code) for code in LANGUAGES}
    assert {code: len(families) for code, families in shown.items() if len(families) < 20} == {}
    assert sum(len(families) >= 60 for families in shown.values()) >= 20
