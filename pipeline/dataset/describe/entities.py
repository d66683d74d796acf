"""Which entities the data set is about, by country, domain and how widely known: from columns, a file at a time."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from pipeline.dataset.distinct import distinct
from pipeline.stage import StageOutput
from pipeline.tables import Slice, read_slice

POPULARITIES = ("head", "torso", "tail")
_THREADS = 8
_OF_CONCEPT = ("country", "domain", "popularity")

Longs = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Concepts:
    """All concepts of a run, 11 bytes each.

    Attributes:
        qid: in order, shape (n,).
        names: country, domain and popularity -> what the codes mean.
        codes: country, domain and popularity -> code of each concept, shape (n,).
        popularity_of: wiki pages about an entity -> head, torso or tail.
    """

    qid: Longs
    names: Mapping[str, Sequence[str]]
    codes: Mapping[str, npt.NDArray[np.int8]]
    popularity_of: Mapping[int, str]

    def counts(self, column: str, qids: Longs | None = None) -> dict[str, int]:
        """Name -> concepts; those of `qids` where they are given."""
        codes = self.codes[column] if qids is None else self.codes[column][self.places(qids)]
        found = np.bincount(codes, minlength=len(self.names[column])).tolist()
        return {name: number for name, number in sorted(zip(self.names[column], found, strict=True)) if number}

    def names_of(self, column: str, qids: Longs) -> npt.NDArray[np.str_]:
        """The name of each of some concepts."""
        return np.asarray(self.names[column])[self.codes[column][self.places(qids)]]

    def places(self, qids: Longs) -> npt.NDArray[np.intp]:
        """Where concepts stand; those that are none are left out."""
        at = np.searchsorted(self.qid, qids).clip(0, max(0, len(self.qid) - 1))
        return at[self.qid[at] == qids] if len(self.qid) else at[:0]


def read_concepts(select: StageOutput) -> Concepts:
    """From the table `concepts`."""
    names: dict[str, dict[str, int]] = {column: {} for column in _OF_CONCEPT}
    qids: list[Longs] = [np.empty(0, np.int64)]
    codes: dict[str, list[npt.NDArray[np.int8]]] = {column: [np.empty(0, np.int8)] for column in _OF_CONCEPT}
    popularity_of: dict[int, str] = {}
    for table in columns_of(select, "concepts", ["qid", "num_sitelinks", *_OF_CONCEPT]):
        qids.append(table.column("qid").to_numpy())
        for column in _OF_CONCEPT:
            codes[column].append(_coded(table.column(column), names[column]))
        pairs = table.group_by(["num_sitelinks", "popularity"]).aggregate([])
        popularity_of.update(zip(pairs.column(0).to_pylist(), pairs.column(1).to_pylist(), strict=True))
    qid = np.concatenate(qids)
    order = np.argsort(qid, kind="stable")
    return Concepts(
        qid[order],
        {column: list(found) for column, found in names.items()},
        {column: np.concatenate(parts)[order] for column, parts in codes.items()},
        popularity_of,
    )


def subjects(output: StageOutput, table: str) -> Longs:
    """The different entities of a table with a column `qid`, in order."""
    return distinct((part.column("qid").to_numpy() for part in columns_of(output, table, ["qid"])), np.int64)


def columns_of(output: StageOutput, table: str, columns: Sequence[str]) -> Iterator[pa.Table]:
    """Some columns of a table, file by file in their order; so many files at a time are fetched as there are threads.

    Args:
        output: a complete stage.
        table: one of its tables.
        columns: names; of a list of structs `items.list.element.language`.
    """
    files = output.files(table)

    def read(at: int) -> pa.Table:
        return read_slice(output.directory, Slice(files[at].path, 0, files[at].rows), columns)

    with ThreadPoolExecutor(_THREADS) as pool:
        for start in range(0, len(files), _THREADS):
            yield from pool.map(read, range(start, min(start + _THREADS, len(files))))


def _coded(column: pa.ChunkedArray, names: dict[str, int]) -> npt.NDArray[np.int8]:
    encoded = column.combine_chunks().dictionary_encode()
    numbers = [names.setdefault(name, len(names)) for name in encoded.dictionary.to_pylist()]
    codes: npt.NDArray[np.int8] = np.asarray(numbers, np.int8)[encoded.indices.to_numpy()]
    return codes
