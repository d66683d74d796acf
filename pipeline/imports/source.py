"""The files that rows come from, cut into pieces, and the rows of a piece: JSON arrays, JSON lines, parquet."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import orjson
import pyarrow as pa
import pyarrow.parquet as pq

from pipeline.errors import InputError
from pipeline.imports.array_scan import cut_array, elements
from pipeline.storage import Storage, open_object
from pipeline.tables import ObjectFile, Slice, read_slice

_LINES = (".jsonl", ".ndjson")
_SUFFIXES = (".json", *_LINES, ".parquet")
# Of parquet, whose rows are decoded many at once.
_ROWS_AT_ONCE = 4096


@dataclass(frozen=True)
class Piece:
    """Rows of one file: those in, or for lines those that begin in, bytes [start, stop); of parquet, rows so counted.

    Attributes:
        file: number of the file among those given.
        uri: of the file.
        start, stop: bytes or rows.
    """

    file: int
    uri: str
    start: int
    stop: int


@dataclass(frozen=True)
class Given:
    """A row as it is in the file.

    Attributes:
        position: its first byte; of parquet, its number.
        value: what it says; None where it is no JSON.
        raw: its bytes; of parquet, empty.
    """

    position: int
    value: Any
    raw: bytes


def where(uri: str, position: int) -> str:
    """A row's place in words."""
    return f"{uri}: {'row' if uri.endswith('.parquet') else 'byte'} {position}"


def size_of(uri: str) -> int:
    """Bytes of a file.

    Raises:
        InputError: it is not there, is empty, or is of no kind that is known.
    """
    storage, path = open_object(uri)
    if not path.endswith(_SUFFIXES):
        raise InputError(f"--from {uri}: ends in none of {', '.join(_SUFFIXES)}; unpack it, or name it by what it is")
    info = storage.stat(path)
    if info is None:
        raise InputError(f"--from {uri}: there is no such file")
    if info.size == 0:
        raise InputError(f"--from {uri}: is empty")
    return info.size


def plan(file: int, uri: str, piece_bytes: int) -> list[Piece]:
    """Cut a file into pieces of about so many bytes.

    Raises:
        InputError: see `size_of`, or what is in it is not what its name says.
    """
    size = size_of(uri)
    storage, path = open_object(uri)
    if path.endswith(".parquet"):
        runs = _cut_parquet(storage, path, size, piece_bytes)
    elif path.endswith(_LINES):
        runs = [(start, min(start + piece_bytes, size)) for start in range(0, size, piece_bytes)]
    else:
        runs = cut_array(storage, path, size, piece_bytes)
    return [Piece(file, uri, start, stop) for start, stop in runs]


def rows(piece: Piece) -> Iterator[Given]:
    """The rows of a piece in their order; empty lines are passed over."""
    storage, path = open_object(piece.uri)
    if path.endswith(".parquet"):
        yield from _parquet_rows(storage, path, piece)
        return
    if path.endswith(_LINES):
        found = _lines(storage, path, piece)
    else:
        run = storage.read(path, piece.start, piece.stop - piece.start)
        found = ((piece.start + offset, raw) for offset, raw in elements(run))
    for position, raw in found:
        yield Given(position, _decoded(raw), raw)


def _decoded(raw: bytes) -> Any:
    try:
        return orjson.loads(raw)
    except orjson.JSONDecodeError:
        return None


def _lines(storage: Storage, path: str, piece: Piece) -> Iterator[tuple[int, bytes]]:
    """Lines that begin in the piece; the last is read to its end, wherever that is."""
    # The byte before tells whether the first line begins here.
    start = max(0, piece.start - 1)
    data = storage.read(path, start, piece.stop - start)
    while data and not data.endswith(b"\n"):
        more = storage.read(path, start + len(data), 1 << 16)
        if not more:
            break
        end = more.find(b"\n") + 1
        data += more[:end] if end else more
    place = 0 if piece.start == 0 else data.find(b"\n") + 1 or len(data)
    while place < len(data):
        end = data.find(b"\n", place)
        end = len(data) if end < 0 else end
        line = data[place:end].strip(b" \t\r\xef\xbb\xbf")
        if line and start + place < piece.stop:
            yield start + place, line
        place = end + 1


def _cut_parquet(storage: Storage, path: str, size: int, piece_bytes: int) -> list[tuple[int, int]]:
    try:
        metadata = pq.ParquetFile(ObjectFile(storage, path, size)).metadata
    except pa.ArrowInvalid as error:
        raise InputError(f"--from {storage.uri}/{path}: is not parquet: {error}") from error
    num = metadata.num_rows
    unpacked = sum(metadata.row_group(group).total_byte_size for group in range(metadata.num_row_groups))
    step = max(1, num * piece_bytes // max(unpacked, 1))
    return [(start, min(start + step, num)) for start in range(0, num, step)]


def _parquet_rows(storage: Storage, path: str, piece: Piece) -> Iterator[Given]:
    for start in range(piece.start, piece.stop, _ROWS_AT_ONCE):
        table = read_slice(storage, Slice(path, start, min(start + _ROWS_AT_ONCE, piece.stop)))
        for number, row in enumerate(table.to_pylist()):
            yield Given(start + number, row, b"")
