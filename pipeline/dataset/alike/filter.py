"""Leaves out the items that the stages `compare_within` and `compare_across` found to be alike to others."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from pipeline.dataset.filters import LeftOut
from pipeline.schema import ALIKE
from pipeline.stage import Inputs
from pipeline.storage import Storage

_STAGES = ("compare_within", "compare_across")
# Pairs of an item that goes and one that it is alike to.
Alike = npt.NDArray[np.int64]


class Unlike:
    """Only items that are not alike to enough others. Memory: 16 bytes an item that goes, in every worker."""

    def deciding(self) -> dict[str, Any]:
        return {"filter": "unlike"}

    def prepare(self, inputs: Inputs, directory: Storage) -> tuple[Alike, ...]:
        """The tables of both stages, by the items that go; each shape (n, 2)."""
        found = (inputs[stage].read("alike").sort_by("qa_id") for stage in _STAGES)
        return tuple(np.stack([rows.column(name).to_numpy() for name in ALIKE.names], axis=1) for rows in found)

    def reasons(self, rows: Sequence[Mapping[str, Any]], prepared: tuple[Alike, ...]) -> Mapping[int, LeftOut]:
        ids = np.array([item["qa_id"] for row in rows for item in row["items"]], np.int64)
        reasons: dict[int, LeftOut] = {}
        for known, reason in zip(prepared, ("alike_within", "alike_across"), strict=True):
            for qa_id, alike_to in _among(known, ids).tolist():
                reasons[qa_id] = LeftOut(reason, f"alike to {alike_to}")
        return reasons


def _among(known: Alike, ids: npt.NDArray[np.int64]) -> Alike:
    """The rows of what is known that are about these ids; `np.isin` would sort all of it for every file of items."""
    if not len(known):
        return known
    nearest = known[np.minimum(np.searchsorted(known[:, 0], ids), len(known) - 1)]
    found: Alike = nearest[nearest[:, 0] == ids]
    return found
