"""Leaves out the items that the stages `compare_within` and `compare_across` found to be alike to others."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from pipeline.stage import Inputs
from pipeline.storage import Storage

_STAGES = ("compare_within", "compare_across")
Ids = npt.NDArray[np.int64]


class Unlike:
    """Only items that are not alike to enough others. Memory: 8 bytes an item that goes, in every worker."""

    def deciding(self) -> dict[str, Any]:
        return {"filter": "unlike"}

    def prepare(self, inputs: Inputs, directory: Storage) -> tuple[Ids, ...]:
        found = (inputs[stage].read("alike", ["qa_id"]).column("qa_id").to_numpy() for stage in _STAGES)
        return tuple(np.sort(ids) for ids in found)

    def reasons(self, rows: Sequence[Mapping[str, Any]], prepared: tuple[Ids, ...]) -> Mapping[int, str]:
        ids = np.array([item["qa_id"] for row in rows for item in row["items"]], np.int64)
        reasons: dict[int, str] = {}
        for known, reason in zip(prepared, ("alike_within", "alike_across"), strict=True):
            reasons |= dict.fromkeys(ids[_among(known, ids)].tolist(), reason)
        return reasons


def _among(known: Ids, ids: Ids) -> npt.NDArray[np.bool_]:
    """Which of the ids are known; `np.isin` would sort what is known for every file of items."""
    if not len(known):
        return np.zeros(len(ids), np.bool_)
    nearest = np.minimum(np.searchsorted(known, ids), len(known) - 1)
    found: npt.NDArray[np.bool_] = known[nearest] == ids
    return found
