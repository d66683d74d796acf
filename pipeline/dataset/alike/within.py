"""Stage `compare_within`: questions of an entity that are alike, and what the rest is compared by across entities."""

from __future__ import annotations

import io
from collections import Counter
from dataclasses import dataclass
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from pipeline.commit import Counts, sorted_counts
from pipeline.dataset.alike.drops import alike_items
from pipeline.dataset.alike.signature import SORTED, Signatures, signatures
from pipeline.dataset.filters import filters_of, leave_out
from pipeline.dataset.group_reading import NEAR_DUPLICATES
from pipeline.dataset.judged import by_files, judged_rows
from pipeline.dataset.settings import Assemble
from pipeline.schema import ALIKE
from pipeline.stage import Inputs, Outcome, Partition, Stage, StageOutput
from pipeline.storage import Storage


@dataclass(frozen=True)
class Shared:
    """What every partition needs.

    Attributes:
        prepared: by the filters, in their order.
        picture_groups: of a picture with near duplicates, the digest of its group's best.
    """

    prepared: tuple[Any, ...]
    picture_groups: dict[str, str]


class CompareWithinStage(Stage):
    """Compares what the other filters leave, so that nothing goes for the sake of an item that goes itself."""

    name = "compare_within"
    version = 1
    tables = ("signatures", "alike")
    after = ("judge", "images")

    def __init__(self, config: Assemble) -> None:
        self.config = config
        self.filters = filters_of(config)

    def deciding(self) -> dict[str, Any]:
        config = self.config
        if config.alike is None:
            return {"alike": None}
        return {
            "within_entity": config.alike.within_entity,
            "threshold": config.alike.threshold,
            "filters": [each.deciding() for each in self.filters],
        }

    def partitions(self, inputs: Inputs) -> list[Partition]:
        return [] if self.config.alike is None else by_files(inputs, self.config.rows_per_partition)

    def shared(self, inputs: Inputs, directory: Storage) -> Shared | None:
        if self.config.alike is None:
            return None
        prepared = tuple(each.prepare(inputs, directory) for each in self.filters)
        return Shared(prepared, _picture_groups(inputs["images"]))

    def process(self, partition: Partition, inputs: Inputs, shared: Shared) -> Outcome:
        settings = self.config.alike
        assert settings is not None
        not_selected = Counter[str]()
        num_items, found = 0, []
        for rows in judged_rows(partition, inputs):
            left, gone = leave_out(rows, self.filters, shared.prepared)
            not_selected.update(each["reason"] for each in gone)
            num_items += sum(len(row["items"]) for row in rows)
            found.append(signatures(left, shared.picture_groups))
        whole = Signatures(*(pa.concat_tables(tables) for tables in zip(*found, strict=True)))
        alike = ALIKE.empty_table()
        if settings.within_entity is not None:
            alike = alike_items(whole.within, settings.within_entity, settings.threshold)
        not_selected["alike_within"] = alike.num_rows
        goes = pc.is_in(whole.across.column("qa_id"), alike.column("qa_id"))
        rest = whole.across.filter(pc.invert(goes)).sort_by(SORTED)
        counts = Counts("items", num_items, rest.num_rows, sorted_counts(+not_selected), {})
        return Outcome({"signatures": rest, "alike": alike}, counts)


def _picture_groups(images: StageOutput) -> dict[str, str]:
    near = pq.read_table(io.BytesIO(images.directory.read(NEAR_DUPLICATES)), columns=["sha256", "group"])
    return dict(zip(near.column("sha256").to_pylist(), near.column("group").to_pylist(), strict=True))
