"""Rows of JSON and JSONL files, and the Arrow types that their values would have."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import orjson

from pipeline.errors import InputError

_SCALARS = {bool: "bool", int: "int64", float: "double", str: "string", type(None): "null"}


def values(path: Path) -> Iterator[Any]:
    """What should be rows: the lines of JSONL; of JSON the elements of an array, or the values of an object by id.

    Those of an object have its keys as `id`, unless they have one of their own.

    Raises:
        InputError: the file is no JSON, or neither of these.
    """
    if path.suffix == ".jsonl":
        yield from _lines(path)
        return
    found = _decoded(path.read_bytes(), str(path))
    if isinstance(found, dict) and found and all(isinstance(row, dict) for row in found.values()):
        yield from ({"id": key, **row} for key, row in found.items())
    elif isinstance(found, list):
        yield from found
    else:
        raise InputError(f"{path}: is neither an array of rows nor an object of them by id")


def type_of(value: object) -> str:
    """The Arrow type, as `reading.type_name` writes it; of a list that of its first element."""
    if isinstance(value, dict):
        return f"struct<{','.join(sorted(value))}>"
    if isinstance(value, list):
        return f"list<{type_of(value[0]) if value else 'null'}>"
    return _SCALARS[type(value)]


def _lines(path: Path) -> Iterator[Any]:
    with path.open("rb") as file:
        for number, line in enumerate(file, 1):
            if line.strip():
                yield _decoded(line, f"{path}, line {number}")


def _decoded(data: bytes, where: str) -> Any:
    try:
        return orjson.loads(data)
    except orjson.JSONDecodeError as error:
        raise InputError(f"{where}: is no JSON: {error}") from error
