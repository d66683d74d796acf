"""Which labels a selection needs, and whether they are held in memory or in files by range."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from itertools import chain

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from pipeline.schema import LABELS
from pipeline.stage import StageOutput
from pipeline.storage import Storage
from pipeline.tables import read_table
from pipeline.wikidata.label_ranges import published_labels
from pipeline.wikidata.label_sorting import sort_into_ranges
from pipeline.wikidata.labels import BEHIND_ALL, LabelIndex, Labels, grouped_by_item

# An Arrow array of strings points into its text by 32 bits with a sign.
MOST_BYTES_OF_A_COLUMN = (1 << 31) - 1


def referenced_items(extract: StageOutput) -> npt.NDArray[np.int64]:
    """Sorted ids of all candidates and of every item that a statement of theirs points to."""
    found = [np.empty(0, np.int64)]
    for file in extract.files("entities"):
        table = read_table(extract.directory, file.path, ["qid", "statements"])
        values = pc.struct_field(pc.list_flatten(table.column("statements")), "qid")
        found += [table.column("qid").to_numpy(), pc.drop_null(values).to_numpy()]
    return np.unique(np.concatenate(found))


def load_labels(extract: StageOutput, most_bytes: float, directory: Storage) -> Labels:
    """The labels of the referenced items, held in memory unless they outgrow it; files are read one at a time.

    Args:
        extract: whose labels, of whose candidates.
        most_bytes: of Arrow data that may be held; sorting it takes three times as much for a while. What does not fit
            one Arrow array is not held either.
        directory: of the stage, where labels go that outgrow memory; if an earlier attempt wrote them, they are used.

    Raises:
        UserError: storage refused, or labels there are not those that were written.
    """
    published = published_labels(directory)
    if published is not None:
        return published
    held: deque[pa.Table] = deque([LABELS.empty_table()])
    sizes = np.zeros(len(LABELS), np.int64)
    parts = _labels_of(extract, referenced_items(extract))
    for part in parts:
        held.append(part)
        sizes += [column.nbytes for column in part.columns]
        if sizes.sum() > most_bytes or sizes.max() > MOST_BYTES_OF_A_COLUMN:
            return sort_into_ranges(chain(_drained(held), parts), directory)
    return LabelIndex(grouped_by_item(pa.concat_tables(held)))


def _labels_of(extract: StageOutput, items: npt.NDArray[np.int64]) -> Iterator[pa.Table]:
    # Arrow's is_in would hash all items anew for each file: at 3 million of them 0.2 to 1 s, against 0.02 s.
    sorted_items = np.append(items, BEHIND_ALL)
    for file in extract.files("labels"):
        table = read_table(extract.directory, file.path)
        qids = table.column("qid").to_numpy()
        yield table.filter(pa.array(sorted_items[np.searchsorted(sorted_items, qids)] == qids))


def _drained(tables: deque[pa.Table]) -> Iterator[pa.Table]:
    """Lets go of each table before the next is asked for."""
    while tables:
        yield tables.popleft()
