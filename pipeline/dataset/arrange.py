"""Stage `arrange`: judged items with what the shards say of their pictures, in the order of the shards, many a file.

Judged files are in the order of the dump, shards in that of a hash: each shard takes rows of nearly every judged file.
Files that are large and in order make that few reads; docs/decisions/0022-shards.md has the arithmetic.
"""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from pipeline.commit import Counts, sorted_counts
from pipeline.dataset.alike.filter import Unlike
from pipeline.dataset.filters import ItemFilter, filters_of, leave_out
from pipeline.dataset.group_reading import entity_groups
from pipeline.dataset.groups import EntityGroups
from pipeline.dataset.judged import by_rows, judged_rows
from pipeline.dataset.order import ORDER, bytes_in_shard, place_of
from pipeline.dataset.protected.keys import load_all
from pipeline.dataset.protected.overlap import PREFIX
from pipeline.dataset.protected.report import merge, overlap_report, tally
from pipeline.dataset.settings import Assemble
from pipeline.dataset.split import split_of
from pipeline.schema import ARRANGED, LEFT_OUT
from pipeline.stage import Inputs, Outcome, Partition, Stage, StageOutput
from pipeline.storage import Storage
from pipeline.tables import read_table

Row = dict[str, Any]
# Share of all entities from which on a group is worth a warning: it moves the shares of the splits.
_LARGE = 0.02


@dataclass(frozen=True)
class Shared:
    """What every partition needs: which entities are joined, and what the filters prepared, in their order."""

    groups: EntityGroups
    prepared: tuple[Any, ...]


class ArrangeStage(Stage):
    """Says of every picture with questions which split and which place it has, and which of its items stay."""

    name = "arrange"
    version = 3
    tables = ("arranged", "left_out")
    after = ("judge", "images", "select", "compare_within", "compare_across")

    def __init__(self, config: Assemble) -> None:
        self.config = config
        # What is alike was found among what the others leave.
        self.filters: tuple[ItemFilter, ...] = (*filters_of(config), *([] if config.alike is None else [Unlike()]))

    def check(self) -> None:
        # A list that is not there is told before the stages that take days.
        self.deciding()

    def deciding(self) -> dict[str, Any]:
        config = self.config
        return {
            "validation": config.validation,
            "test": config.test,
            "seed": config.seed,
            "rows_per_partition": config.rows_per_partition,
            "filters": [each.deciding() for each in self.filters],
        }

    def partitions(self, inputs: Inputs) -> list[Partition]:
        return by_rows(inputs, self.config.rows_per_partition)

    def shared(self, inputs: Inputs, directory: Storage) -> Shared:
        prepared = tuple(each.prepare(inputs, directory) for each in self.filters)
        groups = entity_groups(inputs["images"], inputs["select"])
        if groups.largest > _LARGE * inputs["select"].num_rows("concepts") + 1:
            logging.getLogger(__name__).warning(
                "arrange: %d entities are one group, so one split; a lower images.near_duplicate_bits parts more",
                groups.largest,
            )
        return Shared(groups, prepared)

    def process(self, partition: Partition, inputs: Inputs, shared: Shared) -> Outcome:
        parts: list[pa.Table] = [ARRANGED.empty_table()]
        without: list[Row] = []
        not_selected, details = Counter[str](), Counter[str]()
        for asked in judged_rows(partition, inputs):
            kept, gone = leave_out([row for row in asked if row["items"]], self.filters, shared.prepared)
            not_selected["no_question"] += len(asked) - len(kept)
            rows = [row for row in kept if row["items"]]
            not_selected["no_item_left"] += len(kept) - len(rows)
            without += gone
            details.update(f"left out: {each['reason']}" for each in gone)
            details["items"] += sum(len(row["items"]) for row in rows)
            parts.append(pa.Table.from_pylist([self._arranged(row, shared.groups) for row in rows], schema=ARRANGED))
        table = pa.concat_tables(parts).sort_by(ORDER)
        counts = Counts(
            "pictures", partition.input_rows or 0, table.num_rows, sorted_counts(not_selected), {},
            sorted_counts(details),
        )  # fmt: skip
        left_out = pa.Table.from_pylist(without, schema=LEFT_OUT).sort_by("qa_id")
        return Outcome({"arranged": table, "left_out": left_out}, counts)

    def documents(self, inputs: Inputs, output: StageOutput) -> Mapping[str, bytes]:
        if not self.config.protected:
            return {}
        tables = (read_table(output.directory, file.path) for file in output.files("left_out"))
        found = merge(
            tally(table.filter(pc.starts_with(table.column("reason"), PREFIX)).to_pylist()) for table in tables
        )
        return {"overlaps.md": overlap_report(found, load_all(self.config.protected)).encode()}

    def _arranged(self, row: Row, groups: EntityGroups) -> Row:
        group = groups.group_of(row["qid"])
        return {
            **row,
            "group": group,
            "split": split_of(group, self.config.validation, self.config.test),
            "place": place_of(row["sha256"], self.config.seed),
            "num_bytes": bytes_in_shard(row["num_bytes"], len(row["items"])),
        }
