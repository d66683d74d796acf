"""Schemas: every column says what it means, and a change of any is noticed by whoever has to raise the version."""

from __future__ import annotations

from collections.abc import Iterator

import pyarrow as pa
import pytest

from pipeline.fingerprint import fingerprint
from pipeline.generation.scores import POINTS
from pipeline.schema import INDEX, JUDGED, QA_ITEM, QUESTIONS, REPHRASED, SCHEMA_VERSION, SHARDS, TABLES


def fields(dtype: pa.DataType | pa.Schema, path: str = "") -> Iterator[tuple[str, pa.Field]]:
    """All named fields, nested ones too, with their paths."""
    if isinstance(dtype, pa.ListType):
        yield from fields(dtype.value_type, path)
    elif isinstance(dtype, pa.StructType | pa.Schema):
        for field in dtype:
            name = f"{path}.{field.name}" if path else field.name
            yield name, field
            yield from fields(field.type, name)


@pytest.mark.parametrize("name", TABLES)
def test_every_column_says_what_it_means(name: str) -> None:
    for path, field in fields(TABLES[name]):
        meaning = (field.metadata or {}).get(b"meaning", b"").decode()
        assert meaning, f"{name}.{path} has no meaning"


@pytest.mark.parametrize("name", TABLES)
def test_ids_are_integers_and_units_are_told(name: str) -> None:
    for path, field in fields(TABLES[name]):
        last = path.rpartition(".")[2]
        if last in ("qid", "qa_id", "phash", "subject", "object"):
            assert field.type == pa.int64(), f"{name}.{path}"
        if last == "property":
            assert field.type == pa.int32(), f"{name}.{path}"
        if last.endswith(("width", "height")):
            assert field.metadata[b"meaning"].startswith(b"px"), f"{name}.{path}"


def test_a_reader_of_one_stage_reads_the_others_of_its_kind() -> None:
    assert QUESTIONS.equals(REPHRASED)
    assert QUESTIONS.equals(JUDGED)
    for field in QUESTIONS:
        assert SHARDS.field(field.name).equals(field)


def test_what_only_a_later_stage_knows_may_be_absent_until_then() -> None:
    later = ("rephrase_", "answer_status", "judge_", "score_", "passes", "answered_blind", *POINTS)
    found = [field for field in QA_ITEM if field.name.startswith(later)]
    assert len(found) == 2 + 1 + 3 + 2 * len(POINTS) + 2
    assert all(field.nullable for field in found)
    assert [field.name for field in INDEX if field.nullable] == ["num_text_tokens", "num_image_tokens"]


def test_a_changed_schema_has_a_new_version() -> None:
    """Where this fails, raise SCHEMA_VERSION, so that no old table is continued, and put the new name here."""
    shape = [
        [name, path, str(field.type), field.nullable] for name, table in TABLES.items() for path, field in fields(table)
    ]
    assert (SCHEMA_VERSION, fingerprint(shape)) == (8, "c2781f0191b8d657")
