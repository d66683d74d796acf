"""Concepts that came, went or are told otherwise, with the reason why the other run has none."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from pipeline.diff.numbers import Difference, Moved, changed_rows, differing
from pipeline.diff.run import Run
from pipeline.stage import StageOutput
from pipeline.verify.ids import Ids, column, groups_of, keys, place_in

_COLUMNS = ("revision", "country", "domain", "popularity", "num_sitelinks")


@dataclass(frozen=True)
class _Table:
    """Concepts sorted by item: 56 bytes each."""

    qids: Ids
    digests: Ids  # of each of _COLUMNS, shape (n, 5)


def concept_difference(before: Run, after: Run) -> Difference:
    """Compare the tables `concepts` of two runs that have one."""
    one, other = before.outputs["select"], after.outputs["select"]
    was, now = _read(one), _read(other)
    found = Difference(len(was.qids), len(now.qids))
    _note(found.went, np.setdiff1d(was.qids, now.qids), after)
    _note(found.came, np.setdiff1d(now.qids, was.qids), before)
    chosen = changed_rows(found, (was.qids, was.digests), (now.qids, now.digests), _COLUMNS)
    rows, others = _rows(one, chosen), _rows(other, chosen)
    found.changed.examples = [{"qid": qid, **differing(rows[qid], others[qid])} for qid in chosen.tolist()]
    return found


def _read(select: StageOutput) -> _Table:
    qids, digests = [np.empty(0, np.int64)], [np.empty((0, len(_COLUMNS)), np.int64)]
    for group in groups_of(select, "concepts", ["qid", *_COLUMNS]):
        qids.append(group.column("qid").to_numpy())
        digests.append(np.stack([keys(map(repr, group.column(name).to_pylist())) for name in _COLUMNS], axis=1))
    found = np.concatenate(qids)
    order = np.argsort(found, kind="stable")
    return _Table(found[order], np.concatenate(digests)[order])


def _rows(select: StageOutput, qids: Ids) -> dict[int, dict[str, Any]]:
    wanted = pa.array(qids)
    found = {}
    for group in groups_of(select, "concepts", ["qid", *_COLUMNS]) if len(qids) else ():
        for row in group.filter(pc.is_in(group.column("qid"), value_set=wanted)).to_pylist():
            found[row.pop("qid")] = row
    return found


def _note(moved: Moved, qids: Ids, run: Run) -> None:
    """Say of concepts that a run lacks why it does."""
    if not len(qids):
        return
    candidates = np.unique(column(run.outputs["extract"], "entities", "qid")) if "extract" in run.outputs else qids[:0]
    _, there = place_in(candidates, qids)
    set_aside = {
        row["key"]: row["reason"]
        for group in groups_of(run.outputs["select"], "quarantine", ["key", "reason"])
        for row in group.to_pylist()
    }
    for qid, is_candidate in zip(qids.tolist(), there.tolist(), strict=True):
        reason = set_aside.get(f"Q{qid}", "not selected") if is_candidate else "no candidate in the dump"
        moved.add(qid, reason)
