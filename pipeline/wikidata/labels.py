"""Labels of the items that concepts refer to, held once as sorted Arrow columns and looked up by id."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from pipeline.schema import LABEL
from pipeline.stage import StageOutput
from pipeline.tables import read_table


class LabelIndex:
    """All labels of a set of items.

    Args:
        table: rows of `labels`; those of an item in the order in which they are wanted.
    """

    def __init__(self, table: pa.Table) -> None:
        table = table.take(np.argsort(table.column("qid").to_numpy(), kind="stable"))
        self._items, first = np.unique(table.column("qid").to_numpy(), return_index=True)
        labels = pa.StructArray.from_arrays(
            [table.column(field.name).combine_chunks() for field in LABEL], fields=list(LABEL)
        )
        # One list for each item and an empty one behind them, for items that have none.
        offsets = pa.array([*first, len(labels), len(labels)], pa.int32())
        self._lists = pa.ListArray.from_arrays(offsets, labels, type=pa.list_(LABEL))

    def of(self, items: npt.NDArray[np.int64]) -> pa.ListArray:
        """The labels of each of these items: rows of `schema.LABEL`; an empty list for an item that has none.

        Args:
            items: shape (num_items,), in any order, an item as often as one likes.
        """
        places = np.searchsorted(self._items, items)
        known = np.append(self._items, -1)[places] == items
        return self._lists.take(pa.array(np.where(known, places, len(self._items))))


def referenced_items(extract: StageOutput) -> npt.NDArray[np.int64]:
    """Sorted ids of all candidates and of every item that a statement of theirs points to."""
    found = [np.empty(0, np.int64)]
    for file in extract.files("entities"):
        table = read_table(extract.directory, file.path, ["qid", "statements"])
        values = pc.struct_field(pc.list_flatten(table.column("statements")), "qid")
        found += [table.column("qid").to_numpy(), pc.drop_null(values).to_numpy()]
    return np.unique(np.concatenate(found))


def load_labels(extract: StageOutput, wanted: npt.NDArray[np.int64]) -> LabelIndex:
    """The labels of the wanted items; files are filtered one at a time."""
    value_set = pa.array(wanted)
    parts = []
    for file in extract.files("labels"):
        table = read_table(extract.directory, file.path)
        parts.append(table.filter(pc.is_in(table.column("qid"), value_set=value_set)))
    return LabelIndex(pa.concat_tables(parts))
