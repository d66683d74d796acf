"""What a form of export is: the files that one shard becomes, and what a reader of the folder is told."""

from __future__ import annotations

import hashlib
from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from pipeline.dataset.describe.croissant import RecordSet
from pipeline.errors import VerificationError
from pipeline.schema import SPLITS
from pipeline.storage import Storage
from pipeline.tables import FileRecord

# Pictures decoded at once: with their questions some 10 MB.
BATCH_ROWS = 64


@dataclass(frozen=True)
class Piece:
    """A file to be written: path below the target, its split, rows (samples, pictures or table rows) and bytes."""

    path: str
    split: str
    rows: int
    data: bytes


@dataclass(frozen=True)
class Exported:
    """A file that was written; `sha256` is the hex digest of its bytes."""

    path: str
    split: str
    rows: int
    size: int
    sha256: str


class Form(ABC):
    """One form of export. Bytes depend on the rows of a shard and on the settings, on nothing else.

    Attributes:
        name: as `--format` takes it.
        version: raised when the code makes other bytes of the same shard.
    """

    name: ClassVar[str]
    version: ClassVar[int]

    def settings(self) -> dict[str, Any]:
        """What besides the shard decides the bytes."""
        return {}

    @abstractmethod
    def pieces(self, shard: pq.ParquetFile, name: str, split: str) -> Iterator[Piece]:
        """The files of one split of one shard, one after another.

        Args:
            shard: rows of `schema.SHARDS`, at least one of them of the split.
            name: of the shard: unique among those of a run.
            split: of the rows to write.
        """

    @abstractmethod
    def lists(self, files: Sequence[Exported]) -> Mapping[str, bytes]:
        """Small files that name all others, for loaders that want such a list."""

    @abstractmethod
    def configs(self, files: Sequence[Exported]) -> list[dict[str, Any]]:
        """The block `configs` of the folder's README: which files `load_dataset` reads. Empty if it reads none."""

    def record_sets(self, files: Sequence[Exported]) -> list[RecordSet]:
        """What Croissant metadata tell of the files. Empty if they are of no kind that its readers read."""
        return []

    @abstractmethod
    def usage(self, files: Sequence[Exported]) -> str:
        """Markdown: what lies where, and how to load it."""


def open_shard(directory: Storage, file: FileRecord) -> pq.ParquetFile:
    """A shard, read whole into memory and compared with its record.

    Raises:
        VerificationError: its bytes are not those of the record.
    """
    data = directory.read(file.path)
    if hashlib.sha256(data).hexdigest() != file.sha256:
        raise VerificationError(
            f"{directory.uri}/{file.path}: its bytes do not match the manifest; `culturalground verify` tells what "
            "else is damaged"
        )
    return pq.ParquetFile(pa.BufferReader(data))


def pictures_by_split(shard: pq.ParquetFile) -> dict[str, int]:
    """Rows of a shard by split, in the order of `SPLITS`; only splits that have any."""
    column = shard.read(["split"]).column("split")
    counts = {row["values"]: row["counts"] for row in pc.value_counts(column).to_pylist()}
    return {split: counts[split] for split in SPLITS if split in counts}


def batches(shard: pq.ParquetFile, split: str, rows: int = BATCH_ROWS) -> Iterator[pa.Table]:
    """The rows of one split in their order, `rows` at a time and fewer at the end, whatever the shard's row groups."""
    tables = (pa.Table.from_batches([batch]) for batch in shard.iter_batches(batch_size=rows))
    return gathered((table.filter(pc.equal(table.column("split"), split)) for table in tables), rows)


def gathered(tables: Iterable[pa.Table], rows: int) -> Iterator[pa.Table]:
    """The rows of all tables, exactly `rows` at a time, fewer at the end."""
    held: list[pa.Table] = []
    for table in tables:
        held.append(table)
        while sum(part.num_rows for part in held) >= rows:
            joined = pa.concat_tables(held)
            yield joined.slice(0, rows)
            held = [joined.slice(rows)]
    if any(part.num_rows for part in held):
        yield pa.concat_tables(held)
