from __future__ import annotations

import json
from typing import Any

import msgspec
import pytest

from tests.wikidata import plain_rows as entity
from tests.wikidata.dumps import entity_line, item, statement


def decoded(**claims: Any) -> Any:
    return entity.decode(entity_line(7, label="seven", claims=claims))


def test_best_rank_is_preferred_else_normal_never_deprecated() -> None:
    found = decoded(
        P17=[
            statement("P17", item(1), "wikibase-entityid", "normal", "a"),
            statement("P17", item(2), "wikibase-entityid", "preferred", "b"),
            statement("P17", item(3), "wikibase-entityid", "deprecated", "c"),
        ],
        P31=[
            statement("P31", item(4), "wikibase-entityid", "normal", "d"),
            statement("P31", item(5), "wikibase-entityid", "deprecated", "e"),
        ],
        P571=[statement("P571", item(6), "wikibase-entityid", "deprecated", "f")],
    )
    best = {row["statement_id"] for row in entity.statements(found) if row["best"]}
    assert best == {"b", "d"}


def test_every_value_type_keeps_what_it_says() -> None:
    time = {
        "time": "+1889-03-31T00:00:00Z",
        "precision": 11,
        "calendarmodel": "http://www.wikidata.org/entity/Q1985727",
    }
    quantity = {"amount": "+330.5", "unit": "http://www.wikidata.org/entity/Q11573"}
    found = decoded(
        P571=[statement("P571", time, "time")],
        P2048=[statement("P2048", quantity, "quantity")],
        P1082=[statement("P1082", {"amount": "+3", "unit": "1"}, "quantity")],
        P625=[statement("P625", {"latitude": 48.5, "longitude": 2.25}, "globecoordinate")],
        P1448=[statement("P1448", {"text": "მაღალი", "language": "ka"}, "monolingualtext")],
        P18=[statement("P18", "Tower.jpg", "string")],
        P1855=[statement("P1855", {"entity-type": "property", "numeric-id": 6, "id": "P6"}, "wikibase-entityid")],
    )
    rows = {row["property"]: row for row in entity.statements(found)}
    assert (rows[571]["time"], rows[571]["time_precision"], rows[571]["calendar"]) == (time["time"], 11, 1985727)
    assert (rows[2048]["amount"], rows[2048]["unit"]) == ("+330.5", 11573)
    assert rows[1082]["unit"] is None
    assert (rows[625]["latitude"], rows[625]["longitude"]) == (48.5, 2.25)
    assert (rows[1448]["text"], rows[1448]["language"]) == ("მაღალი", "ka")
    assert rows[18]["text"] == "Tower.jpg"
    assert rows[1855]["qid"] is None, "a property is not an item"


def test_old_and_odd_forms() -> None:
    old = {"id": "Q7", "type": "item", "labels": [], "aliases": [], "sitelinks": [], "claims": []}
    found = entity.decode(json.dumps(old).encode())
    assert entity.statements(found) == []
    assert entity.labels(found, {"en"}) == []
    numeric = decoded(P31=[statement("P31", {"entity-type": "item", "numeric-id": 42}, "wikibase-entityid")])
    assert entity.statements(numeric)[0]["qid"] == 42
    snak = {"snaktype": "somevalue", "property": "P170"}
    unknown = decoded(P170=[{"mainsnak": snak, "id": "x", "rank": "normal", "qualifiers": []}])
    row = entity.statements(unknown)[0]
    assert (row["snaktype"], row["type"], row["qid"]) == ("somevalue", None, None)


def test_a_statement_without_guid_is_counted_not_used() -> None:
    anonymous = statement("P31", item(1), "wikibase-entityid")
    anonymous["id"] = ""
    found = decoded(P31=[anonymous, statement("P31", item(2), "wikibase-entityid", "normal", "g")])
    assert [row["qid"] for row in entity.statements(found)] == [2]
    assert entity.num_anonymous(found) == 1


def test_labels_keep_wanted_languages_in_nfc() -> None:
    raw = {
        "id": "Q9",
        "labels": {
            "mul": {"language": "mul", "value": "Café"},
            "xx": {"language": "xx", "value": "no"},
            "vi": {"language": "vi", "value": "  "},
        },
        "aliases": {"mul": [{"language": "mul", "value": "Cafe"}]},
    }
    rows = entity.labels(entity.decode(json.dumps(raw).encode()), {"mul", "vi"})
    assert rows == [{"qid": 9, "language": "mul", "label": "Caf\u00e9", "aliases": ["Cafe"]}]


@pytest.mark.parametrize(
    ("claims", "reason"),
    [
        ({}, "no_picture"),
        ({"P18": [("x.jpg", "string", "normal")]}, "no_country"),
        ({"P18": [("x.jpg", "string", "deprecated")], "P17": [(item(1), "wikibase-entityid", "normal")]}, "no_picture"),
        ({"P18": [("x.jpg", "string", "normal")], "P495": [(item(1), "wikibase-entityid", "normal")]}, None),
    ],
)
def test_a_candidate_has_a_picture_and_a_country(claims: dict[str, Any], reason: str | None) -> None:
    found = decoded(**{
        prop: [statement(prop, value, kind, rank) for value, kind, rank in values] for prop, values in claims.items()
    })  # fmt: skip
    assert entity.candidate_reason(entity.statements(found), (18,), (17, 495)) == reason


@pytest.mark.parametrize("line", [b"{", b"[]", b'{"type": "item"}', b'"Q1"', b"\xff"])
def test_what_is_no_entity_does_not_decode(line: bytes) -> None:
    with pytest.raises((msgspec.DecodeError, UnicodeDecodeError)):
        entity.decode(line)
