"""Edges of one property as two arrays of ids, of the best rank of each item, as truthy statements are."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

Ids = npt.NDArray[np.int64]


def best_edges(tables: Iterable[pa.Table], prop: int) -> tuple[Ids, Ids]:
    """Where the edges of a property start and end, sorted.

    Args:
        tables: rows of `schema.EDGES`, taken one table at a time.
        prop: the property's number.

    Returns:
        subjects, objects: shape (num_edges,) each. Of an item with preferred edges only those; deprecated ones never.
    """
    parts: list[tuple[Ids, Ids, npt.NDArray[np.bool_]]] = []
    for table in tables:
        kept = table.filter(pc.and_(pc.equal(table["property"], prop), pc.not_equal(table["rank"], "deprecated")))
        preferred = pc.equal(kept["rank"], "preferred").to_numpy()
        parts.append((kept["subject"].to_numpy(), kept["object"].to_numpy(), preferred.astype(bool)))
    if not parts:
        return np.empty(0, np.int64), np.empty(0, np.int64)
    subjects, objects, preferred = (np.concatenate([part[i] for part in parts]) for i in range(3))
    best = preferred | ~np.isin(subjects, subjects[preferred])
    subjects, objects = subjects[best], objects[best]
    order = np.lexsort((objects, subjects))
    return subjects[order], objects[order]
