"""A decoded entity as rows, written to be read and not for speed: `extract` is compared with it."""

from __future__ import annotations

import unicodedata
from collections.abc import Collection, Mapping
from typing import Any

import msgspec

from pipeline.wikidata.decode import RANKS, Claim, DumpEntity, Snak, number

Row = dict[str, Any]


class Term(msgspec.Struct):
    """A label or an alias."""

    language: str
    value: str


class LabelledEntity(DumpEntity):
    """An entity with all that any part of the project reads."""

    labels: dict[str, Term] | list[Any] = msgspec.field(default_factory=dict)
    aliases: dict[str, list[Term]] | list[Any] = msgspec.field(default_factory=dict)


def decode(line: bytes) -> LabelledEntity:
    """A line, decoded whole."""
    return msgspec.json.decode(line, type=LabelledEntity)


def statements(entity: DumpEntity) -> list[Row]:
    """All statements in the order of the dump, those of the best rank of each property marked.

    A property's best rank is preferred where it has such a statement, else normal; deprecated is never best.
    Statements without a GUID are left out: `num_anonymous` counts them.
    """
    rows: list[Row] = []
    for prop, claims in _items(entity.claims):
        ranks = {claim.rank for claim in claims}
        best = next((rank for rank in RANKS if rank in ranks), None)
        rows += [_statement(prop, claim, claim.id, best) for claim in claims if claim.id]
    return rows


def num_anonymous(entity: DumpEntity) -> int:
    """Statements without a GUID."""
    return sum(not claim.id for _, claims in _items(entity.claims) for claim in claims)


def labels(entity: LabelledEntity, languages: Collection[str]) -> list[Row]:
    """One row for each wanted language that has a label; text in NFC."""
    aliases = dict(_items(entity.aliases))
    return [
        {
            "qid": number(entity.id),
            "language": language,
            "label": _nfc(term.value),
            "aliases": [_nfc(alias.value) for alias in aliases.get(language, ())],
        }
        for language, term in _items(entity.labels)
        if language in languages and term.value.strip()
    ]


def edges(entity: DumpEntity, rows: list[Row], properties: Collection[int]) -> list[Row]:
    """The entity's statements that link it to items by the given properties."""
    return [
        {"subject": number(entity.id), "property": row["property"], "object": row["qid"], "rank": row["rank"]}
        for row in rows
        if row["property"] in properties and row["qid"] is not None
    ]


def candidate_reason(rows: list[Row], pictures: Collection[int], countries: Collection[int]) -> str | None:
    """Why an item cannot become a concept, or None if it has a picture and a country."""
    best = [row for row in rows if row["best"] and row["snaktype"] == "value"]
    if not any(row["property"] in pictures for row in best):
        return "no_picture"
    if not any(row["property"] in countries and row["qid"] is not None for row in best):
        return "no_country"
    return None


def _items(mapping: Mapping[str, Any] | list[Any]) -> list[tuple[str, Any]]:
    return list(mapping.items()) if isinstance(mapping, Mapping) else []


def _nfc(text: str) -> str:
    return unicodedata.normalize("NFC", text)


def _statement(prop: str, claim: Claim, guid: str, best: str | None) -> Row:
    qualifiers = [
        {"property": number(name), **_value(snak)} for name, snaks in _items(claim.qualifiers) for snak in snaks
    ]
    return {
        "statement_id": guid,
        "property": number(prop),
        "rank": claim.rank,
        "best": claim.rank == best,
        **_value(claim.mainsnak),
        "qualifiers": qualifiers,
    }


def _value(snak: Snak) -> Row:
    row: Row = dict.fromkeys(
        ("type", "qid", "text", "language", "time", "time_precision", "calendar", "amount", "unit", "latitude",
         "longitude")
    )  # fmt: skip
    row["snaktype"] = snak.snaktype
    if snak.datavalue is None:
        return row
    kind, value = snak.datavalue.type, snak.datavalue.value
    row["type"] = kind
    if kind == "wikibase-entityid":
        # Old revisions have only numeric-id; lexemes, forms and properties are not items.
        if value.get("entity-type", "item") == "item":
            row["qid"] = value["numeric-id"] if "numeric-id" in value else number(value["id"])
    elif kind == "string":
        row["text"] = value
    elif kind == "monolingualtext":
        row["text"], row["language"] = value["text"], value["language"]
    elif kind == "time":
        row["time"], row["time_precision"] = value["time"], value["precision"]
        row["calendar"] = _item_of(value["calendarmodel"])
    elif kind == "quantity":
        row["amount"], row["unit"] = value["amount"], _item_of(value["unit"])
    elif kind == "globecoordinate":
        row["latitude"], row["longitude"] = value["latitude"], value["longitude"]
    return row


def _item_of(address: str) -> int | None:
    """http://www.wikidata.org/entity/Q1985727 -> 1985727; the unit "1" is none."""
    name = address.rpartition("/")[2]
    return number(name) if name[:1] == "Q" else None
