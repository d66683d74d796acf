"""What families ask for is there in real statements, as the kind of value that they expect."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from pathlib import Path

import pytest

from pipeline.errors import ConfigError
from pipeline.questions.families import load_families, load_never_asked
from pipeline.questions.living_people import sensitive_properties
from pipeline.questions.templates import CATALOGUE, FAMILIES, NEVER_ASKED, Catalogue
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


def test_a_family_that_asks_what_is_never_asked_is_refused(catalogue: Catalogue) -> None:
    never = load_never_asked(CATALOGUE / NEVER_ASKED)
    asked = {number for family in catalogue.families for number in (*family.properties, *family.given)}
    assert len(never) > 50
    assert not asked & never.keys()
    for number in (17, next(family.given[0] for family in catalogue.families if family.given)):
        with pytest.raises(ConfigError, match=rf"family \w+: P{number} is never asked: too plain"):
            load_families(CATALOGUE / FAMILIES, {number: "too plain"})


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("never_asked: [{why: a, properties: {1: x}}, {why: b, properties: {1: x}}]", "P1 stands there twice"),
        ("never_asked: [{why: a, properties: {}}]", "length"),
        ("never_asked: [{properties: {1: x}}]", "why"),
        ("asked: []", "asked"),
    ],
)
def test_a_broken_list_of_them_is_refused(tmp_path: Path, text: str, told: str) -> None:
    path = tmp_path / "never_asked.yaml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ConfigError, match=f"{re.escape(str(path))}.*{told}"):
        load_never_asked(path)


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
