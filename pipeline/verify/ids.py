"""Ids as arrays: 64-bit hashes of texts, and ids that come more than once."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import xxhash

from pipeline.stage import StageOutput
from pipeline.tables import read_groups

Ids = npt.NDArray[np.int64]


def key(text: str) -> int:
    """The xxh3-64 hash of a text, signed. Of 100 million texts two share one with a chance of 1 in 3,700."""
    value = int(xxhash.xxh3_64_intdigest(text.encode()))
    return value - (1 << 64) if value >= 1 << 63 else value


def keys(texts: Iterable[str]) -> Ids:
    """`key` of each, shape (n,)."""
    return np.fromiter(map(key, texts), np.int64)


def column(output: StageOutput, table: str, name: str) -> Ids:
    """A whole column of integers, shape (n,)."""
    parts = [np.empty(0, np.int64)]
    parts += [group.column(name).to_numpy().astype(np.int64) for group in groups_of(output, table, [name])]
    return np.concatenate(parts)


def groups_of(output: StageOutput, table: str, columns: Sequence[str]) -> Iterator[pa.Table]:
    """Some columns of a table, a row group at a time."""
    for file in output.files(table):
        yield from read_groups(output.directory, file.path, columns)


def place_in(ids: Ids, wanted: Ids) -> tuple[Ids, npt.NDArray[np.bool_]]:
    """Where each wanted id stands among sorted ones, and whether it does; shapes (n,)."""
    if not len(ids):
        return np.zeros(len(wanted), np.int64), np.zeros(len(wanted), np.bool_)
    at = np.minimum(np.searchsorted(ids, wanted), len(ids) - 1)
    return at, ids[at] == wanted


def repeated(output: StageOutput, table: str, name: str) -> tuple[int, Iterator[str]]:
    """How many ids a column has, and a problem for each that comes more than once."""
    found = np.sort(column(output, table, name))
    twice = np.unique(found[1:][found[1:] == found[:-1]])
    return len(found), (f"{name} {each} comes more than once in {table}" for each in twice.tolist())
