"""Searching bytes finds the candidates that decoding every line finds, no more and no less."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.wikidata.candidates import Candidates
from pipeline.wikidata.decode import decode
from pipeline.wikidata.dump.lines import line_spans
from sample.build import BuiltSample
from tests.kit.real_input import ABSENT, DUMPS, SHARED
from tests.wikidata import plain_rows
from tests.wikidata.dumps import item, lines_of, statement
from tests.wikidata.test_outline import check as check_outline

PICTURES, COUNTRIES = ("P18",), ("P17", "P495")


def by_decoding(lines: Sequence[bytes], countries: frozenset[int] | None = None) -> list[bytes]:
    found = []
    for line in lines:
        entity = decode(line)
        if entity.type != "item":
            continue
        best = [row for row in plain_rows.statements(entity) if row["best"] and row["snaktype"] == "value"]
        has_picture = any(row["property"] == 18 for row in best)
        given_countries = {row["qid"] for row in best if row["property"] in (17, 495)} - {None}
        if has_picture and (given_countries if countries is None else given_countries & countries):
            found.append(line)
    return found


def by_searching(block: bytes, countries: frozenset[int] | None = None) -> list[bytes]:
    return [block[start:end] for start, end in Candidates(PICTURES, COUNTRIES, countries).find(block)]


def check(lines: Sequence[bytes], countries: frozenset[int] | None = None) -> int:
    expected = by_decoding(lines, countries)
    for separator in (b",\n", b"\n", b" ,\r\n"):
        assert by_searching(separator.join(lines), countries) == expected
    return len(expected)


def test_on_the_sample(built_sample: BuiltSample) -> None:
    lines = lines_of(built_sample.dump_gz)
    assert check(lines) > 100
    assert 0 < check(lines, frozenset({1037, 252})) < 30


@pytest.mark.shared
@pytest.mark.skipif(not SHARED.is_dir(), reason=ABSENT)
def test_on_real_entities() -> None:
    lines = lines_of(DUMPS["gz"])
    assert check(lines) > 200
    assert 0 < check(lines, frozenset({145})) < 200


values = st.sampled_from([item(145), item(36), {"entity-type": "property", "id": "P6", "numeric-id": 6}, None])
ranks = st.sampled_from(["preferred", "normal", "deprecated"])


@st.composite
def entities(draw: st.DrawFn) -> bytes:
    """An entity with statements of the three properties in any rank, with and without value and GUID, in odd JSON."""
    claims: dict[str, list[Any]] = {}
    for prop in draw(st.permutations(["P18", "P17", "P495", "P31"])):
        made = []
        for number in range(draw(st.integers(0, 2))):
            value = draw(values) if prop != "P18" else draw(st.sampled_from(["A.jpg", "B“.png", None]))
            kind = "string" if prop == "P18" else "wikibase-entityid"
            claim = statement(prop, value, kind, draw(ranks), draw(st.sampled_from([f"{prop}{number}", f"g{number}"])))
            if value is None:
                claim["mainsnak"] = {"snaktype": draw(st.sampled_from(["somevalue", "novalue"])), "property": prop}
            if draw(st.booleans()):
                snak = {"snaktype": "value", "property": "P18", "datavalue": {"value": "Q.jpg", "type": "string"}}
                claim["qualifiers"] = {"P18": [snak], "P17": [snak | {"property": "P17"}]}
            made.append(claim if draw(st.booleans()) else dict(reversed(claim.items())))
        if made or draw(st.booleans()):
            claims[prop] = made
    entity = {"type": "item", "id": "Q7", "labels": {"en": {"language": "en", "value": '"P18":[{"mainsnak":'}},
              "descriptions": {}, "aliases": [], "claims": claims or [], "sitelinks": {}}  # fmt: skip
    if draw(st.booleans()):
        entity = dict(draw(st.permutations(list(entity.items()))))
    separators = draw(st.sampled_from([(",", ":"), (", ", ": ")]))
    return json.dumps(entity, separators=separators, ensure_ascii=draw(st.booleans())).encode()


@given(st.lists(entities(), min_size=1, max_size=6))
def test_on_entities_of_any_form(lines: list[bytes]) -> None:
    check(lines)
    check(lines, frozenset({36}))


@given(st.lists(entities(), max_size=4))
def test_the_quick_outline_is_the_slow_one_on_entities_of_any_form(lines: list[bytes]) -> None:
    for line in lines:
        check_outline(line)


@given(
    st.lists(st.sampled_from([b"", b"[", b"]", b",", b" ", b'{"id":"Q1"}', b'  {"id":"Q22"} ,\r', b"\t,"]), max_size=9)
)
def test_spans_are_the_stripped_lines(lines: list[bytes]) -> None:
    block = b"\n".join(lines)
    bare = [line.strip().removesuffix(b",").strip() for line in lines]
    assert [block[start:end] for start, end in line_spans(block)] == [
        line for line in bare if line not in (b"", b"[", b"]")
    ]
