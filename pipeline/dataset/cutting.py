"""Where arranged files are cut into shards: each holds a range of places of one split, out of every file."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from pipeline.dataset.order import ORDER, Longs, cut
from pipeline.schema import SPLITS, TABLES
from pipeline.stage import Partition, StageOutput
from pipeline.tables import Slice, read_slice

_THREADS = 16


@dataclass(frozen=True)
class Places:
    """What the rows of one arranged file are cut by: in order of split, then of place. 17 bytes a row.

    Attributes:
        split: index into SPLITS, shape (n,).
        place: of the order, shape (n,).
        num_bytes: about what each row takes in a shard, shape (n,).
    """

    split: npt.NDArray[np.int8]
    place: Longs
    num_bytes: Longs


def shard_partitions(arranged: StageOutput, target: float) -> list[Partition]:
    """A partition for each shard; its payload names its rows as [number of the file, first, end].

    Args:
        arranged: the complete stage `arrange`.
        target: bytes of a shard, about.
    """

    def read(path: str, rows: int) -> Places:
        return _places(read_slice(arranged.directory, Slice(path, 0, rows), ["split", "place", "num_bytes"]))

    files = arranged.files("arranged")
    with ThreadPoolExecutor(_THREADS) as pool:
        found = list(pool.map(read, [file.path for file in files], [file.rows for file in files]))
    return [part for split in range(len(SPLITS)) for part in cut_split(found, split, target)]


def shard_rows(arranged: StageOutput, partition: Partition) -> pa.Table:
    """The rows of a shard, from all files, in their order."""
    return gathered_rows(arranged, "arranged", partition).sort_by(ORDER)


def gathered_rows(before: StageOutput, table: str, partition: Partition) -> pa.Table:
    """The rows that a partition of `cut_split` names, file after file.

    Args:
        before: the complete stage whose files were cut.
        table: of that stage.
        partition: names its rows as [number of the file, first, end].
    """
    files = before.files(table)

    def read(file: int, start: int, stop: int) -> pa.Table:
        rows = read_slice(before.directory, Slice(files[file].path, start, stop))
        # A copy: a slice would keep the whole row groups in memory that it was cut from, of every file.
        return rows.take(np.arange(rows.num_rows))

    with ThreadPoolExecutor(_THREADS) as pool:
        parts = list(pool.map(lambda rows: read(*rows), partition.payload["rows"]))
    return pa.concat_tables([TABLES[table].empty_table(), *parts])


def _places(table: pa.Table) -> Places:
    split = np.array([SPLITS.index(each) for each in table.column("split").to_pylist()], np.int8)
    return Places(split, table.column("place").to_numpy(), table.column("num_bytes").to_numpy())


def cut_split(files: Sequence[Places], split: int, target: float) -> list[Partition]:
    """The shards of one split.

    Args:
        files: in their order.
        split: index into SPLITS.
        target: bytes of a shard, about.
    """
    rows = [np.flatnonzero(file.split == split) for file in files]
    places = [file.place[of] for file, of in zip(files, rows, strict=True)]
    sizes = [file.num_bytes[of] for file, of in zip(files, rows, strict=True)]
    none = np.empty(0, np.int64)
    bounds = cut(np.concatenate([none, *places]), np.concatenate([none, *sizes]), target)
    shards: list[list[list[int]]] = [[] for _ in range(len(bounds) + 1)]
    for number, (of, place) in enumerate(zip(rows, places, strict=True)):
        if not len(of):
            continue
        edges = of[0] + np.concatenate([[0], np.searchsorted(place, bounds), [len(place)]])
        for shard, first, end in zip(shards, edges[:-1].tolist(), edges[1:].tolist(), strict=True):
            if end > first:
                shard.append([number, first, end])
    return [
        Partition(f"{SPLITS[split]}-{number:05d}", {"rows": rows_of}, sum(end - first for _, first, end in rows_of))
        for number, rows_of in enumerate(shards)
        if rows_of
    ]
