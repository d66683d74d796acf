"""Parquet tables in object storage: written whole, read whole or by rows, with a record that proves what was written.

A file's name ends with the start of its SHA-256. Two attempts at one partition that produce different bytes (a
language model is not repeatable) therefore never write to the same name, and the one that a commit record names
stays what the record says, whatever a late twin still writes.
"""

from __future__ import annotations

import hashlib
import io
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from pipeline.errors import StorageError, VerificationError
from pipeline.schema import TABLES
from pipeline.storage import Storage

# Of rows that carry statements or questions, some hundred kB: what a reader of single rows has to fetch. Of tables with
# rows of a few bytes, more: in groups of 512 they take five times as long to write and three times the space.
ROW_GROUP_ROWS = 512
# Of shards, whose rows hold a picture, some 4 MB; of arranged files, not much more than a shard takes of one.
_ROW_GROUP_ROWS_OF = {
    "labels": 1 << 16,
    "edges": 1 << 16,
    "alike": 1 << 16,
    "signatures": 1 << 12,
    "left_out": 1 << 14,
    "arranged": 256,
    "imported": 256,
    "shards": 128,
}


@dataclass(frozen=True)
class FileRecord:
    """One file of a stage: path below the stage directory, rows, size in bytes, hex SHA-256 of the bytes."""

    table: str
    path: str
    rows: int
    size: int
    sha256: str


@dataclass(frozen=True)
class Slice:
    """Rows [start, stop) of one file."""

    path: str
    start: int
    stop: int


def row_group_rows(name: str) -> int:
    """Rows of a row group of the table `name`."""
    return _ROW_GROUP_ROWS_OF.get(name, ROW_GROUP_ROWS)


def write_table(storage: Storage, name: str, partition: str, table: pa.Table) -> FileRecord:
    """Write one partition of the table `name`; the bytes depend on nothing but the rows.

    Raises:
        KeyError: a column of the schema is missing.
        ValueError: a row does not fit the schema, or what is required is null.
    """
    schema = TABLES[name]
    table = table.select(schema.names).cast(schema)
    buffer = io.BytesIO()
    pq.write_table(table, buffer, compression="zstd", row_group_size=row_group_rows(name), write_statistics=False)
    data = buffer.getvalue()
    digest = hashlib.sha256(data).hexdigest()
    path = f"tables/{name}/{partition}-{digest[:12]}.parquet"
    storage.write(path, data)
    return FileRecord(name, path, table.num_rows, len(data), digest)


def read_table(storage: Storage, path: str, columns: Sequence[str] | None = None) -> pa.Table:
    """The whole file, or some of its columns.

    Raises:
        StorageError: it is not there.
        VerificationError: it is no parquet file, or a damaged one.
    """
    data = storage.read(path)
    with _whole(storage, path):
        return pq.read_table(io.BytesIO(data), columns=None if columns is None else list(columns))


def open_table(storage: Storage, path: str) -> pq.ParquetFile:
    """A file of which only what is asked for is fetched.

    Raises:
        StorageError: it is not there.
        VerificationError: it is no parquet file.
    """
    info = storage.stat(path)
    if info is None:
        raise StorageError(f"{storage.uri}/{path}: is missing, though a record of its stage names it")
    with _whole(storage, path):
        # Columns that lie side by side are asked for at once: one read a row group, not one a column of it.
        return pq.ParquetFile(ObjectFile(storage, path, info.size), pre_buffer=True)


@contextmanager
def _whole(storage: Storage, path: str) -> Iterator[None]:
    """What the library says of a damaged file names neither it nor what to do."""
    try:
        yield
    except (pa.ArrowException, OSError) as error:
        said = " ".join(str(error).split())
        raise VerificationError(
            f"{storage.uri}/{path}: is damaged ({said}); `culturalground verify` names all that is; delete the "
            "directory of the stage and run it again"
        ) from error


def read_slice(storage: Storage, rows: Slice, columns: Sequence[str] | None = None) -> pa.Table:
    """Rows [start, stop) of a file; only the row groups that hold them are fetched."""
    file = open_table(storage, rows.path)
    groups: list[int] = []
    first = position = 0
    for group in range(file.metadata.num_row_groups):
        end = position + file.metadata.row_group(group).num_rows
        if position < rows.stop and end > rows.start:
            if not groups:
                first = position
            groups.append(group)
        position = end
    with _whole(storage, rows.path):
        table = file.read_row_groups(groups, columns=None if columns is None else list(columns))
    return table.slice(rows.start - first, rows.stop - rows.start)


def read_groups(storage: Storage, path: str, columns: Sequence[str] | None = None) -> Iterator[pa.Table]:
    """The rows of a file, `ROW_GROUP_ROWS` at a time as a rule: for who need not have all of them at once.

    Args:
        storage: has the file.
        path: in it.
        columns: that are wanted, of nested ones by their path in parquet (`items.list.element.qa_id`); None is all.
    """
    file = open_table(storage, path)
    for group in range(file.metadata.num_row_groups):
        with _whole(storage, path):
            rows = file.read_row_group(group, columns=None if columns is None else list(columns))
        yield rows


def cut_rows(files: Sequence[FileRecord], rows_per_partition: int) -> Iterator[list[Slice]]:
    """Cut the concatenation of files into runs of at most `rows_per_partition` rows, each a list of slices."""
    slices: list[Slice] = []
    room = rows_per_partition
    for file in files:
        start = 0
        while start < file.rows:
            stop = min(file.rows, start + room)
            slices.append(Slice(file.path, start, stop))
            room -= stop - start
            start = stop
            if room == 0:
                yield slices
                slices, room = [], rows_per_partition
    if slices:
        yield slices


class ObjectFile(io.RawIOBase):
    """A read-only, seekable file over ranged reads of one object."""

    def __init__(self, storage: Storage, path: str, size: int) -> None:
        self._storage, self._path, self._size, self._position = storage, path, size, 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._position

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        base = {io.SEEK_SET: 0, io.SEEK_CUR: self._position, io.SEEK_END: self._size}[whence]
        self._position = base + offset
        return self._position

    def read(self, size: int = -1) -> bytes:
        length = self._size - self._position if size < 0 else min(size, self._size - self._position)
        data = self._storage.read(self._path, self._position, length) if length > 0 else b""
        self._position += len(data)
        return data

    def readinto(self, buffer: Any) -> int:
        data = self.read(len(buffer))
        buffer[: len(data)] = data
        return len(data)
