"""Pictures of entities that came, went or are under other terms, with the reason why the other run has none."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from pipeline.diff.numbers import Difference, Moved, changed_rows, differing
from pipeline.diff.run import Run
from pipeline.stage import StageOutput
from pipeline.verify.ids import Ids, column, groups_of, key, keys, place_in

_COLUMNS = ("title", "author", "licence", "attribution", "picture_rank")


@dataclass(frozen=True)
class _Table:
    """Pictures sorted by the hash of entity and digest: 56 bytes each."""

    pictures: Ids
    qids: Ids
    digests: Ids  # of each of _COLUMNS, shape (n, 5)


def picture_key(qid: int, sha256: str) -> int:
    """Stands for a picture of an entity."""
    return key(f"{qid}|{sha256}")


def picture_difference(before: Run, after: Run) -> Difference:
    """Compare the tables `images` of two runs that have one."""
    one, other = before.outputs["images"], after.outputs["images"]
    was, now = _read(one), _read(other)
    found = Difference(len(was.pictures), len(now.pictures))
    _note(found.went, np.setdiff1d(was.pictures, now.pictures), one, after, now)
    _note(found.came, np.setdiff1d(now.pictures, was.pictures), other, before, was)
    chosen = changed_rows(found, (was.pictures, was.digests), (now.pictures, now.digests), _COLUMNS)
    rows, others = _rows(one, chosen), _rows(other, chosen)
    found.changed.examples = [
        {"qid": rows[each]["qid"], "sha256": rows[each]["sha256"], **differing(rows[each], others[each])}
        for each in chosen.tolist()
    ]
    return found


def picture_keys(images: StageOutput) -> Ids:
    """`picture_key` of all rows, sorted."""
    return _read(images).pictures


def _read(images: StageOutput) -> _Table:
    pictures, qids = [np.empty(0, np.int64)], [np.empty(0, np.int64)]
    digests = [np.empty((0, len(_COLUMNS)), np.int64)]
    for group in groups_of(images, "images", ["qid", "sha256", *_COLUMNS]):
        own, shas = group.column("qid").to_numpy(), group.column("sha256").to_pylist()
        pictures.append(np.array([picture_key(*pair) for pair in zip(own.tolist(), shas, strict=True)], np.int64))
        qids.append(own)
        digests.append(np.stack([keys(map(repr, group.column(name).to_pylist())) for name in _COLUMNS], axis=1))
    found, first = np.unique(np.concatenate(pictures), return_index=True)
    return _Table(found, np.concatenate(qids)[first], np.concatenate(digests)[first])


def _rows(images: StageOutput, wanted: Ids) -> dict[int, dict[str, Any]]:
    chosen = frozenset(wanted.tolist())
    found = {}
    for group in groups_of(images, "images", ["qid", "sha256", *_COLUMNS]) if chosen else ():
        for row in group.to_pylist():
            each = picture_key(row["qid"], row["sha256"])
            if each in chosen:
                found[each] = row
    return found


def _note(moved: Moved, pictures: Ids, having: StageOutput, lacking: Run, its: _Table) -> None:
    """Say of pictures that a run lacks why it does."""
    if not len(pictures):
        return
    concepts = np.unique(column(lacking.outputs["select"], "concepts", "qid"))
    with_picture = np.unique(its.qids)
    set_aside = {
        row["key"]: row["reason"]
        for group in groups_of(lacking.outputs["images"], "quarantine", ["key", "reason"])
        for row in group.to_pylist()
    }
    for group in groups_of(having, "images", ["qid", "sha256", "title"]):
        for row in group.to_pylist():
            if not place_in(pictures, np.array([picture_key(row["qid"], row["sha256"])]))[1][0]:
                continue
            told = set_aside.get(f"Q{row['qid']} {row['title']}")
            qid = np.array([row["qid"]])
            if not place_in(concepts, qid)[1][0]:
                told = "its entity is no concept"
            elif told is None:
                told = "another picture of it" if place_in(with_picture, qid)[1][0] else "not chosen"
            moved.add({name: row[name] for name in ("qid", "title", "sha256")}, told)
