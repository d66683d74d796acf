"""Stage `compare_across`: questions that are alike across entities, by ranges of the buckets they fall into."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np

from pipeline.commit import Counts
from pipeline.dataset.alike.drops import alike_items
from pipeline.dataset.cutting import gathered_rows
from pipeline.dataset.settings import Assemble
from pipeline.stage import Inputs, Outcome, Partition, Stage, StageOutput
from pipeline.tables import Slice, read_slice

# Items of a partition: some 30 MB of signatures, and as many again while they are sorted.
_ITEMS = 250_000
_THREADS = 16


class CompareAcrossStage(Stage):
    """Its partitions are ranges of buckets, read out of every file of signatures."""

    name = "compare_across"
    version = 1
    tables = ("alike",)
    after = ("compare_within",)
    items_per_partition = _ITEMS

    def __init__(self, config: Assemble) -> None:
        self.config = config.alike

    def deciding(self) -> dict[str, Any]:
        if self.config is None:
            return {"alike": None}
        return {"across_entities": self.config.across_entities, "threshold": self.config.threshold}

    def partitions(self, inputs: Inputs) -> list[Partition]:
        if self.config is None or self.config.across_entities is None:
            return []
        return _ranges(inputs["compare_within"], self.items_per_partition)

    def process(self, partition: Partition, inputs: Inputs, shared: None) -> Outcome:
        assert self.config is not None
        assert self.config.across_entities is not None
        rows = gathered_rows(inputs["compare_within"], "signatures", partition)
        alike = alike_items(rows, self.config.across_entities, self.config.threshold)
        rest = {"not_alike": rows.num_rows - alike.num_rows}
        return Outcome({"alike": alike}, Counts("items", rows.num_rows, alike.num_rows, rest, {}))


def _ranges(compared: StageOutput, items_per_partition: int) -> list[Partition]:
    """As many ranges of hashes, of equal width, as keep to so many items: their payload names rows of files.

    Buckets are hashes, so ranges of equal width hold about as many items each; one bucket stays in one range.
    """
    files = compared.files("signatures")
    num = max(1, -(-sum(file.rows for file in files) // items_per_partition))
    bounds = np.array([(number << 64) // num for number in range(1, num)], np.uint64)

    def edges(path: str, rows: int) -> list[int]:
        buckets = read_slice(compared.directory, Slice(path, 0, rows), ["bucket"]).column("bucket").to_numpy()
        return [0, *np.searchsorted(buckets, bounds).tolist(), rows]

    with ThreadPoolExecutor(_THREADS) as pool:
        found = list(pool.map(edges, [file.path for file in files], [file.rows for file in files]))
    ranges = [
        [[number, of[part], of[part + 1]] for number, of in enumerate(found) if of[part + 1] > of[part]]
        for part in range(num)
    ]
    return [
        Partition(f"{number:06d}", {"rows": rows}, sum(stop - start for _, start, stop in rows))
        for number, rows in enumerate(ranges)
    ]
