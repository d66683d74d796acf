from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa

from pipeline.schema import LABELS
from pipeline.wikidata.classes import class_tree
from pipeline.wikidata.labels import LabelIndex
from pipeline.wikidata.select import Selection, classes_of, concept, countries_of

TREE = class_tree(np.array([20]), np.array([10]), {"food": (10,), "craft": (90,)}, 4)
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
SELECTION = Selection({1: "kenya", 2: "japan"}, (495, 17), frozenset({"food"}))


def row(prop: int, qid: int | None, *, best: bool = True, guid: str = "") -> dict[str, Any]:
    return {"property": prop, "qid": qid, "best": best, "statement_id": guid or f"{prop}${qid}"}


def entity(*statements: dict[str, Any]) -> dict[str, Any]:
    fixed = {"qid": 7, "revision": 1, "dump_date": "2026-01-01", "num_sitelinks": 3}
    return {**fixed, "statements": list(statements)}


def test_countries_come_in_the_order_of_trust_once_each() -> None:
    statements = [row(17, 2), row(495, 1), row(17, 1), row(495, 3), row(17, 2, best=False), row(495, None)]
    assert countries_of(statements, SELECTION) == [("kenya", "495$1"), ("japan", "17$2")]


def test_classes_are_instance_of_then_subclass_of() -> None:
    assert classes_of([row(279, 3), row(31, 4), row(31, 5, best=False), row(31, None)]) == [4, 3]


def test_a_concept_carries_labels_of_itself_and_of_every_value() -> None:
    found = concept(entity(row(31, 20), row(495, 1)), SELECTION, TREE, LABELLED)
    assert isinstance(found, dict)
    assert (found["country"], found["country_statement"]) == ("kenya", "495$1")
    assert (found["domain"], found["class_path"]) == ("food", [20, 10])
    assert {label["language"]: label["aliases"] for label in found["labels"]} == {"en": [], "sw": ["mchuzi"]}
    by_property = {one["property"]: one["value_labels"] for one in found["statements"]}
    assert [label["label"] for label in by_property[31]] == ["soup"]
    assert by_property[495] == []


def test_what_is_not_selected_says_why() -> None:
    assert concept(entity(row(31, 20), row(495, 3)), SELECTION, TREE, LABELLED) == "other_country"
    assert concept(entity(row(31, 21), row(495, 1)), SELECTION, TREE, LABELLED) == "not_cultural"
    assert concept(entity(row(31, 90), row(495, 1)), SELECTION, TREE, LABELLED) == "other_domain"
