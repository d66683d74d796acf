"""Where the samples of all sources are: columns of numbers, small enough for an entry each of tens of millions."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from pipeline.errors import VerificationError
from pipeline.storage import open_storage
from pipeline.tables import read_table, row_group_rows

UNKNOWN = -1
GROUP_ROWS = row_group_rows("shards")

Shorts = npt.NDArray[np.int16]
Ints = npt.NDArray[np.int32]
Longs = npt.NDArray[np.int64]

_COLUMNS = ("qa_id", "shard", "row", "item", "split", "kind", "language", "num_text_tokens", "num_image_tokens")
# Files of the index that are fetched and taken apart at once.
_FILES_AT_ONCE = 8


@dataclass(frozen=True)
class Source:
    """A data set to train on: what a stage wrote that makes the tables `shards` and `index`.

    Attributes:
        directory: the stage's, as `open_storage` takes it.
        shard_of_partition: partition id -> path of its file of `shards`, below the directory.
        index_paths: files of the table `index`, below the directory.
        name: what the source is called in a mixture and in figures.
        split: whose samples are meant: train, validation or test.
        kinds: of questions that are meant.
    """

    directory: str
    shard_of_partition: Mapping[str, str]
    index_paths: Sequence[str]
    name: str
    split: str
    kinds: Sequence[str] = ("open", "choice")


@dataclass(frozen=True)
class Shard:
    """A file of `shards`: the number of its source, and its path below that source's directory."""

    source: int
    path: str


@dataclass(frozen=True)
class Places:
    """Where samples are; every array has an entry for each, shape (num_samples,), in all 32 bytes a sample.

    Attributes:
        sources: that the samples come from.
        shards: files of all sources, those of the first source first.
        languages: codes, sorted.
        ids: qa_id.
        shard: number in `shards`.
        row: row of that file.
        item: item of that row.
        num_tokens: text and picture together; UNKNOWN where no processor has counted them.
        num_image_tokens: 0 without a picture; UNKNOWN where there is one and no processor has counted it.
        language: number in `languages`.
        source: number in `sources`.
    """

    sources: tuple[Source, ...]
    shards: tuple[Shard, ...]
    languages: tuple[str, ...]
    ids: Longs
    shard: Ints
    row: Ints
    item: Ints
    num_tokens: Ints
    num_image_tokens: Ints
    language: Shorts
    source: Shorts

    def __len__(self) -> int:
        return len(self.ids)

    @property
    def row_groups(self) -> Longs:
        """An id of the row group that holds each sample, shape (num_samples,): what is read at once."""
        return self.shard.astype(np.int64) << 32 | self.row // GROUP_ROWS

    @property
    def rows(self) -> Longs:
        """An id of the row that holds each sample, shape (num_samples,): equal where a picture is shared."""
        return self.shard.astype(np.int64) << 32 | self.row


def read_places(sources: Sequence[Source]) -> Places:
    """The samples of all sources, in the order of shards, rows and items.

    Raises:
        StorageError: a file of an index cannot be read.
        VerificationError: an index is damaged, or names a shard of which its stage has no record.
    """
    shards = tuple(
        Shard(number, path) for number, source in enumerate(sources) for path in source.shard_of_partition.values()
    )
    parts = list(_parts(sources))
    languages = tuple(sorted({name for names, _ in parts for name in names}))
    number_of = {name: number for number, name in enumerate(languages)}
    for names, columns in parts:
        columns["language"] = np.array([number_of[name] for name in names], np.int16)[columns["language"]]
    # Column by column, each freed as it is joined: no more than one column is there twice.
    joined = {name: np.concatenate([columns.pop(name) for _, columns in parts]) for name in _TYPES}
    if not _is_sorted(joined["shard"], joined["row"], joined["item"]):
        order = np.lexsort((joined["item"], joined["row"], joined["shard"]))
        for name in _TYPES:
            joined[name] = joined[name][order]
    return Places(tuple(sources), shards, languages, **joined)


_TYPES = {
    "ids": np.int64, "shard": np.int32, "row": np.int32, "item": np.int32, "num_tokens": np.int32,
    "num_image_tokens": np.int32, "language": np.int16, "source": np.int16,
}  # fmt: skip
# Names of languages, and the columns of a file: `language` counts those names.
_Part = tuple[Sequence[str], dict[str, npt.NDArray[Any]]]


def _parts(sources: Sequence[Source]) -> Iterator[_Part]:
    """What each file of each index has to say; one without rows first, so that there is something to join."""
    yield ("",)[:0], {name: np.empty(0, kind) for name, kind in _TYPES.items()}
    first_shard = 0
    with ThreadPoolExecutor(_FILES_AT_ONCE) as pool:
        for number, source in enumerate(sources):
            reader = _IndexReader(source, number, first_shard)
            yield from pool.map(reader.read, source.index_paths)
            first_shard += len(source.shard_of_partition)


class _IndexReader:
    """Takes files of one source's index apart."""

    def __init__(self, source: Source, number: int, first_shard: int) -> None:
        self._source, self._number = source, number
        self._storage = open_storage(source.directory)
        self._shards = {name: place for place, name in enumerate(source.shard_of_partition, first_shard)}

    def read(self, path: str) -> _Part:
        table = read_table(self._storage, path, _COLUMNS)
        picture = table["num_image_tokens"]
        if picture.null_count:
            # Whether there is a picture is known without a processor.
            empty = pc.equal(read_table(self._storage, path, ["sha256"])["sha256"], "")
            picture = pc.if_else(empty, pa.scalar(0, pa.int32()), picture)
        meant = pc.and_(
            pc.equal(table["split"], self._source.split),
            pc.is_in(table["kind"], pa.array(self._source.kinds, pa.string())),
        )
        table = table.append_column("picture", picture).filter(meant)
        tokens = pc.add(table["num_text_tokens"], table["num_image_tokens"])
        names, languages = _numbered(table["language"])
        return names, {
            "ids": table["qa_id"].to_numpy(),
            "shard": self._shard_numbers(table["shard"], path),
            "row": table["row"].to_numpy(),
            "item": table["item"].to_numpy(),
            "num_tokens": pc.fill_null(tokens, UNKNOWN).to_numpy(),
            "num_image_tokens": pc.fill_null(table["picture"], UNKNOWN).to_numpy(),
            "language": languages.astype(np.int16),
            "source": np.full(len(table), self._number, np.int16),
        }

    def _shard_numbers(self, partitions: pa.ChunkedArray, path: str) -> Ints:
        names, numbers = _numbered(partitions)
        unknown = sorted(set(names) - self._shards.keys())
        if unknown:
            raise VerificationError(
                f"{self._storage.uri}/{path}: names shard {unknown[0]!r}, of which its stage has no record; "
                "run the stage again into a directory of its own"
            )
        return np.array([self._shards[name] for name in names], np.int32)[numbers]


def _numbered(texts: pa.ChunkedArray) -> tuple[list[str], Ints]:
    """Distinct texts, and for each entry the number of its own."""
    encoded = pc.dictionary_encode(texts).combine_chunks()
    return encoded.dictionary.to_pylist(), encoded.indices.to_numpy()


def _is_sorted(*columns: Ints) -> bool:
    """Whether entries ascend by the first column, and where it is equal by the next."""
    undecided = np.ones(max(len(columns[0]) - 1, 0), np.bool_)
    for column in columns:
        before, after = column[:-1], column[1:]
        if bool(np.any(undecided & (after < before))):
            return False
        undecided &= before == after
    return True
