"""Stage `import`: imported rows and their pictures to the tables `shards` and `index`, as `assemble` writes them.

Rows of one picture stand together by now, so each picture is read once, and rows that are equal meet.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
import pyarrow as pa

from pipeline.commit import Counts, describe
from pipeline.dataset.cutting import gathered_rows
from pipeline.dataset.processor_files import ProcessorFiles, counter_of, identity, read_processor
from pipeline.dataset.shards import index_rows
from pipeline.imports.conversation import Refused
from pipeline.imports.cutting import shard_partitions
from pipeline.imports.kept_picture import Kept, keeping
from pipeline.imports.listing import Listing
from pipeline.imports.pictures import Pictures
from pipeline.imports.rows_stage import ORDER
from pipeline.imports.settings import Import
from pipeline.imports.source import where
from pipeline.imports.summary import summary
from pipeline.schema import INDEX, SHARDS, SPLITS
from pipeline.stage import Inputs, Outcome, Partition, Quarantine, Stage, StageOutput
from pipeline.storage import Storage

Row = dict[str, Any]
# Pictures in memory at once, decoded one at a time.
_PICTURES_AT_ONCE = 128
_THREADS = 16


@dataclass(frozen=True)
class Shared:
    """What every shard needs."""

    pictures: Pictures
    processor: ProcessorFiles | None


class ImportStage(Stage):
    """Its partitions are the shards: each a range of the order, of about `shard_mb`.

    Args:
        config: of the import.
        listing: of the places of pictures; it travels to workers by `shared`.
    """

    name = "import"
    version = 1
    tables = ("index", "shards")
    after = ("import_rows",)
    max_quarantined = 1.0

    def __init__(self, config: Import, listing: Listing) -> None:
        self.config = config
        self._pictures: Pictures | None = listing.pictures

    def __getstate__(self) -> dict[str, Any]:
        return {**self.__dict__, "_pictures": None}

    def check(self) -> None:
        if self.config.processor is not None:
            counter_of(read_processor(self.config.processor))

    def deciding(self) -> dict[str, Any]:
        config = self.config
        return {"split": config.split, "shard_mb": config.shard_mb, "processor": identity(config.processor)}

    def partitions(self, inputs: Inputs) -> list[Partition]:
        return shard_partitions(inputs["import_rows"], SPLITS.index(self.config.split), self.config.shard_mb * 1e6)

    def shared(self, inputs: Inputs, directory: Storage) -> Shared:
        assert self._pictures is not None, "it is the driver that shares"
        processor = self.config.processor
        return Shared(self._pictures, None if processor is None else read_processor(processor))

    def process(self, partition: Partition, inputs: Inputs, shared: Shared) -> Outcome:
        rows = gathered_rows(inputs["import_rows"], "imported", partition).sort_by(ORDER)
        shard = _Shard(partition.id, self.config, shared)
        with keeping() as keeper, ThreadPoolExecutor(_THREADS) as pool:
            for runs in _runs(rows):
                numbers = [run[0]["picture"] for run in runs]
                data = pool.map(lambda number: None if number < 0 else shared.pictures.read(number), numbers)
                shard.add(runs, keeper.keep(data))
        return shard.outcome(rows.num_rows)

    def documents(self, inputs: Inputs, output: StageOutput) -> Mapping[str, bytes]:
        return {"summary.json": describe(summary(inputs["import_rows"], output))}


class _Shard:
    """One shard while it grows."""

    def __init__(self, name: str, config: Import, shared: Shared) -> None:
        self._name, self._config, self._shared = name, config, shared
        self._counter = None if shared.processor is None else counter_of(shared.processor)
        self._tables: list[pa.Table] = [SHARDS.empty_table()]
        self._index: list[pa.Table] = [INDEX.empty_table()]
        self._quarantine = Quarantine()
        self._seen: set[int] = set()
        self._num_rows = self._num_pictures = 0

    def add(self, runs: Sequence[list[Row]], pictures: Sequence[Kept | Refused | None]) -> None:
        """Rows of one picture after another, with what became of it."""
        shards: list[Row] = []
        index: list[Row] = []
        for run, kept in zip(runs, pictures, strict=True):
            for row in self._shard_rows(run, kept):
                tokens = None if self._counter is None else self._counter.row(row)
                index += index_rows(row, self._name, self._num_rows, tokens)
                shards.append(row)
                self._num_rows += 1
        self._tables.append(pa.Table.from_pylist(shards, schema=SHARDS))
        self._index.append(pa.Table.from_pylist(index, schema=INDEX))

    def outcome(self, rows_in: int) -> Outcome:
        tables = {"index": pa.concat_tables(self._index), "shards": pa.concat_tables(self._tables)}
        ok = tables["index"].num_rows
        details = {"pictures": self._num_pictures}
        counts = Counts("samples", rows_in, ok, {}, self._quarantine.by_reason(), details)
        return Outcome(tables, counts, self._quarantine.rows)

    def _shard_rows(self, run: list[Row], kept: Kept | Refused | None) -> Iterator[Row]:
        """A row for each entity that the picture is asked about."""
        if isinstance(kept, Refused):
            for row in run:
                self._set_aside(row, kept)
            return
        by_entity: dict[int, list[Row]] = {}
        for row in run:
            qa_id = row["item"]["qa_id"]
            if qa_id in self._seen:
                self._set_aside(row, Refused("duplicate", f"says what sample {qa_id} says"))
                continue
            self._seen.add(qa_id)
            by_entity.setdefault(row["item"]["qid"], []).append(row)
        self._num_pictures += bool(by_entity) and kept is not None
        path = "" if kept is None else self._shared.pictures.path(run[0]["picture"])
        for qid, rows in by_entity.items():
            yield {
                "qid": qid,
                "sha256": "" if kept is None else kept.sha256,
                "country": rows[0]["country"],
                "domain": "",
                "num_sitelinks": -1,
                "items": [row["item"] for row in rows],
                "split": self._config.split,
                "image": None if kept is None else kept.data,
                "width": 0 if kept is None else kept.width,
                "height": 0 if kept is None else kept.height,
                "title": path,
                "page_url": rows[0]["page_url"],
                "author": "",
                "licence": rows[0]["licence"],
                "licence_url": rows[0]["licence_url"],
                "attribution": rows[0]["attribution"],
            }

    def _set_aside(self, row: Row, refused: Refused) -> None:
        place = where(self._config.files[row["file"]], row["position"])
        self._quarantine.add(place, refused.reason, refused.detail)


def _runs(rows: pa.Table) -> Iterator[list[list[Row]]]:
    """Rows of one picture together, and each row of text alone; so many pictures at a time."""
    pictures = rows.column("picture").to_numpy()
    begins = np.ones(len(rows), np.bool_)
    begins[1:] = (pictures[1:] != pictures[:-1]) | (pictures[1:] < 0)
    bounds = [*np.flatnonzero(begins).tolist(), len(rows)]
    for first in range(0, len(bounds) - 1, _PICTURES_AT_ONCE):
        ends = bounds[first : first + _PICTURES_AT_ONCE + 1]
        held = rows.slice(ends[0], ends[-1] - ends[0]).to_pylist()
        yield [held[start - ends[0] : stop - ends[0]] for start, stop in pairwise(ends)]
