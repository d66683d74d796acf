"""Labels of the items that concepts refer to, held once as sorted Arrow columns and looked up by id."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from pipeline.stage import StageOutput
from pipeline.tables import read_table


class LabelIndex:
    """All labels of a set of items.

    Args:
        table: rows of `labels`, in any order.
    """

    def __init__(self, table: pa.Table) -> None:
        table = table.sort_by([("qid", "ascending"), ("language", "ascending")])
        self._qids: npt.NDArray[np.int64] = table.column("qid").to_numpy()
        self._table = table.select(["language", "label", "aliases"]).combine_chunks()

    def of(self, qid: int) -> list[dict[str, Any]]:
        """The item's labels as rows of `schema.LABEL`, by language; empty if it has none."""
        first, last = np.searchsorted(self._qids, [qid, qid + 1])
        rows: list[dict[str, Any]] = self._table.slice(first, last - first).to_pylist()
        return rows


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
