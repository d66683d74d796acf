"""What families ask for is there in real statements, as the kind of value that they expect."""

from __future__ import annotations

from collections import Counter, defaultdict

import pytest

from pipeline.questions.living_people import sensitive_properties
from pipeline.questions.templates import Catalogue
from pipeline.wikidata.columns import EntityColumns
from pipeline.wikidata.decode import decode
from tests.kit.real_input import ABSENT, DUMPS, SHARED
from tests.wikidata.dumps import lines_of

TYPES = {"item": "wikibase-entityid", "time": "time", "quantity": "quantity", "text": "monolingualtext"}


def test_there_are_sixty_properties_and_more(catalogue: Catalogue) -> None:
    asked = {number for family in catalogue.families for number in (*family.properties, *family.given)} - {0}
    assert len(asked) >= 60
    assert sum(bool(family.given) for family in catalogue.families) >= 6


def test_what_is_asked_is_never_a_wrong_option(catalogue: Catalogue) -> None:
    for family in catalogue.families:
        assert family.answer == "entity" or set(family.properties) <= set(family.true_properties), family.name


def test_of_living_people_only_three_families_could_ask_what_is_theirs(catalogue: Catalogue) -> None:
    touched = {
        family.name
        for family in catalogue.families
        if sensitive_properties().keys() & {*family.properties, *family.given}
    }
    assert touched == {"religion", "religion_country", "spouse"}


@pytest.mark.shared
@pytest.mark.skipif(not SHARED.is_dir(), reason=ABSENT)
def test_real_statements_hold_the_kind_of_value_that_a_family_expects(catalogue: Catalogue) -> None:
    found: dict[int, Counter[str]] = defaultdict(Counter)
    for line in lines_of(DUMPS["gz"]):
        columns = EntityColumns("2026-01-05")
        columns.add(decode(line))
        for row in columns.table().to_pylist():
            for statement in row["statements"]:
                if statement["snaktype"] == "value":
                    found[statement["property"]][statement["type"]] += 1
    for family in catalogue.families:
        for number in family.properties:
            if number and found[number]:
                assert set(found[number]) == {TYPES[family.answer]}, (family.name, number)
        for number in family.given:
            assert set(found[number]) <= {"wikibase-entityid"}, (family.name, number)
    asked = {number for family in catalogue.families for number in family.properties}
    assert sum(bool(found[number]) for number in asked) >= 50
