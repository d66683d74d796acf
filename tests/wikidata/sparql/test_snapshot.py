"""What comes from a service is what comes from the dump, for the same entities."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from pipeline.config import DOMAIN_KEYS
from pipeline.errors import InputError
from pipeline.wikidata.choice.rules import country_rules, culture_rules
from pipeline.wikidata.extract import Extraction
from pipeline.wikidata.labels import LabelIndex, grouped_by_item
from pipeline.wikidata.select import Choice, Selection
from pipeline.wikidata.settings import Extract, Select
from pipeline.wikidata.sparql.service import Service
from pipeline.wikidata.sparql.snapshot import Snapshot
from sample.build import BuiltSample
from tests.kit.real_input import ABSENT, DUMPS
from tests.kit.sparql_server import TIMEOUT, SparqlServer, sparql_server
from tests.kit.wikidata_rdf import triples
from tests.wikidata.dumps import lines_of

CONFIG = Extract(dump=("unused",), dump_date="2026-01-05")


def entities_in(dump: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in lines_of(dump)]


def as_a_service_orders(entity: dict[str, Any]) -> dict[str, Any]:
    """The order of statements and aliases is not kept by the mapping: both sides take one by number and id."""
    claims = entity["claims"] if isinstance(entity["claims"], dict) else {}
    ordered = {
        name: sorted((claim for claim in claims[name] if claim.get("id")), key=lambda claim: str(claim["id"]))
        for name in sorted(claims, key=lambda name: int(name[1:]))
    }
    aliases = entity["aliases"] if isinstance(entity["aliases"], dict) else {}
    return {
        **entity,
        "claims": {name: own for name, own in ordered.items() if own},
        "aliases": {code: sorted(names, key=lambda name: str(name["value"])) for code, names in aliases.items()},
    }


def concepts(entities: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The concepts that dump lines of these entities become."""
    extraction = Extraction(CONFIG)
    for entity in entities:
        extraction.add(json.dumps(entity).encode())
    tables = extraction.outcome().tables
    edges = tables["edges"]
    config = Select(domains=DOMAIN_KEYS)
    selection = Selection(
        config,
        country_rules(lambda: [edges], config.countries, CONFIG.country_properties, config.max_place_depth),
        culture_rules(lambda: [edges], config.max_class_depth),
        LabelIndex(grouped_by_item(tables["labels"])),
    )
    table = tables["entities"]
    choices = selection.choices(table)
    chosen = table.filter(pa.array([isinstance(choice, Choice) for choice in choices]))
    return selection.concepts(chosen, [choice for choice in choices if isinstance(choice, Choice)]).to_pylist()


def comparable(concept: dict[str, Any]) -> dict[str, Any]:
    """Without what the mapping does not keep: parts of times below their precision, zeros at the end of numbers."""

    def value(row: dict[str, Any]) -> dict[str, Any]:
        row = {**row, "amount": None if row["amount"] is None else float(row["amount"])}
        if row["time"] is None:
            return row
        kept = {9: 5, 10: 8, 11: 11}.get(row["time_precision"], 5)
        return {**row, "time": row["time"][: kept + len(row["time"]) - len("+1889-03-31T00:00:00Z")]}

    statements = []
    for row in concept["statements"]:
        qualifiers = [value(one) for one in row["qualifiers"] or []]
        statements.append({**value(row), "qualifiers": sorted(qualifiers, key=json.dumps)})
    return {**concept, "statements": statements}


@pytest.fixture(scope="module")
def sample_server(built_sample: BuiltSample) -> Iterator[SparqlServer]:
    with sparql_server(triples(entities_in(built_sample.dump_gz))) as served:
        yield served


def snapshot_of(server: SparqlServer, items: list[int], **settings: Any) -> Snapshot:
    made = Snapshot(Service(server.url, "a test", sleep=lambda _: None), report=lambda _: None, **settings)
    made.add(items)
    return made


def test_concepts_of_the_sample_are_the_same_from_a_service_as_from_the_dump(
    built_sample: BuiltSample, sample_server: SparqlServer, tmp_path: Path
) -> None:
    whole = [as_a_service_orders(entity) for entity in entities_in(built_sample.dump_gz)]
    from_dump = [comparable(concept) for concept in concepts(whole)]
    made = snapshot_of(sample_server, [concept["qid"] for concept in from_dump])
    assert made.write(tmp_path / "some.json.gz") >= len(from_dump)
    from_service = [comparable(concept) for concept in concepts(entities_in(tmp_path / "some.json.gz"))]
    assert from_service == sorted(from_dump, key=lambda concept: concept["qid"])


@pytest.mark.slow
@pytest.mark.skipif(not DUMPS["gz"].exists(), reason=ABSENT)
def test_real_entities_of_every_datatype_are_the_same_too(tmp_path: Path) -> None:
    real = [as_a_service_orders(entity) for entity in entities_in(DUMPS["gz"])]
    expected = {concept["qid"]: comparable(concept) for concept in concepts(real)}
    expected = {qid: expected[qid] for qid in sorted(expected)[::3]}
    kinds = {row["type"] for concept in expected.values() for row in concept["statements"]}
    assert {"time", "quantity", "globecoordinate", "monolingualtext", "string"} <= kinds
    with sparql_server(triples(real)) as server:
        made = snapshot_of(server, list(expected))
    found = {concept["qid"]: comparable(concept) for concept in concepts(list(made.entities.values()))}
    assert found.keys() == expected.keys()
    for qid, concept in expected.items():
        assert found[qid] == concept, f"Q{qid}"


def test_where_a_query_is_too_much_less_is_asked_until_all_is_there(
    built_sample: BuiltSample, sample_server: SparqlServer
) -> None:
    items = [int(e["id"][1:]) for e in entities_in(built_sample.dump_gz) if "P18" in e["claims"]][:20]
    whole = snapshot_of(sample_server, items).entities
    sample_server.max_items = 3
    try:
        assert snapshot_of(sample_server, items).entities == whole
        sample_server.max_items = 0
        with pytest.raises(InputError, match=f"cannot tell all about Q{items[0]}"):
            snapshot_of(sample_server, items)
    finally:
        sample_server.max_items = 1_000_000


def test_items_of_a_country_are_found_page_by_page(
    sample_server: SparqlServer, monkeypatch: pytest.MonkeyPatch, built_sample: BuiltSample
) -> None:
    finder = Snapshot(Service(sample_server.url, "a test"), report=lambda _: None)
    at_once = finder.find(["rwanda", "kenya"], (495, 17), ())
    monkeypatch.setattr("pipeline.wikidata.sparql.snapshot._PAGE", 2)
    assert finder.find(["rwanda", "kenya"], (495, 17), ()) == at_once
    expected = {
        int(entity["id"][1:])
        for entity in entities_in(built_sample.dump_gz)
        if "P18" in entity["claims"]
        and any(
            claim["mainsnak"]["datavalue"]["value"]["id"] in ("Q1037", "Q114")
            for prop in ("P495", "P17")
            for claim in entity["claims"].get(prop, [])
        )
    }
    assert set(at_once) == expected
    sample_server.moods = [TIMEOUT]
    num_queries = len(sample_server.queries)
    assert finder.find(["rwanda", "kenya"], (495, 17), ()) == at_once
    assert "wdt:P495 wdt:P17" in sample_server.queries[num_queries]
    assert "wdt:P495 wdt:P17" not in sample_server.queries[num_queries + 1]
    instruments = finder.find(["rwanda"], (495,), [34379])
    assert set(instruments) < expected
    assert instruments


def test_a_country_that_is_too_much_even_in_parts_is_named(sample_server: SparqlServer) -> None:
    finder = Snapshot(Service(sample_server.url, "a test"), report=lambda _: None)
    sample_server.moods = [TIMEOUT] * 20
    try:
        with pytest.raises(InputError, match=r"items with P495 Q1037 are too many .*: name classes"):
            finder.find(["rwanda"], (495, 17), ())
    finally:
        sample_server.moods = []


def test_an_item_that_the_service_does_not_know_is_named(sample_server: SparqlServer) -> None:
    with pytest.raises(InputError, match="knows nothing of Q139999999"):
        snapshot_of(sample_server, [139999999])


def test_the_file_is_a_dump(sample_server: SparqlServer, tmp_path: Path) -> None:
    made = snapshot_of(sample_server, [1660902])
    made.write(tmp_path / "one.json.gz")
    text = gzip.decompress((tmp_path / "one.json.gz").read_bytes())
    assert text.startswith(b'[\n{"type":"item"')
    assert text.endswith(b"}\n]\n")
    assert {entity["id"] for entity in json.loads(text)} == {f"Q{item}" for item in made.entities}
