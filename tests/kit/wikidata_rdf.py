"""Entities in dump form to triples in Wikidata's RDF mapping, as far as questions to a service go.

Written from https://www.mediawiki.org/wiki/Wikibase/Indexing/RDF_Dump_Format, apart from the code that reads it back.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator
from typing import Any
from urllib.parse import quote

WD, WDT = "http://www.wikidata.org/entity/", "http://www.wikidata.org/prop/direct/"
ONTOLOGY, XSD = "http://wikiba.se/ontology#", "http://www.w3.org/2001/XMLSchema#"
RDF_TYPE = "<http://www.w3.org/1999/02/22-rdf-syntax-ns#type>"
PROP, NOVALUE = "http://www.wikidata.org/prop/", "http://www.wikidata.org/prop/novalue/"
TYPES = {
    "wikibase-entityid": "WikibaseItem", "string": "String", "time": "Time", "quantity": "Quantity",
    "globecoordinate": "GlobeCoordinate", "monolingualtext": "Monolingualtext",
}  # fmt: skip
DATATYPES = {
    "commonsMedia": "CommonsMedia", "external-id": "ExternalId", "url": "Url", "wikibase-property": "WikibaseProperty",
    "geo-shape": "GeoShape", "tabular-data": "TabularData", "math": "Math",
}  # fmt: skip


def triples(entities: Iterable[dict[str, Any]]) -> bytes:
    """N-Triples of entities and of the properties that they use."""
    lines: list[str] = []
    properties: dict[str, str] = {}
    for entity in entities:
        if entity["id"].startswith("Q"):
            lines += _entity(entity, properties)
    for prop, kind in properties.items():
        lines += _property(prop, kind)
    return "\n".join([*dict.fromkeys(lines), ""]).encode()


def _entity(entity: dict[str, Any], properties: dict[str, str]) -> Iterator[str]:
    item = f"<{WD}{entity['id']}>"
    for label in _values(entity.get("labels")):
        yield f"{item} <http://www.w3.org/2000/01/rdf-schema#label> {_text(label['value'], label['language'])} ."
    for aliases in _values(entity.get("aliases")):
        for alias in aliases:
            yield f"{item} <http://www.w3.org/2004/02/skos/core#altLabel> {_text(alias['value'], alias['language'])} ."
    yield f"{item} <{ONTOLOGY}sitelinks> {_typed(len(entity.get('sitelinks') or {}), 'integer')} ."
    if entity.get("lastrevid") is not None:
        yield f"{item} <http://schema.org/version> {_typed(entity['lastrevid'], 'integer')} ."
    if entity.get("modified") is not None:
        yield f"{item} <http://schema.org/dateModified> {_typed(entity['modified'], 'dateTime')} ."
    for claims in _values(entity.get("claims")):
        ranks = {claim["rank"] for claim in claims}
        best = "preferred" if "preferred" in ranks else "normal"
        for claim in claims:
            if claim.get("id"):
                yield from _claim(item, claim, claim["rank"] == best, properties)


def _claim(item: str, claim: dict[str, Any], is_best: bool, properties: dict[str, str]) -> Iterator[str]:
    statement = f"<{WD}statement/{claim['id'].replace('$', '-')}>"
    prop = claim["mainsnak"]["property"]
    yield f"{item} <{PROP}{prop}> {statement} ."
    yield f"{statement} <{ONTOLOGY}rank> <{ONTOLOGY}{claim['rank'].title()}Rank> ."
    if is_best and claim["mainsnak"]["snaktype"] == "value":
        yield f"{item} <{WDT}{prop}> {_object(claim['mainsnak'])} ."
    yield from _snak(statement, claim["mainsnak"], "statement", properties)
    for snaks in _values(claim.get("qualifiers")):
        for snak in snaks:
            yield from _snak(statement, snak, "qualifier", properties)


def _snak(statement: str, snak: dict[str, Any], role: str, properties: dict[str, str]) -> Iterator[str]:
    prop = snak["property"]
    kind = DATATYPES.get(snak.get("datatype", ""), TYPES.get(snak.get("datavalue", {}).get("type", ""), ""))
    if kind:
        properties[prop] = kind
    else:
        properties.setdefault(prop, "String")
    if snak["snaktype"] == "novalue":
        yield f"{statement} {RDF_TYPE} <{NOVALUE}{prop}> ."
        return
    yield f"{statement} <{PROP}{role}/{prop}> {_object(snak)} ."
    if snak["snaktype"] == "value" and snak["datavalue"]["type"] in ("time", "quantity", "globecoordinate"):
        value = snak["datavalue"]["value"]
        digest = hashlib.sha1(json.dumps(value, sort_keys=True).encode(), usedforsecurity=False).hexdigest()
        node = f"<http://www.wikidata.org/value/{digest}>"
        yield f"{statement} <{PROP}{role}/value/{prop}> {node} ."
        yield from _node(node, snak["datavalue"]["type"], value)


def _node(node: str, kind: str, value: dict[str, Any]) -> Iterator[str]:
    if kind == "time":
        yield f"{node} <{ONTOLOGY}timeValue> {_typed(_xsd_time(value['time']), 'dateTime')} ."
        yield f"{node} <{ONTOLOGY}timePrecision> {_typed(value['precision'], 'integer')} ."
        yield f"{node} <{ONTOLOGY}timeCalendarModel> <{value['calendarmodel']}> ."
    elif kind == "quantity":
        unit = f"{WD}Q199" if value["unit"] == "1" else value["unit"]
        yield f"{node} <{ONTOLOGY}quantityAmount> {_typed(value['amount'], 'decimal')} ."
        yield f"{node} <{ONTOLOGY}quantityUnit> <{unit}> ."
    else:
        yield f"{node} <{ONTOLOGY}geoLatitude> {_typed(value['latitude'], 'double')} ."
        yield f"{node} <{ONTOLOGY}geoLongitude> {_typed(value['longitude'], 'double')} ."


def _object(snak: dict[str, Any]) -> str:
    if snak["snaktype"] != "value":
        digest = hashlib.sha1(json.dumps(snak).encode(), usedforsecurity=False).hexdigest()
        return f"<http://www.wikidata.org/.well-known/genid/{digest}>"
    kind, value = snak["datavalue"]["type"], snak["datavalue"]["value"]
    if kind == "wikibase-entityid":
        name = value.get("id") or f"Q{value['numeric-id']}"
        return f"<{WD}{name}>"
    if kind == "monolingualtext":
        return _text(value["text"], value["language"])
    if kind == "time":
        return _typed(_xsd_time(value["time"]), "dateTime")
    if kind == "quantity":
        return _typed(value["amount"], "decimal")
    if kind == "globecoordinate":
        return _text(f"Point({value['longitude']} {value['latitude']})")
    if snak.get("datatype") == "commonsMedia":
        return f"<http://commons.wikimedia.org/wiki/Special:FilePath/{quote(value)}>"
    return _text(value)


def _property(prop: str, kind: str) -> Iterator[str]:
    subject = f"<{WD}{prop}>"
    yield f"{subject} <{ONTOLOGY}propertyType> <{ONTOLOGY}{kind}> ."
    for name, path in (
        ("claim", ""), ("statementProperty", "statement/"), ("statementValue", "statement/value/"),
        ("qualifier", "qualifier/"), ("qualifierValue", "qualifier/value/"), ("novalue", "novalue/"),
    ):  # fmt: skip
        yield f"{subject} <{ONTOLOGY}{name}> <{PROP}{path}{prop}> ."


def _xsd_time(time: str) -> str:
    """XML Schema 1.1 has a year 0, and neither month nor day 00."""
    sign, rest = time[0], time[1:]
    year, month, day = rest.partition("T")[0].rsplit("-", 2)
    number = -int(year) + 1 if sign == "-" else int(year)
    written = f"-{-number:04}" if number < 0 else f"{number:04}"
    return f"{written}-{month if month != '00' else '01'}-{day if day != '00' else '01'}T00:00:00Z"


def _values(mapping: dict[str, Any] | list[Any] | None) -> Iterable[Any]:
    return mapping.values() if isinstance(mapping, dict) else ()


def _text(text: str, language: str | None = None) -> str:
    # JSON's escapes are N-Triples' too, once surrogates are written out.
    written = json.dumps(text, ensure_ascii=False).replace("\\/", "/")
    # Old codes with longer parts (zh-classical) are no language tags; none is of a language that is kept.
    return f"{written}@{language.replace('classical', 'x-old')}" if language else written


def _typed(value: object, kind: str) -> str:
    return f'"{value}"^^<{XSD}{kind}>'
