"""A large line is decoded one statement at a time: the rows are those of decoding it at once, and damage undoes it."""

from __future__ import annotations

import json

import msgspec
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.schema import QUALIFIER
from pipeline.wikidata import decode as decoding
from pipeline.wikidata.columns import EntityColumns
from pipeline.wikidata.decode import decode
from pipeline.wikidata.struct_rows import StructRows
from sample.build import BuiltSample
from tests.kit.real_input import ABSENT, DUMPS, SHARED
from tests.wikidata.dumps import entity_line, item, lines_of, statement


def table_of(lines: list[bytes]) -> pa.Table:
    columns = EntityColumns("2026-01-05")
    for line in lines:
        columns.add(decode(line))
    return columns.table()


def same_either_way(lines: list[bytes], monkeypatch: pytest.MonkeyPatch) -> None:
    at_once = table_of(lines)
    monkeypatch.setattr(decoding, "LARGE_LINE", 0)
    assert table_of(lines).equals(at_once)


def test_the_sample_gives_the_same_rows(built_sample: BuiltSample, monkeypatch: pytest.MonkeyPatch) -> None:
    same_either_way(list(lines_of(built_sample.dump_gz)), monkeypatch)


@pytest.mark.shared
@pytest.mark.skipif(not SHARED.is_dir(), reason=ABSENT)
def test_real_entities_give_the_same_rows(monkeypatch: pytest.MonkeyPatch) -> None:
    same_either_way(list(lines_of(DUMPS["gz"])), monkeypatch)


@pytest.mark.parametrize("large", [False, True], ids=["at once", "one by one"])
@pytest.mark.parametrize("bad", [{"value": 7}, {"value": {"id": "Q1"}, "type": 3}, {"type": "string"}])
def test_a_bad_statement_undoes_the_whole_line(
    monkeypatch: pytest.MonkeyPatch, bad: dict[str, object], large: bool
) -> None:
    monkeypatch.setattr(decoding, "LARGE_LINE", 0 if large else 1 << 40)
    # Enough statements that some are packed when the bad one comes.
    good = [statement("P17", item(n), "wikibase-entityid", "normal", f"g{n}") for n in range(20_000)]
    entity = json.loads(entity_line(8, label="eight", claims={"P17": good}))
    entity["claims"]["P17"][-1]["mainsnak"]["datavalue"] = bad
    columns = EntityColumns("2026-01-05")
    first, third = (entity_line(each, label="x", claims={"P17": good[:3]}) for each in (7, 9))
    columns.add(decode(first))
    with pytest.raises((msgspec.DecodeError, KeyError, TypeError, ValueError)):
        columns.add(decode(json.dumps(entity).encode()))
    columns.add(decode(third))
    assert columns.table().equals(table_of([first, third]))


def test_a_value_of_the_wrong_type_is_told_of_its_own_line() -> None:
    columns = EntityColumns("2026-01-05")
    line = entity_line(8, label="eight", claims={"P18": [statement("P18", 5, "string")]})
    with pytest.raises(TypeError, match="5"):
        columns.add(decode(line))
    assert columns.table().num_rows == 0


@given(st.lists(st.tuples(st.integers(1, 40_000), st.floats(0, 1)), max_size=5))
def test_rows_can_be_taken_back_from_any_place(steps: list[tuple[int, float]]) -> None:
    rows = StructRows(list(QUALIFIER)[:1])
    kept: list[int] = []
    for number, share in steps:
        for value in range(number):
            rows.append((value,))
        kept += range(number)
        length = round(len(kept) * share)
        rows.cut(length)
        kept = kept[:length]
        assert len(rows) == length
    assert rows.arrays()[0].to_pylist() == kept
