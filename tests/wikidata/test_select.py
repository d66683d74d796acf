from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline import vocabulary
from pipeline.schema import ENTITIES, LABELS
from pipeline.wikidata.choice.classes import class_tree
from pipeline.wikidata.choice.countries import CountryRules
from pipeline.wikidata.choice.grounds import CultureRules
from pipeline.wikidata.choice.places import Places
from pipeline.wikidata.labels import LabelIndex, grouped_by_item
from pipeline.wikidata.select import Choice, Selection, SelectStage
from pipeline.wikidata.settings import Extract, Select
from tests.wikidata.choice.statements import row

NONE = np.array([], np.int64)
COUNTRY_OF = {1: "kenya", 2: "japan"}
LABELLED = LabelIndex(
    grouped_by_item(
        pa.Table.from_pylist(
            [
                {"qid": 20, "language": "en", "label": "soup", "aliases": []},
                {"qid": 7, "language": "sw", "label": "supu", "aliases": ["mchuzi"]},
                {"qid": 7, "language": "en", "label": "the soup", "aliases": []},
            ],
            schema=LABELS,
        )
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


def entities(*of_each: list[dict[str, Any]]) -> pa.Table:
    """Rows of `entities`, the first Q7, with these statements."""
    whole = {"rank": "normal", "snaktype": "value"}
    rows = [
        {
            "qid": 7 + place,
            "dump_date": "2026-01-01",
            "num_sitelinks": 3,
            "statements": [{**one, **whole} for one in own],
        }
        for place, own in enumerate(of_each)
    ]
    return pa.Table.from_pylist(rows, schema=ENTITIES)


def concepts(*of_each: list[dict[str, Any]]) -> list[dict[str, Any]]:
    table = entities(*of_each)
    choices = SELECTION.choices(table)
    assert all(isinstance(choice, Choice) for choice in choices)
    made = SELECTION.concepts(table, choices)
    made.validate(full=True)
    return made.to_pylist()


def test_a_concept_says_why_it_was_chosen() -> None:
    [found] = concepts([row(31, 20), row(17, 2), row(495, 1)])
    assert (found["qid"], found["dump_date"], found["num_sitelinks"]) == (7, "2026-01-01", 3)
    assert (found["country"], found["country_statement"], found["country_property"]) == ("kenya", "495$1", 495)
    assert (found["countries"], found["country_path"]) == (["kenya", "japan"], [1])
    assert (found["domain"], found["class_statement"], found["class_property"]) == ("food", "31$20", 31)
    assert found["class_path"] == [20, 10]
    assert (found["popularity"], found["num_own_labels"]) == ("tail", 2)


def test_a_concept_carries_labels_of_itself_and_of_every_value() -> None:
    first, second = concepts([row(31, 20), row(495, 1), row(571, None)], [row(495, 2), row(279, 20), row(31, 7)])
    assert {label["language"]: label["aliases"] for label in first["labels"]} == {"en": [], "sw": ["mchuzi"]}
    assert second["labels"] == []
    named = [
        [[label["label"] for label in one["value_labels"]] for one in own["statements"]] for own in (first, second)
    ]
    assert named == [[["soup"], [], []], [[], ["soup"], ["supu", "the soup"]]]
    assert [one["statement_id"] for one in second["statements"]] == ["495$2", "279$20", "31$7"]


def test_what_is_not_selected_says_why() -> None:
    table = entities([row(31, 20), row(495, 3)], [row(31, 21), row(495, 1)], [row(31, 90), row(495, 1)], [])
    assert SELECTION.choices(table) == ["other_country", "not_cultural", "other_domain", "other_country"]


@pytest.mark.parametrize("which", ["domains", "countries"])
def test_another_vocabulary_is_another_stage(monkeypatch: pytest.MonkeyPatch, which: str) -> None:
    stage = SelectStage(Select(), Extract(dump=("unused",), dump_date="2026-01-01"))
    before, known = stage.deciding(), getattr(vocabulary, which)()
    monkeypatch.setattr(vocabulary, which, lambda: dict(reversed(known.items())))
    assert stage.deciding() != before


@given(st.lists(st.integers(1, 6), max_size=20), st.lists(st.integers(0, 8), max_size=20))
def test_labels_are_joined_as_a_lookup_in_a_dict_would_join_them(labelled: list[int], wanted: list[int]) -> None:
    rows = [
        {"qid": qid, "language": f"l{place:02}", "label": f"{qid}-{place}", "aliases": ["a"] * (place % 3)}
        for place, qid in enumerate(labelled)
    ]
    by_item: dict[int, list[dict[str, Any]]] = {}
    for one in rows:
        by_item.setdefault(one["qid"], []).append({name: one[name] for name in ("language", "label", "aliases")})
    index = LabelIndex(grouped_by_item(pa.Table.from_pylist(rows, schema=LABELS)))
    joined = index.of(np.array(wanted, np.int64))
    joined.validate(full=True)
    assert joined.to_pylist() == [by_item.get(qid, []) for qid in wanted]
