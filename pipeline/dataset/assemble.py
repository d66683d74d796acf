"""Stage `assemble`: arranged items and their pictures to training shards, their index, and the documents of the set."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

import pyarrow as pa

from pipeline.commit import Counts, sorted_counts
from pipeline.dataset.cutting import shard_partitions, shard_rows
from pipeline.dataset.describe.tally import tally
from pipeline.dataset.processor_files import ProcessorFiles, counter_of, identity, read_processor
from pipeline.dataset.settings import Assemble
from pipeline.dataset.shards import index_rows, shard_row
from pipeline.picture_store import PictureStore
from pipeline.review.acceptance import Reviewed
from pipeline.schema import INDEX, SHARDS
from pipeline.stage import Inputs, Outcome, Partition, Stage, StageOutput
from pipeline.storage import Storage
from pipeline.takedown import Tombstones


class AssembleStage(Stage):
    """Its partitions are the shards: each a range of the order of one split, of about `shard_mb`."""

    name = "assemble"
    version = 4
    tables = ("shards", "index", "tallies")
    # In the order in which the card tells of them; shards are made of `arrange` alone.
    after = (
        "extract", "select", "images", "questions", "rephrase", "judge", "compare_within", "compare_across", "arrange",
    )  # fmt: skip

    def __init__(self, config: Assemble, run_name: str, output: Storage, reviewed: Reviewed) -> None:
        self.config = config
        self.run_name = run_name
        self.output = output
        self.reviewed = reviewed
        self.pictures = PictureStore(output)
        self.max_quarantined = config.max_quarantined

    def check(self) -> None:
        if self.config.processor is not None:
            counter_of(read_processor(self.config.processor))

    def deciding(self) -> dict[str, Any]:
        # The card tells it. Wordings that are switched off come with the questions.
        acceptance = {language: asdict(found) for language, found in self.reviewed.by_language.items()}
        return {
            "shard_mb": self.config.shard_mb,
            "processor": identity(self.config.processor),
            "name": self.run_name,
            "acceptance": acceptance,
        }

    def partitions(self, inputs: Inputs) -> list[Partition]:
        return shard_partitions(inputs["arrange"], self.config.shard_mb * 1e6)

    def shared(self, inputs: Inputs, directory: Storage) -> ProcessorFiles | None:
        return None if self.config.processor is None else read_processor(self.config.processor)

    def process(self, partition: Partition, inputs: Inputs, shared: ProcessorFiles | None) -> Outcome:
        begun = time.monotonic()
        rows = shard_rows(inputs["arrange"], partition).to_pylist()
        reading_s = time.monotonic() - begun
        gone = Tombstones.load(self.output)
        left = [row for row in rows if not gone.covers(row["qid"], row["sha256"], row["title"])]
        pictures = self.pictures.load_all(dict.fromkeys(row["sha256"] for row in left))
        shards = [shard_row(row, row, pictures[row["sha256"]], row["split"]) for row in left]
        counted = [None if shared is None else counter_of(shared).row(row) for row in left]
        index = [
            entry
            for number, (row, tokens) in enumerate(zip(shards, counted, strict=True))
            for entry in index_rows(row, partition.id, number, tokens)
        ]
        taken_down = sorted_counts(Counter(taken_down=len(rows) - len(left)))
        counts = Counts("pictures", len(rows), len(shards), taken_down, {}, {"samples": len(index)})
        tables = {
            "shards": pa.Table.from_pylist(shards, schema=SHARDS),
            "index": pa.Table.from_pylist(index, schema=INDEX),
            "tallies": tally(shards),
        }
        return Outcome(tables, counts, log={"reading_seconds": round(reading_s, 3)})

    def documents(self, inputs: Inputs, output: StageOutput) -> Mapping[str, bytes]:
        # Workers draw nothing, so they need not load what draws.
        from pipeline.dataset.describe.documents import documents

        return documents(self.run_name, inputs, output, self.reviewed)
