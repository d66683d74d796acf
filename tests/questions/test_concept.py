"""Concepts read from columns, against concepts made of rows."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pipeline.questions.concept import COLUMNS, Concept, concepts_of
from pipeline.questions.labels import NO_LABELS, LabelColumn, Labels, label_codes
from pipeline.questions.templates import Catalogue
from pipeline.schema import CONCEPTS
from tests.kit.real_concepts import real_concepts
from tests.kit.real_input import ABSENT, SHARED
from tests.questions.rows import LANGUAGES, concept, full_concept, item, statement, time
from tests.questions.worlds import FIRST, concepts

Row = dict[str, Any]
CODES = list(label_codes(LANGUAGES).values())
PROPERTIES = st.sets(st.sampled_from([*FIRST, 18, 571, 9999]))


def plain(found: Labels) -> list[Any]:
    return [dict(found.by_code), *found.names, *[found.best(codes) for codes in CODES]]


def in_full(found: Concept) -> Row:
    """All that a concept holds, labels told by what they answer."""
    return {
        **{name: getattr(found, name) for name in found.__dataclass_fields__},
        "labels": plain(found.labels),
        "statements": [{**each, "value_labels": plain(each["value_labels"])} for each in found.statements],
        "by_property": {
            number: [each["statement_id"] for each in rows] for number, rows in found.by_property.items()
        },
    }  # fmt: skip


def expected(row: Row, properties: Collection[int]) -> Row:
    """Of the row's statements those that are wanted; what the others link to stays."""
    wanted = [each for each in row["statements"] if each["property"] in properties]
    return {**in_full(Concept.of({**row, "statements": wanted})), "linked": Concept.of(row).linked}


def check(table: pa.Table, rows: list[Row], properties: Collection[int]) -> None:
    found = list(concepts_of(table, properties))
    assert [in_full(each) for each in found] == [expected(row, properties) for row in rows]


few = settings(max_examples=40, suppress_health_check=[HealthCheck.too_slow])


def bare(rows: list[Row], without: set[int]) -> list[Row]:
    """Some of the rows without any statement."""
    return [{**row, "statements": []} if at in without else row for at, row in enumerate(rows)]


@few
@given(concepts(max_size=6), PROPERTIES, st.sets(st.integers(0, 5)), st.data())
def test_a_table_says_what_its_rows_say_however_it_is_cut(
    rows: list[Row], properties: set[int], without: set[int], data: st.DataObject
) -> None:
    rows = bare(rows, without)
    table = pa.Table.from_pylist(rows, schema=CONCEPTS)
    # As Arrow gives it back: absent fields are there, and null.
    rows = table.to_pylist()
    check(table, rows, properties)
    start = data.draw(st.integers(0, len(rows)))
    length = data.draw(st.integers(0, len(rows) - start))
    check(table.slice(start, length), rows[start : start + length], properties)
    check(pa.concat_tables([table.slice(start), table.slice(0, start)]), rows[start:] + rows[:start], properties)


def test_a_table_without_rows_has_no_concepts() -> None:
    assert list(concepts_of(CONCEPTS.empty_table(), {17})) == []
    assert list(concepts_of(pa.Table.from_pylist([concept(1)], schema=CONCEPTS).slice(1), {17})) == []


def test_only_some_columns_need_to_be_there() -> None:
    rows = [full_concept(1), full_concept(2)]
    table = pa.Table.from_pylist(rows, schema=CONCEPTS).select(list(COLUMNS))
    assert [each.qid for each in concepts_of(table, {17})] == [1, 2]
    assert {number for each in concepts_of(table, {17}) for number in each.by_property} == {17}


def test_items_that_are_linked_are_of_every_statement() -> None:
    row = concept(1, [item("a", 17, 5), item("b", 999, 6), statement("c", 999, snaktype="somevalue")])
    (found,) = concepts_of(pa.Table.from_pylist([row], schema=CONCEPTS), {17})
    assert [each["statement_id"] for each in found.statements] == ["a"]
    assert found.linked == {5, 6}


def test_a_value_that_many_state_has_its_labels_decoded_once(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[int] = []

    class Counting(LabelColumn):
        def __getitem__(self, at: int) -> Labels:
            asked.append(at)
            return super().__getitem__(at)

    monkeypatch.setattr("pipeline.questions.concept.LabelColumn", Counting)
    rows = [concept(qid, [item(f"Q{qid}$17", 17, 5)]) for qid in range(1, 9)]
    found = list(concepts_of(pa.Table.from_pylist(rows, schema=CONCEPTS), {17}))
    labels = {id(each.statements[0]["value_labels"]) for each in found}
    assert len(labels) == 1
    # Of each concept its own, and of the one value.
    assert len(asked) == 8 + 1
    assert found[7].statements[0]["value_labels"].by_code["sw"] == "sw-5"


def test_a_value_that_is_no_item_has_no_labels() -> None:
    row = concept(1, [time("a", 571, "+1889-00-00T00:00:00Z", 9)])
    (found,) = concepts_of(pa.Table.from_pylist([row], schema=CONCEPTS), {571})
    assert found.statements[0]["value_labels"] is NO_LABELS


def test_statements_of_some_properties_come_one_property_after_the_other() -> None:
    row = concept(1, [item("a", 17, 5), item("b", 31, 6), item("c", 17, 7)])
    found = Concept.of(row)
    assert [each["statement_id"] for each in found.stated((31, 17))] == ["b", "a", "c"]
    assert found.stated((9,)) == []
    assert found.year == 2026


@pytest.mark.shared
@pytest.mark.skipif(not SHARED.is_dir(), reason=ABSENT)
def test_real_entities_are_read_alike(catalogue: Catalogue) -> None:
    table = pa.Table.from_pylist(real_concepts(), schema=CONCEPTS)
    check(table.slice(7, 200), table.slice(7, 200).to_pylist(), catalogue.properties)
