"""Samples of the shards by position: read through storage by row group, decoded and encoded on demand."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from pipeline.storage import Storage
from pipeline.tables import Slice, read_slice, row_group_rows
from training.data.encode import Sample, encode

_COLUMNS = ["image", "items"]
_GROUP_ROWS = row_group_rows("shards")


@dataclass(frozen=True)
class Places:
    """Where samples are, one entry each; `shards` are the files that `shard` counts.

    Attributes:
        ids: qa_id of each sample, shape (num_samples,).
        shard: index into `shards`, shape (num_samples,).
        row: row of that file, shape (num_samples,).
        item: item of that row, shape (num_samples,).
    """

    shards: tuple[str, ...]
    ids: npt.NDArray[np.int64]
    shard: npt.NDArray[np.int64]
    row: npt.NDArray[np.int64]
    item: npt.NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.ids)


def places(index: pa.Table, shard_of_partition: dict[str, str], split: str) -> Places:
    """The samples of a split, in the order of shards and rows.

    Args:
        index: the table `index`.
        shard_of_partition: partition id -> path of its file of `shards`.
        split: train, validation or test.
    """
    paths = tuple(shard_of_partition.values())
    number = {partition: position for position, partition in enumerate(shard_of_partition)}
    rows = [
        row for row in index.select(["qa_id", "shard", "row", "item", "split"]).to_pylist() if row["split"] == split
    ]
    rows.sort(key=lambda row: (number[row["shard"]], row["row"], row["item"]))

    def column(name: str) -> npt.NDArray[np.int64]:
        return np.array([row[name] for row in rows], np.int64)

    return Places(
        paths,
        column("qa_id"),
        np.array([number[row["shard"]] for row in rows], np.int64),
        column("row"),
        column("item"),
    )


class Samples:
    """Encoded samples by position. Row groups last used are kept, since a window of them is used for many steps.

    Args:
        storage: the directory of the stage that wrote the shards.
        places: where the samples are.
        processor: a LlavaNextProcessor.
        groups_kept: row groups held in memory; the plan's window at least.
    """

    def __init__(self, storage: Storage, places: Places, processor: Any, groups_kept: int) -> None:
        self._storage, self._places, self._processor, self._groups_kept = storage, places, processor, groups_kept
        self._groups: OrderedDict[tuple[int, int], pa.Table] = OrderedDict()

    def __call__(self, position: int) -> Sample:
        row = self._row(int(self._places.shard[position]), int(self._places.row[position]))
        return encode(self._processor, row["image"], row["items"][int(self._places.item[position])])

    def _row(self, shard: int, number: int) -> dict[str, Any]:
        group, place = divmod(number, _GROUP_ROWS)
        key = (shard, group)
        if key not in self._groups:
            rows = Slice(self._places.shards[shard], group * _GROUP_ROWS, (group + 1) * _GROUP_ROWS)
            self._groups[key] = read_slice(self._storage, rows, _COLUMNS)
            if len(self._groups) > self._groups_kept:
                self._groups.popitem(last=False)
        self._groups.move_to_end(key)
        row: dict[str, Any] = self._groups[key].slice(place, 1).to_pylist()[0]
        return row


def row_groups(places: Places) -> npt.NDArray[np.int64]:
    """An id of the row group of each sample, shape (num_samples,): what a plan permutes."""
    return places.shard << 32 | places.row // _GROUP_ROWS
