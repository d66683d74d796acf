"""Tables in storage: bytes that depend on the rows alone, and slices that are what a whole read would give."""

from __future__ import annotations

import hashlib
import io
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pipeline.errors import StorageError, VerificationError
from pipeline.schema import EDGES, ENTITIES, LABELS, TABLES
from pipeline.storage import Storage, open_storage
from pipeline.tables import (
    ROW_GROUP_ROWS,
    FileRecord,
    Slice,
    cut_rows,
    read_groups,
    read_slice,
    read_table,
    write_table,
)
from tests.kit.concepts import chosen
from tests.kit.fused_storage import Fuse, FusedStorage
from tests.kit.toy import edges

TEXT = st.text(max_size=6)
LABEL_ROWS = st.lists(
    st.fixed_dictionaries(
        {
            "qid": st.integers(-(2**63), 2**63 - 1),
            "language": TEXT,
            "label": TEXT,
            "aliases": st.none() | st.lists(TEXT, max_size=3),
        }
    ),
    max_size=20,
)


@settings(max_examples=50, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=LABEL_ROWS)
def test_a_table_comes_back_as_it_was_and_its_record_is_true(tmp_path: Path, rows: list[dict[str, Any]]) -> None:
    storage = open_storage(str(tmp_path))
    table = pa.Table.from_pylist(rows, schema=LABELS)
    record = write_table(storage, "labels", "000007", table)
    data = storage.read(record.path)
    assert (record.table, record.rows, record.size) == ("labels", len(rows), len(data))
    assert record.sha256 == hashlib.sha256(data).hexdigest()
    assert record.path == f"tables/labels/000007-{record.sha256[:12]}.parquet"
    back = read_table(storage, record.path)
    assert back.to_pylist() == rows
    assert back.schema.equals(LABELS, check_metadata=False)
    assert back.schema.field("label").metadata[b"meaning"] == LABELS.field("label").metadata[b"meaning"]


@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=LABEL_ROWS, cut=st.integers(0, 20), reverse=st.booleans())
def test_the_bytes_depend_on_nothing_but_the_rows(
    tmp_path: Path, rows: list[dict[str, Any]], cut: int, reverse: bool
) -> None:
    storage = open_storage(str(tmp_path))
    whole = pa.Table.from_pylist(rows, schema=LABELS)
    pieces = pa.concat_tables([whole.slice(0, cut), whole.slice(cut)])
    names = LABELS.names[::-1] if reverse else LABELS.names
    other_types = pieces.select(names).cast(
        pa.schema([pa.field(name, pa.large_string() if name == "label" else LABELS.field(name).type) for name in names])
    )
    assert write_table(storage, "labels", "0", other_types) == write_table(storage, "labels", "0", whole)


def test_other_bytes_never_take_the_place_of_those_that_a_record_names(storage: Storage) -> None:
    first = write_table(storage, "edges", "000001", edges([1, 2], 5))
    second = write_table(storage, "edges", "000001", edges([1, 2], 6))
    assert first.path != second.path
    assert hashlib.sha256(storage.read(first.path)).hexdigest() == first.sha256


def test_what_does_not_fit_the_schema_is_refused(tmp_path: Path) -> None:
    storage = open_storage(str(tmp_path))
    without_rank = pa.table({"subject": [1], "property": [31], "object": [2], "rank": pa.array([None], pa.string())})
    with pytest.raises(ValueError, match="'rank' with null values to non-nullable"):
        write_table(storage, "edges", "000001", without_rank)
    with pytest.raises(pa.ArrowInvalid):
        write_table(storage, "edges", "000001", without_rank.set_column(3, "rank", pa.array(["normal"])).set_column(
            0, "subject", pa.array([1.5])
        ))  # fmt: skip
    with pytest.raises(KeyError):
        write_table(storage, "edges", "000001", pa.table({"subject": [1]}))
    assert list(storage.list()) == []


def test_a_null_deep_inside_a_required_field_is_refused_too(tmp_path: Path) -> None:
    labels = pa.array([[{"language": "en", "label": None, "aliases": None}]])
    concept = (
        pa.Table.from_pylist([{"qid": 1, "dump_date": "", "num_sitelinks": 0, **chosen(1), "statements": []}])
        .append_column("labels", labels)
        .append_column("revision", pa.array([None], pa.int64()))
    )
    with pytest.raises(pa.ArrowInvalid, match="nulls"):
        write_table(open_storage(str(tmp_path)), "concepts", "000001", concept)


def entities(num: int) -> pa.Table:
    """Rows that do not compress."""
    rows = [
        {"qid": n, "modified": random.randbytes(40).hex(), "dump_date": "", "num_sitelinks": 0, "statements": []}
        for n in range(num)
    ]
    return pa.Table.from_pylist(rows, schema=ENTITIES)


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    rows=st.integers(0, 3 * ROW_GROUP_ROWS),
    bounds=st.tuples(st.integers(0, 3 * ROW_GROUP_ROWS), st.integers(0, 3 * ROW_GROUP_ROWS)),
)
def test_a_slice_is_a_slice_of_the_whole(tmp_path: Path, rows: int, bounds: tuple[int, int]) -> None:
    storage = open_storage(str(tmp_path))
    path = write_table(storage, "entities", "0", entities(rows)).path
    start, stop = (min(bound, rows) for bound in sorted(bounds))
    part = read_slice(storage, Slice(path, start, stop), ["qid"])
    assert part.column("qid").to_pylist() == list(range(start, stop))


def test_a_slice_fetches_the_row_groups_it_needs_and_no_others(tmp_path: Path) -> None:
    storage = open_storage(str(tmp_path))
    record = write_table(storage, "entities", "0", entities(8 * ROW_GROUP_ROWS))
    fetched = 0

    class Counting(FusedStorage):
        def read(self, path: str, start: int = 0, length: int | None = None) -> bytes:
            nonlocal fetched
            data = super().read(path, start, length)
            fetched += len(data)
            return data

    part = read_slice(Counting(storage, Fuse()), Slice(record.path, 3 * ROW_GROUP_ROWS, 4 * ROW_GROUP_ROWS))
    assert part.column("qid").to_pylist() == list(range(3 * ROW_GROUP_ROWS, 4 * ROW_GROUP_ROWS))
    # Parquet's reader takes up to 64 KiB from the end for the footer.
    assert fetched < record.size / 8 + 65536 + 8192


def test_columns_side_by_side_are_fetched_at_once(tmp_path: Path) -> None:
    storage = open_storage(str(tmp_path))
    record = write_table(storage, "entities", "0", entities(8 * ROW_GROUP_ROWS))
    fuse = Fuse()
    read_slice(FusedStorage(storage, fuse), Slice(record.path, 3 * ROW_GROUP_ROWS, 4 * ROW_GROUP_ROWS))
    assert len(fuse.paths("read")) <= 3, "the footer, the rest of a long one, and the row group"


@given(sizes=st.lists(st.integers(0, 9), max_size=8), rows_per_partition=st.integers(1, 12))
def test_cutting_covers_every_row_once_and_in_order(sizes: list[int], rows_per_partition: int) -> None:
    files = [FileRecord("edges", str(number), size, 0, "") for number, size in enumerate(sizes)]
    partitions = list(cut_rows(files, rows_per_partition))
    rows = [(part.path, row) for slices in partitions for part in slices for row in range(part.start, part.stop)]
    assert rows == [(file.path, row) for file in files for row in range(file.rows)]
    lengths = [sum(part.stop - part.start for part in slices) for slices in partitions]
    assert all(length == rows_per_partition for length in lengths[:-1])
    assert all(0 < length <= rows_per_partition for length in lengths)
    assert all(part.start < part.stop for slices in partitions for part in slices)


def test_any_parquet_reader_reads_every_table(tmp_path: Path) -> None:
    storage = open_storage(str(tmp_path))
    for name, schema in TABLES.items():
        record = write_table(storage, name, "000000", schema.empty_table())
        assert pq.read_schema(io.BytesIO(storage.read(record.path))).names == schema.names
    assert EDGES.names == ["subject", "property", "object", "rank"]


def reads(storage: Storage, path: str) -> list[Callable[[], object]]:
    return [
        lambda: read_table(storage, path),
        lambda: read_slice(storage, Slice(path, 0, 1)),
        lambda: list(read_groups(storage, path)),
    ]


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    for read in reads(open_storage(str(tmp_path)), "tables/edges/0-gone.parquet"):
        with pytest.raises(StorageError, match=r"tables/edges/0-gone\.parquet"):
            read()


@pytest.mark.parametrize("damage", [lambda data: data[:-9], lambda data: b"", lambda data: data[:4] + bytes(len(data))])
def test_a_damaged_file_is_named_with_what_to_do(tmp_path: Path, damage: Callable[[bytes], bytes]) -> None:
    storage = open_storage(str(tmp_path))
    record = write_table(storage, "entities", "0", entities(5))
    storage.write(record.path, damage(storage.read(record.path)))
    for read in reads(storage, record.path):
        with pytest.raises(VerificationError, match=r"tables/entities/0-.*\.parquet: is damaged .*run it again"):
            read()
