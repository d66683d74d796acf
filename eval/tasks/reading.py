"""Rows of a local copy of a benchmark: parquet, JSONL or JSON as published, with columns and pictures checked."""

from __future__ import annotations

import hashlib
import io
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
from PIL import Image

from eval.tasks.json_values import type_of, values
from pipeline.errors import InputError

Columns = Mapping[str, Sequence[str]]

# What a column may hold, as `type_name` tells it. "null" beside them allows rows without a value.
TEXT = ("string", "large_string")
TEXTS = ("list<string>", "list<large_string>")
WHOLE = ("int64", "int32", "int16", "int8", "uint8")
PICTURE = ("struct<bytes,path>", "struct<bytes>", "binary", "large_binary", *TEXT)
TURNS = ("list<struct<from,value>>",)

_KINDS = (".parquet", ".jsonl", ".json")
# What the library `datasets` writes beside the rows.
_NO_ROWS = frozenset({"dataset_info.json", "dataset_infos.json", "dataset_dict.json", "state.json"})
_SHARD = re.compile(r"(.+)-\d+-of-\d+")
_ROWS_A_BATCH = 64  # with pictures in them, some 30 MB
_THUMBNAIL_PX = 64
_IN_FULL: ContextVar[bool] = ContextVar("in_full", default=False)


def rows(folder: Path, columns: Columns) -> Iterator[tuple[str, dict[str, Any]]]:
    """Every row below a folder, in the order of file names and rows.

    Args:
        folder: of one benchmark.
        columns: that are needed -> what they may hold, see `type_name`. Others are not read from parquet.

    Yields:
        Where a row stands, for errors: "FILE, row N", the first being 1; and the row.

    Raises:
        InputError: there is nothing to read, a file is none, or a column is missing or of another type.
    """
    for path in files(folder):
        yield from file_rows(path, columns)


def files(folder: Path) -> list[Path]:
    """The files of rows below a folder: all parquet, else all JSONL, else all JSON.

    Raises:
        InputError: there are none.
    """
    if not folder.is_dir():
        raise InputError(f"{folder}: is no folder; `culturalground evaluate --list` tells how to fetch a benchmark")
    there = [path for path in sorted(folder.rglob("*")) if _may_have_rows(path, folder)]
    for kind in _KINDS:
        if found := [path for path in there if path.suffix == kind]:
            return found
    raise InputError(f"{folder}: holds no file that ends in {', '.join(_KINDS)}")


def file_rows(path: Path, columns: Columns) -> Iterator[tuple[str, dict[str, Any]]]:
    """The rows of one file; see `rows`."""
    read = _parquet_rows if path.suffix == ".parquet" else _json_rows
    for number, row in enumerate(read(path, columns), 1):
        place = f"{path}, row {number}"
        for name, wanted in columns.items():
            if row.get(name) is None and "null" not in wanted:
                raise InputError(f"{place}: column {name} has no value; {_wish(wanted)} is wanted")
        yield place, row


def split_of(path: Path) -> str:
    """The split that a file is of: `pt` of `data/pt-00000-of-00001.parquet`, of `pt.jsonl` and of `pt/0000.parquet`."""
    shard = _SHARD.fullmatch(path.stem)
    name = shard[1] if shard else path.stem
    return path.parent.name if name.isdigit() else name


def files_named(folder: Path, names: Collection[str]) -> list[tuple[Path, str]]:
    """The files that have one of some names, of languages perhaps, as their split or as a folder that they are in.

    Returns:
        File and name; files of other splits are not among them.

    Raises:
        InputError: there are none.
    """
    found = []
    for path in files(folder):
        parents = path.relative_to(folder).parent.parts
        found += [(path, name) for name in (split_of(path), *reversed(parents)) if name in names][:1]
    if not found:
        raise InputError(f"{folder}: no file of rows is named, or in a folder named, {', '.join(sorted(names))}")
    return found


@contextmanager
def in_full() -> Iterator[None]:
    """Within it pictures are decoded in full when they are read: 1 ms for a small one, 150 ms for a large one."""
    token = _IN_FULL.set(True)
    try:
        yield
    finally:
        _IN_FULL.reset(token)


def picture(value: object, folder: Path, place: str) -> bytes:
    """A picture as it is in its file. Its header can be read; whether all of it can, `in_full` finds out.

    Args:
        value: bytes, the struct {bytes, path} of the library `datasets`, or the name of a file in `folder` or in its
            folder `images`.
        folder: of the benchmark.
        place: of the row.

    Raises:
        InputError: there are no bytes, or they are no picture that can be decoded.
    """
    data = _bytes(value, folder, place)
    try:
        with Image.open(io.BytesIO(data)) as image:
            if _IN_FULL.get():
                image.draft("RGB", (_THUMBNAIL_PX, _THUMBNAIL_PX))  # halves the time of most JPEGs
                image.load()
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError) as error:
        raise InputError(f"{place}: its picture cannot be decoded: {error}") from error
    return data


def cluster_of(pictures: Sequence[bytes], item_id: str) -> str:
    """What stands or falls together: SHA-256 of the first picture, or the id without one."""
    return hashlib.sha256(pictures[0]).hexdigest() if pictures else item_id


def type_name(kind: pa.DataType) -> str:
    """An Arrow type without the names that writers give to elements of lists: list<string>, struct<bytes,path>."""
    if pa.types.is_list(kind) or pa.types.is_large_list(kind):
        return f"list<{type_name(kind.value_type)}>"
    if pa.types.is_struct(kind):
        return f"struct<{','.join(sorted(field.name for field in kind))}>"
    return str(kind)


def _may_have_rows(path: Path, folder: Path) -> bool:
    hidden = any(part.startswith(".") for part in path.relative_to(folder).parts)
    return path.suffix in _KINDS and path.name not in _NO_ROWS and not hidden and path.is_file()


def _parquet_rows(path: Path, columns: Columns) -> Iterator[dict[str, Any]]:
    try:
        with pq.ParquetFile(path) as file:
            types = {field.name: type_name(field.type) for field in file.schema_arrow}
            _check(str(path), types, columns)
            for batch in file.iter_batches(_ROWS_A_BATCH, columns=list(columns)):
                yield from batch.to_pylist()
    except (pa.ArrowException, OSError) as error:
        raise InputError(f"{path}: cannot be read as parquet: {error}") from error


def _json_rows(path: Path, columns: Columns) -> Iterator[dict[str, Any]]:
    for number, row in enumerate(values(path), 1):
        place = f"{path}, row {number}"
        if not isinstance(row, dict):
            raise InputError(f"{place}: is no object with columns, but {str(row)[:40]!r}")
        _check(place, {name: type_of(value) for name, value in row.items()}, columns)
        yield row


def _check(where: str, types: Mapping[str, str], columns: Columns) -> None:
    for name, wanted in columns.items():
        if name not in types:
            raise InputError(f"{where}: has no column {name}, {_wish(wanted)}, but {', '.join(types) or 'none at all'}")
        # A row without a value is told of with its number; an empty list shows no type of its elements.
        if types[name] not in (*wanted, "null", "list<null>"):
            raise InputError(f"{where}: column {name} is {types[name]}; {_wish(wanted)} is wanted")


def _wish(wanted: Sequence[str]) -> str:
    return " or ".join(dict.fromkeys(name.replace("large_", "") for name in wanted if name != "null"))


def _bytes(value: object, folder: Path, place: str) -> bytes:
    if isinstance(value, Mapping):
        inside = value.get("bytes")
        value = value.get("path") if inside is None else inside
    if isinstance(value, list):  # numbers from 0 to 255, as JSON has bytes
        try:
            return bytes(value)
        except (TypeError, ValueError) as error:
            raise InputError(f"{place}: its picture is a list, but not of bytes: {error}") from error
    if isinstance(value, bytes):
        return value
    if not isinstance(value, str):
        raise InputError(f"{place}: has no picture; bytes, a struct of bytes and path, or a file's name is wanted")
    return _beside(value, folder, place)


def _beside(name: str, folder: Path, place: str) -> bytes:
    relative = Path(name)
    if relative.is_absolute() or ".." in relative.parts:
        raise InputError(f"{place}: names the picture {name}, which is not below {folder}")
    for path in (folder / relative, folder / "images" / relative):
        if path.is_file():
            return path.read_bytes()
    raise InputError(f"{place}: names the picture {name}, which is neither in {folder} nor in its folder images")
