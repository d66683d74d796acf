from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.questions.concept import Concept
from pipeline.questions.families import Family
from pipeline.questions.living_people import FILE, may_be_alive, sensitive_properties, withheld
from pipeline.questions.templates import Catalogue
from pipeline.questions.values import Fact, SkipReason, statement_fact
from pipeline.wikidata.columns import EntityColumns
from pipeline.wikidata.decode import decode
from tests.kit.real_input import ABSENT, DUMPS, SHARED
from tests.questions.rows import concept, item, statement, time
from tests.wikidata.dumps import lines_of

HUMAN = item("human", 31, 5)
DEATH = time("death", 570, "+1989-01-23T00:00:00Z", 11)


def test_the_list_names_each_property_once_with_a_reason() -> None:
    with FILE.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))
    assert len({row["property"] for row in rows}) == len(rows)
    assert all(row["property"].isdecimal() and row["name"] and row["why"] for row in rows)
    # Those that a data set must not be without, whatever else is in the list.
    assert {140, 172, 91, 21, 1050, 102, 1142, 1399} <= sensitive_properties().keys()


@pytest.mark.parametrize(
    ("statements", "alive"),
    [
        ([HUMAN], True),
        ([HUMAN, DEATH], False),
        ([DEATH, HUMAN], False),
        ([HUMAN, statement("death", 570, snaktype="somevalue")], False),
        ([HUMAN, statement("death", 570, snaktype="novalue")], True),
        ([HUMAN, {**DEATH, "rank": "deprecated", "best": False}], True),
        ([item("temple", 31, 44539)], False),
        ([{**HUMAN, "rank": "deprecated", "best": False}], False),
        ([{**HUMAN, "best": False}, item("saint", 31, 43115, rank="preferred")], True),
        ([], False),
    ],
)
def test_who_may_be_alive(statements: list[dict[str, Any]], alive: bool) -> None:
    assert may_be_alive(statements) is alive


@given(st.sets(st.integers(1, 2000)), st.booleans(), st.booleans())
def test_only_sensitive_properties_of_who_may_be_alive_are_withheld(
    properties: set[int], is_human: bool, is_dead: bool
) -> None:
    statements = [*([HUMAN] if is_human else []), *([DEATH] if is_dead else [])]
    kept_back = withheld(statements, properties)
    assert kept_back == (properties & sensitive_properties().keys() if is_human and not is_dead else set())


def family(*properties: int) -> Family:
    return Family("asked", "", properties, "item", properties, "same_domain", frozenset(), False, frozenset())


@pytest.mark.parametrize("domain", ["figure", "monument", "literature"])
def test_the_rule_holds_in_any_domain_and_ends_with_a_death(domain: str) -> None:
    alive = Concept.of(concept(1, [HUMAN, item("belief", 140, 7)], domain=domain))
    dead = Concept.of(concept(1, [HUMAN, DEATH, item("belief", 140, 7)], domain=domain))
    assert statement_fact(alive, family(140)) == SkipReason.LIVING_PERSON
    assert isinstance(statement_fact(dead, family(140)), Fact)


def test_a_family_asks_its_other_property_where_the_first_is_withheld() -> None:
    alive = Concept.of(concept(1, [HUMAN, item("belief", 140, 7), item("trade", 106, 8)]))
    fact = statement_fact(alive, family(140, 106))
    assert isinstance(fact, Fact)
    assert (fact.property, [value.qid for value in fact.values]) == (106, [8])


def _people() -> Iterator[Concept]:
    """Real humans, with what a concept has besides."""
    for line in lines_of(DUMPS["gz"]):
        columns = EntityColumns("2026-01-05")
        columns.add(decode(line))
        (row,) = columns.table().to_pylist()
        statements = [one | {"value_labels": []} for one in row["statements"]]
        if any(one["property"] == 31 and one["qid"] == 5 for one in statements):
            yield Concept.of(concept(row["qid"], statements, domain="figure"))


@pytest.mark.shared
@pytest.mark.skipif(not SHARED.is_dir(), reason=ABSENT)
def test_of_real_people_the_living_keep_to_themselves_what_of_the_dead_is_asked(catalogue: Catalogue) -> None:
    """162 humans; P570 of the raw JSON is the other way to know who is dead."""
    raw = {json.loads(line)["id"]: json.loads(line).get("claims") or {} for line in lines_of(DUMPS["gz"])}
    asked = [family(number) for number in sensitive_properties()]
    asked += [replace(one, domains=frozenset()) for one in catalogue.families if one.answer != "entity"]
    told: dict[bool, int] = {True: 0, False: 0}
    held_back = 0
    for person in _people():
        dead = "P570" in raw[f"Q{person.qid}"]
        facts = [statement_fact(person, one) for one in asked]
        found = [fact for fact in facts if isinstance(fact, Fact) and fact.property in sensitive_properties()]
        told[dead] += len(found)
        held_back += facts.count(SkipReason.LIVING_PERSON)
    assert told[False] == 0
    assert told[True] > 30
    assert held_back > 30
