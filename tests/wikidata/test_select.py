from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa

from pipeline.config import Select
from pipeline.schema import LABELS
from pipeline.wikidata.choice.classes import class_tree
from pipeline.wikidata.choice.countries import CountryRules
from pipeline.wikidata.choice.grounds import CultureRules
from pipeline.wikidata.choice.places import Places
from pipeline.wikidata.labels import LabelIndex
from pipeline.wikidata.select import Selection
from tests.wikidata.choice.statements import row

NONE = np.array([], np.int64)
COUNTRY_OF = {1: "kenya", 2: "japan"}
LABELLED = LabelIndex(
    pa.Table.from_pylist(
        [
            {"qid": 20, "language": "en", "label": "soup", "aliases": []},
            {"qid": 7, "language": "sw", "label": "supu", "aliases": ["mchuzi"]},
            {"qid": 7, "language": "en", "label": "the soup", "aliases": []},
        ],
        schema=LABELS,
    )
)
SELECTION = Selection(
    Select(domains=("food",)),
    CountryRules(COUNTRY_OF.values(), (495, 17), COUNTRY_OF, Places(NONE, NONE, COUNTRY_OF, 3)),
    CultureRules(
        class_tree(np.array([20]), np.array([10]), {"food": (10,), "craft": (90,)}, 4),
        class_tree(NONE, NONE, {"figure": ()}, 4),
        frozenset(),
        frozenset(),
    ),
    LABELLED,
)


def entity(*statements: dict[str, Any]) -> dict[str, Any]:
    fixed = {"qid": 7, "revision": 1, "dump_date": "2026-01-01", "num_sitelinks": 3}
    return {**fixed, "statements": list(statements)}


def test_a_concept_says_why_it_was_chosen() -> None:
    found = SELECTION.concept(entity(row(31, 20), row(17, 2), row(495, 1)))
    assert isinstance(found, dict)
    assert (found["country"], found["country_statement"], found["country_property"]) == ("kenya", "495$1", 495)
    assert (found["countries"], found["country_path"]) == (["kenya", "japan"], [1])
    assert (found["domain"], found["class_statement"], found["class_property"]) == ("food", "31$20", 31)
    assert found["class_path"] == [20, 10]
    assert (found["popularity"], found["num_own_labels"]) == ("tail", 2)


def test_a_concept_carries_labels_of_itself_and_of_every_value() -> None:
    found = SELECTION.concept(entity(row(31, 20), row(495, 1)))
    assert isinstance(found, dict)
    assert {label["language"]: label["aliases"] for label in found["labels"]} == {"en": [], "sw": ["mchuzi"]}
    by_property = {one["property"]: one["value_labels"] for one in found["statements"]}
    assert [label["label"] for label in by_property[31]] == ["soup"]
    assert by_property[495] == []


def test_what_is_not_selected_says_why() -> None:
    assert SELECTION.concept(entity(row(31, 20), row(495, 3))) == "other_country"
    assert SELECTION.concept(entity(row(31, 21), row(495, 1))) == "not_cultural"
    assert SELECTION.concept(entity(row(31, 90), row(495, 1))) == "other_domain"
