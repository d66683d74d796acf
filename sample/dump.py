"""Entities of the sample as a Wikidata JSON dump: the same keys, the same escapes, the same gzip members.

Format: https://doc.wikimedia.org/Wikibase/master/php/docs_topics_json.html. The real .gz is a concatenation of
independent members: `[` and newline, batches of entities, separators of their own, newline and `]`.
"""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterable, Sequence
from typing import Any

import xxhash

from sample.snaks import DATATYPES, ITEM, QUANTITY, TEXT, TIME, Quantity, Snak, Text, Time
from sample.tables import Entity, Statement

ENTITIES_PER_MEMBER = 10
_WIKIDATA = "http://www.wikidata.org/entity/"
_FIRST_REVISION = 1


def dump_lines(entities: Iterable[Entity], modified: str) -> list[bytes]:
    """One line of ASCII JSON per entity, without separators. `modified` is the time of the revision, ISO 8601."""
    return [_escaped(entity_json(entity, modified)) for entity in entities]


def plain(lines: Sequence[bytes]) -> bytes:
    """The dump as a JSON array, an entity a line."""
    return b"[\n" + b",\n".join(lines) + b"\n]\n"


def gzip_members(lines: Sequence[bytes]) -> bytes:
    """The same bytes compressed, laid out in members as the real dump is."""
    parts = [b"[\n"]
    for start in range(0, len(lines), ENTITIES_PER_MEMBER):
        parts += [b",\n"] if start else []
        parts.append(b",\n".join(lines[start : start + ENTITIES_PER_MEMBER]))
    parts.append(b"\n]\n")
    return b"".join(gzip.compress(part, mtime=0) for part in parts)


def entity_json(entity: Entity, modified: str) -> dict[str, Any]:
    """One entity in dump form."""
    is_item = entity.id.startswith("Q")
    claims: dict[str, list[Any]] = {}
    for statement in entity.statements:
        claims.setdefault(statement.snak.property, []).append(_claim(entity.id, statement))
    return {
        "type": "item" if is_item else "property",
        **({} if is_item else {"datatype": DATATYPES[entity.id]}),
        "id": entity.id,
        "labels": {code: _term(code, label) for code, label in entity.labels.items()},
        "descriptions": {},
        "aliases": {code: [_term(code, name) for name in names] for code, names in entity.aliases.items()},
        "claims": claims,
        # Only their number is used; the sample knows it for some entities and names no pages.
        "sitelinks": {f"sample{number}": {"site": f"sample{number}"} for number in range(entity.num_sitelinks)},
        "lastrevid": _FIRST_REVISION,
        "modified": modified,
    }


def statement_id(entity_id: str, statement: Statement) -> str:
    """A GUID in Wikidata's form that depends on the statement alone, so that editing another one does not move it."""
    text = json.dumps(_snak(statement.snak), sort_keys=True)
    return f"{entity_id}$sample-{statement.snak.property}-{xxhash.xxh3_64_hexdigest(text.encode())}"


def _escaped(value: object) -> bytes:
    return json.dumps(value, separators=(",", ":"), ensure_ascii=True).replace("/", "\\/").encode("ascii")


def _term(code: str, text: str) -> dict[str, str]:
    return {"language": code, "value": text}


def _claim(entity_id: str, statement: Statement) -> dict[str, Any]:
    qualifiers: dict[str, list[Any]] = {}
    for snak in statement.qualifiers:
        qualifiers.setdefault(snak.property, []).append(_snak(snak))
    return {
        "mainsnak": _snak(statement.snak),
        "type": "statement",
        **({"qualifiers": qualifiers, "qualifiers-order": list(qualifiers)} if qualifiers else {}),
        "id": statement_id(entity_id, statement),
        "rank": statement.rank,
    }


def _snak(snak: Snak) -> dict[str, Any]:
    written: dict[str, Any] = {"snaktype": snak.snaktype, "property": snak.property, "datatype": snak.datatype}
    if isinstance(snak.value, Time):
        written["datavalue"] = {"value": _time(snak.value), "type": TIME}
    elif isinstance(snak.value, Quantity):
        unit = "1" if snak.value.unit is None else f"{_WIKIDATA}{snak.value.unit}"
        written["datavalue"] = {"value": {"amount": f"+{snak.value.amount}", "unit": unit}, "type": QUANTITY}
    elif isinstance(snak.value, Text):
        text = {"text": snak.value.text, "language": snak.value.language}
        written["datavalue"] = {"value": text, "type": TEXT}
    elif snak.value is not None and snak.datatype == ITEM:
        number = int(snak.value[1:])
        item = {"entity-type": "item", "numeric-id": number, "id": snak.value}
        written["datavalue"] = {"value": item, "type": "wikibase-entityid"}
    elif snak.value is not None:
        written["datavalue"] = {"value": snak.value, "type": "string"}
    return written


def _time(value: Time) -> dict[str, Any]:
    return {
        "time": value.time,
        "timezone": 0,
        "before": 0,
        "after": 0,
        "precision": value.precision,
        "calendarmodel": f"{_WIKIDATA}{value.calendar}",
    }
