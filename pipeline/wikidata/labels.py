"""Labels of the items that concepts refer to: sorted Arrow columns, looked up by id."""

from __future__ import annotations

from typing import Protocol

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from pipeline.schema import LABEL

# One row for each item, sorted, and behind them one without labels: what an item gets that has none.
BY_ITEM = pa.schema([pa.field("qid", pa.int64(), False), pa.field("labels", pa.list_(LABEL), False)])
# Larger than any id of an item.
BEHIND_ALL = np.iinfo(np.int64).max


class Labels(Protocol):
    """Gives the labels of items, wherever they are kept."""

    def of(self, items: npt.NDArray[np.int64]) -> pa.ListArray:
        """The labels of each of these items: rows of `schema.LABEL`; an empty list for an item that has none.

        Args:
            items: shape (num_items,), in any order, an item as often as one likes.
        """
        ...


def grouped_by_item(rows: pa.Table) -> pa.RecordBatch:
    """Rows of `schema.LABELS` as one of `BY_ITEM`; the labels of an item keep their order.

    Raises:
        pyarrow.ArrowInvalid: the text of one column takes more than 2 GiB, which one Arrow array cannot hold.
    """
    order = np.argsort(rows.column("qid").to_numpy(), kind="stable")
    columns = {field.name: rows.column(field.name).take(pa.array(order)) for field in rows.schema}
    sorted_items = columns["qid"].to_numpy()
    first = np.flatnonzero(np.diff(sorted_items, prepend=-1))
    labels = pa.StructArray.from_arrays([columns[field.name].combine_chunks() for field in LABEL], fields=list(LABEL))
    offsets = pa.array([*first, len(labels), len(labels)], pa.int32())
    lists = pa.ListArray.from_arrays(offsets, labels, type=BY_ITEM.field("labels").type)
    return pa.RecordBatch.from_arrays([pa.array(np.append(sorted_items[first], BEHIND_ALL)), lists], schema=BY_ITEM)


class LabelIndex:
    """Labels of items, in memory or mapped into it.

    Args:
        table: what `grouped_by_item` made.
    """

    def __init__(self, table: pa.RecordBatch) -> None:
        self._items = table.column("qid").to_numpy()
        self._lists = table.column("labels")

    def of(self, items: npt.NDArray[np.int64]) -> pa.ListArray:
        """See `Labels.of`."""
        places = np.searchsorted(self._items, items)
        known = self._items[places] == items
        return self._lists.take(pa.array(np.where(known, places, len(self._items) - 1)))


NO_LABELS = LabelIndex(
    pa.RecordBatch.from_arrays([pa.array([BEHIND_ALL]), pa.array([[]], BY_ITEM.types[1])], schema=BY_ITEM)
)
