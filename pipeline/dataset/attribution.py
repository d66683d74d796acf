"""Who made which picture and what they ask for: the table that must travel with the pictures."""

from __future__ import annotations

import io
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import xxhash

from pipeline.dataset.distinct import distinct
from pipeline.schema import ATTRIBUTION

ROW_GROUP_ROWS = 1 << 14
Digests = npt.NDArray[np.bytes_]


@dataclass
class Credits:
    """The table as a file, and what a page about it shows.

    Attributes:
        first: its first rows.
        num_rows: pictures, by the title that they have on Commons.
        licences: pictures by short name of their licence.
        parquet: one row of `schema.ATTRIBUTION` for each picture and title.
    """

    first: pa.Table = field(default_factory=ATTRIBUTION.empty_table)
    num_rows: int = 0
    licences: Counter[str] = field(default_factory=Counter)
    parquet: bytes = b""


def credits_of(images: Iterable[pa.Table], used: Digests, num_first: int) -> Credits:
    """What is known of the pictures in use, in the order of the entities that named them first.

    Memory: the file, 32 bytes for each picture in use and 8 for each row.

    Args:
        images: tables with the columns of `schema.ATTRIBUTION`.
        used: as `digests` gives them: every picture in the shards.
        num_first: rows that are kept for a page.
    """
    found = Credits()
    buffer = io.BytesIO()
    seen: set[int] = set()
    with pq.ParquetWriter(buffer, ATTRIBUTION, compression="zstd") as writer:
        for table in _grouped(_used(table, used, seen) for table in images):
            writer.write_table(table)
            found.num_rows += table.num_rows
            found.licences.update(table.column("licence").to_pylist())
            if found.first.num_rows < num_first:
                found.first = pa.concat_tables([found.first, table]).slice(0, num_first)
    found.parquet = buffer.getvalue()
    return found


def digests(columns: Iterable[pa.ChunkedArray]) -> Digests:
    """The different SHA-256 of columns of hex digits, in order, 32 bytes each."""
    return distinct(map(_bytes_of, columns), "S32")


def _bytes_of(column: pa.ChunkedArray | pa.Array) -> Digests:
    return np.frombuffer(bytes.fromhex("".join(column.to_pylist())), "S32")


def _used(table: pa.Table, used: Digests, seen: set[int]) -> pa.Table:
    """Rows of pictures in use that did not come before."""
    table = table.select(ATTRIBUTION.names).filter(pa.array(np.isin(_bytes_of(table.column("sha256")), used)))
    keys = pc.binary_join_element_wise(table.column("sha256"), table.column("title"), "|").to_pylist()
    fresh = []
    for key in (xxhash.xxh3_64_intdigest(each.encode()) for each in keys):
        fresh.append(key not in seen)
        seen.add(key)
    return table.filter(pa.array(fresh, pa.bool_())).cast(ATTRIBUTION)


def _grouped(tables: Iterable[pa.Table]) -> Iterator[pa.Table]:
    """The same rows in tables of one size, however they came."""
    waiting = ATTRIBUTION.empty_table()
    for table in tables:
        waiting = pa.concat_tables([waiting, table])
        while waiting.num_rows >= ROW_GROUP_ROWS:
            yield waiting.slice(0, ROW_GROUP_ROWS).combine_chunks()
            waiting = waiting.slice(ROW_GROUP_ROWS).combine_chunks()
    if waiting.num_rows:
        yield waiting.combine_chunks()
