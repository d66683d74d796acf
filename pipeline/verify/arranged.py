"""Items between the judge and the shards: each is arranged or left out, and what is alike to others is left out."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np

from pipeline.stage import StageOutput
from pipeline.verify.ids import Ids, column, groups_of

COMPARING = ("compare_within", "compare_across")
_QA_ID = "items.list.element.qa_id"


def unaccounted(outputs: Mapping[str, StageOutput]) -> tuple[int, Iterator[str]]:
    """How many items were judged, and a problem for each that is not in one place after, or in the wrong one.

    Memory: 24 bytes an item.

    Args:
        outputs: `judge` and `arrange`, and the stages that compare where they are complete.
    """
    judged = np.sort(_items(outputs["judge"], "judged"))
    arranged = np.sort(_items(outputs["arrange"], "arranged"))
    left_out = np.sort(column(outputs["arrange"], "left_out", "qa_id"))
    return len(judged), _problems(judged, arranged, left_out, outputs)


def _problems(judged: Ids, arranged: Ids, left_out: Ids, outputs: Mapping[str, StageOutput]) -> Iterator[str]:
    for qa_id in np.intersect1d(arranged, left_out).tolist():
        yield f"item {qa_id} is arranged, and left out as well"
    for qa_id in np.setdiff1d(judged, np.union1d(arranged, left_out)).tolist():
        yield f"item {qa_id} was judged, and is neither arranged nor left out"
    for qa_id in np.setdiff1d(np.union1d(arranged, left_out), judged).tolist():
        yield f"item {qa_id} was not judged, but is there after"
    for stage in COMPARING:
        if stage in outputs:
            for qa_id in np.intersect1d(column(outputs[stage], "alike", "qa_id"), arranged).tolist():
                yield f"item {qa_id} is alike to others by {stage}, and arranged all the same"


def _items(output: StageOutput, table: str) -> Ids:
    parts = [np.empty(0, np.int64)]
    for rows in groups_of(output, table, [_QA_ID]):
        items = rows.column("items").combine_chunks().flatten()
        parts.append(items.field("qa_id").to_numpy())
    return np.concatenate(parts)
