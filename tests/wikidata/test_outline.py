"""The quick ways through a line keep what the typed decode of the whole entity gives, on every entity there is."""

from __future__ import annotations

import json
from typing import Any

import msgspec
import pytest

from pipeline import vocabulary
from pipeline.wikidata.columns import EdgeColumns, LabelColumns
from pipeline.wikidata.dump.ranges import Range
from pipeline.wikidata.extract import WORTH_COMPILING, Extraction
from pipeline.wikidata.settings import Extract
from sample.build import BuiltSample
from tests.kit.real_input import ABSENT, DUMPS, SHARED
from tests.wikidata import plain_rows as entity
from tests.wikidata.dumps import item, lines_of, statement

CONFIG = Extract(dump=("x.json.gz",), dump_date="2026-01-05")
PART = Range("x.json.gz", "gz", 0, 1, WORTH_COMPILING, is_array=False)
LANGUAGES = frozenset(vocabulary.label_languages())
Row = dict[str, Any]


def slowly(line: bytes) -> tuple[str | None, list[Row], list[Row], list[Row]]:
    """What the typed decode gives: the reason against the entity, its statements, labels, edges."""
    found = entity.decode(line)
    if found.type != "item" or not found.id.startswith("Q"):
        return "not_an_item", [], [], []
    rows = entity.statements(found)
    reason = entity.candidate_reason(rows, CONFIG.picture_properties, CONFIG.country_properties)
    return (
        reason, rows if reason is None else [], entity.labels(found, LANGUAGES),
        entity.edges(found, rows, CONFIG.edge_properties),
    )  # fmt: skip


def by_outline(line: bytes) -> tuple[str | None, list[Row], list[Row], list[Row]]:
    """What decoding the parts that are wanted gives."""
    extraction = Extraction(CONFIG)
    reason = extraction.add(line)
    return reason, *rows_of(extraction)


def by_scan(line: bytes) -> tuple[str | None, list[Row], list[Row], list[Row]]:
    """What the compiled scan gives, with whatever decodes the lines that it leaves."""
    extraction = Extraction(CONFIG)
    extraction.add_block(line, PART)
    counts = extraction.outcome().counts
    assert counts.balance() == 0
    assert (counts.rows_in, counts.quarantined) == (1, {})
    return next(iter(counts.not_selected), None), *rows_of(extraction)


def rows_of(extraction: Extraction) -> tuple[list[Row], list[Row], list[Row]]:
    tables = extraction.outcome().tables
    entities = tables["entities"].to_pylist()
    statements = entities[0]["statements"] if entities else []
    return statements, tables["labels"].to_pylist(), tables["edges"].to_pylist()


def same(one: list[Row], other: list[Row]) -> bool:
    """Equal but for the order of rows: the slow way has the dump's, the quick one that of properties and languages."""
    return sorted(map(repr, one)) == sorted(map(repr, other))


def check(line: bytes) -> None:
    slow = slowly(line)
    for quick in (by_outline(line), by_scan(line)):
        assert quick[0] == slow[0]
        assert quick[1] == slow[1]
        assert same(quick[2], slow[2])
        assert same(quick[3], slow[3])


def test_on_every_entity_of_the_sample(built_sample: BuiltSample) -> None:
    for line in lines_of(built_sample.dump_gz):
        check(line)


@pytest.mark.shared
@pytest.mark.skipif(not SHARED.is_dir(), reason=ABSENT)
def test_on_every_real_entity() -> None:
    lines = lines_of(DUMPS["gz"])
    assert len(lines) == 1120
    for line in lines:
        check(line)


def with_claims(**claims: Any) -> bytes:
    return json.dumps({"claims": claims, "labels": {}, "id": "Q7", "type": "item"}).encode()


def test_on_what_links_nothing_or_oddly() -> None:
    numeric = {"entity-type": "item", "numeric-id": 42}
    prop = {"entity-type": "property", "numeric-id": 6, "id": "P6"}
    unknown = {"mainsnak": {"snaktype": "somevalue", "property": "P31"}, "id": "s", "rank": "preferred"}
    anonymous = {**statement("P31", item(1), "wikibase-entityid"), "id": None}
    check(with_claims(P31=[statement("P31", numeric, "wikibase-entityid"), unknown, anonymous]))
    check(with_claims(P361=[statement("P361", prop, "wikibase-entityid")]))
    check(with_claims(P17=[{**unknown, "mainsnak": {**unknown["mainsnak"], "property": "P17"}}],
                      P18=[statement("P18", "A.jpg", "string")]))  # fmt: skip
    check(with_claims(P18=[statement("P18", "A.jpg", "string", "deprecated")],
                      P17=[statement("P17", item(3), "wikibase-entityid")]))  # fmt: skip
    check(json.dumps({"id": "Q1", "type": "item", "labels": [], "aliases": [], "claims": []}).encode())
    check(json.dumps({"id": "P18", "type": "property", "labels": {}}).encode())


@pytest.mark.parametrize(
    "line",
    [
        b"", b"[]", b"12", b'{"id": 3}', b'{"id": "Q1", "labels": 3}', b'{"id": "Q1", "claims": {"P31": 3}}',
        b'{"id": "Q1", "claims": {"P31": [{"mainsnak": 3}]}}', b'{"id": "Q1"',
    ],
)  # fmt: skip
def test_what_is_no_entity_is_refused_and_leaves_nothing(line: bytes) -> None:
    extraction = Extraction(CONFIG)
    with pytest.raises(msgspec.DecodeError):
        extraction.add(line)
    assert not any(table.num_rows for table in extraction.outcome().tables.values())


def test_columns_of_nothing_have_their_schema() -> None:
    assert LabelColumns(sorted(LANGUAGES)).table().num_rows == 0
    assert EdgeColumns({"P31": 31}).table().num_rows == 0
