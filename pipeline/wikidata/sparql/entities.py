"""Solutions of the queries to entities in dump form.

What the RDF mapping does not keep is not there: the order of statements (here by property and GUID), months and days of
times less precise than a day (here 00), which wikis have a page (only how many), references.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import unquote

from pipeline.wikidata.sparql.service import Binding

_ENTITY = "http://www.wikidata.org/entity/"
_UNKNOWN = "/.well-known/genid/"
_DAY, _MONTH = 11, 10
_DATE = re.compile(r"(-?)(\d+)-(\d\d)-(\d\d)T.*")

Json = dict[str, Any]


def number_of(iri: str) -> int:
    """http://www.wikidata.org/entity/Q42 -> 42, of properties likewise."""
    return int(iri.rpartition("/")[2][1:])


def guid_of(iri: str) -> str:
    """http://www.wikidata.org/entity/statement/Q42-F078E5B3-... -> Q42$F078E5B3-..., as the dump writes it."""
    return iri.rpartition("/")[2].replace("-", "$", 1)


def entities_of(
    items: Iterable[int],
    statements: Iterable[Binding],
    qualifiers: Iterable[Binding] = (),
    terms: Iterable[Binding] = (),
    revisions: Iterable[Binding] = (),
) -> dict[int, Json]:
    """Item -> the entity in dump form, of items that a service knows anything of.

    Args:
        items: those that were asked for.
        statements: solutions of `statements_of`.
        qualifiers: of `qualifiers_of`.
        terms: of `terms_of`.
        revisions: of `revisions_of`.
    """
    made: dict[int, Json] = {}
    labels: dict[int, Json] = {}
    aliases: dict[int, dict[str, list[Json]]] = {}
    claims: dict[int, dict[str, Json]] = {}
    for row in statements:
        guid = guid_of(row["statement"]["value"])
        claims.setdefault(number_of(row["item"]["value"]), {})[guid] = {
            "mainsnak": _snak(row),
            "type": "statement",
            "id": guid,
            "rank": row["rank"]["value"].rpartition("#")[2].removesuffix("Rank").lower(),
        }
    of_claim = {guid: claim for own in claims.values() for guid, claim in own.items()}
    for row in sorted(qualifiers, key=lambda row: (number_of(row["property"]["value"]), _text(row))):
        snak = _snak(row)
        claim = of_claim.get(guid_of(row["statement"]["value"]))
        if claim is not None:
            claim.setdefault("qualifiers", {}).setdefault(snak["property"], []).append(snak)
    for row in terms:
        item, term = number_of(row["item"]["value"]), _term(row["term"])
        if row["is_label"]["value"] == "true":
            labels.setdefault(item, {})[term["language"]] = term
        else:
            aliases.setdefault(item, {}).setdefault(term["language"], []).append(term)
    told = {number_of(row["item"]["value"]): row for row in revisions}
    for item in items:
        if item in claims or item in labels or item in told:
            made[item] = {
                "type": "item",
                "id": f"Q{item}",
                "labels": labels.get(item, {}),
                "aliases": {
                    code: sorted(names, key=lambda name: str(name["value"]))
                    for code, names in aliases.get(item, {}).items()
                },
                "claims": _by_property(claims.get(item, {})),
                **_revision(told.get(item)),
            }
    return made


def _by_property(claims: Mapping[str, Json]) -> dict[str, list[Json]]:
    grouped: dict[str, list[Json]] = {}
    for guid in sorted(claims, key=lambda guid: (int(claims[guid]["mainsnak"]["property"][1:]), guid)):
        grouped.setdefault(claims[guid]["mainsnak"]["property"], []).append(claims[guid])
    return grouped


def _revision(row: Binding | None) -> Json:
    if row is None:
        return {"sitelinks": {}}
    # Only their number is known, and only it is used.
    sitelinks: Json = {f"site{number}": {} for number in range(int(row["sitelinks"]["value"]))}
    return {
        "sitelinks": sitelinks,
        "lastrevid": int(row["version"]["value"]) if "version" in row else None,
        "modified": row["modified"]["value"] if "modified" in row else None,
    }


def _term(literal: Mapping[str, str]) -> Json:
    return {"language": literal["xml:lang"], "value": literal["value"]}


def _text(row: Binding) -> str:
    return row.get("value", row.get("node", {})).get("value", "")


def _snak(row: Binding) -> Json:
    prop = f"P{number_of(row['property']['value'])}"
    if "none" in row:
        return {"snaktype": "novalue", "property": prop}
    found = _node(row) if "node" in row else _simple(row)
    if found is None:
        return {"snaktype": "somevalue", "property": prop}
    kind, value = found
    return {"snaktype": "value", "property": prop, "datavalue": {"type": kind, "value": value}}


def _node(row: Binding) -> tuple[str, Any] | None:
    """A time, a quantity or a place: what several triples say."""
    if "time" in row:
        precision = int(row["precision"]["value"])
        return "time", {
            "time": dump_time(row["time"]["value"], precision),
            "timezone": 0,
            "before": 0,
            "after": 0,
            "precision": precision,
            "calendarmodel": row["calendar"]["value"],
        }
    if "amount" in row:
        amount, unit = row["amount"]["value"], row["unit"]["value"]
        # Without a unit, the mapping points to Q199, the number one.
        return "quantity", {
            "amount": amount if amount.startswith(("+", "-")) else f"+{amount}",
            "unit": "1" if unit == f"{_ENTITY}Q199" else unit,
        }
    if "latitude" in row:
        return "globecoordinate", {
            "latitude": float(row["latitude"]["value"]),
            "longitude": float(row["longitude"]["value"]),
        }
    return None


def _simple(row: Binding) -> tuple[str, Any] | None:
    value = row.get("value")
    if value is None or value["type"] == "bnode" or _UNKNOWN in value["value"]:
        return None
    kind, text = row["type"]["value"].rpartition("#")[2], value["value"]
    if kind.startswith("Wikibase"):
        of = kind.removeprefix("Wikibase").lower()
        name = text.rpartition("/")[2]
        numeric = {"numeric-id": int(name[1:])} if name[1:].isdecimal() else {}
        return "wikibase-entityid", {"entity-type": of, **numeric, "id": name}
    if kind == "Monolingualtext":
        return "monolingualtext", {"text": text, "language": value["xml:lang"]}
    if kind in ("CommonsMedia", "GeoShape", "TabularData"):
        # An address whose last part is the page's title; titles may hold slashes.
        text = unquote(re.sub(r"^https?://commons\.wikimedia\.org/(wiki/Special:FilePath|data/main)/", "", text))
    return "string", text


def dump_time(date: str, precision: int) -> str:
    """A date of XML Schema 1.1, where year 0 is 1 BCE, as Wikidata writes it, where it is -0001.

    >>> dump_time("-0469-01-01T00:00:00Z", 9)
    '-0470-00-00T00:00:00Z'
    """
    found = _DATE.fullmatch(date)
    if found is None:
        return date
    sign, digits, month, day = found.groups()
    year = -int(digits) if sign else int(digits)
    year = year - 1 if year <= 0 else year
    month, day = (month if precision >= _MONTH else "00"), (day if precision >= _DAY else "00")
    return f"{'-' if year < 0 else '+'}{abs(year):04}-{month}-{day}T00:00:00Z"
