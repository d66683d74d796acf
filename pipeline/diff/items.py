"""Samples that came, went or changed, by their ids: both runs are read in parts of the ids that fit in memory.

A sample takes 72 bytes in each run, and `PART` samples of each are compared at a time: about 1 GB. Where a shard has
the same bytes in both runs it is not read. Of 30 million samples four parts are made, so shards are read four times,
without their pictures.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from pipeline.diff.aspects import ASPECTS, digests, told
from pipeline.diff.numbers import EXAMPLES, Changed, Difference, differing
from pipeline.diff.pictures import picture_key, picture_keys
from pipeline.diff.run import Run
from pipeline.progress import Progress
from pipeline.schema import SHARDS
from pipeline.stage import StageOutput
from pipeline.tables import Slice, read_groups, read_slice
from pipeline.verify.ids import Ids, column, groups_of, place_in

# Samples of one run in memory at a time.
PART = 8_000_000
BY = ("language", "country")
_COLUMNS = tuple(name for name in SHARDS.names if name != "image")
_QA_IDS = "items.list.element.qa_id"
_Row = dict[str, Any]


@dataclass
class ItemDifference(Difference):
    """Beside what changed, by language and country: what there was and is, and what came, went and changed."""

    by: dict[str, dict[str, Counter[str]]] = field(default_factory=lambda: {name: {} for name in BY})

    def count(self, axis: str, name: str, what: str, num: int) -> None:
        """So many more of one language or country."""
        if num:
            self.by[axis].setdefault(name, Counter())[what] += num


@dataclass(frozen=True)
class _Part:
    """Samples of one run sorted by id; shapes (n,) but for `digests`, (n, 8)."""

    ids: Ids
    qids: Ids
    pictures: Ids
    digests: npt.NDArray[np.uint32]
    names: dict[str, Ids]  # of BY, as an index into the names that both runs share


def item_difference(
    before: Run, after: Run, part: int = PART, progress: Callable[[int], Progress] | None = None
) -> ItemDifference:
    """Compare the samples of two runs whose `assemble` is complete.

    Args:
        before: a run.
        after: the other.
        part: samples of a run in memory at a time.
        progress: makes what is told of every shard that was read, given their number.
    """
    one, other = before.outputs["assemble"], after.outputs["assemble"]
    found = ItemDifference(one.num_rows("index"), other.num_rows("index"))
    _count_all(one, found, "before")
    _count_all(other, found, "after")
    equal = _shards(one).keys() & _shards(other).keys()
    num_parts = max(1, -(-max(found.num_before, found.num_after) // part))
    paths = [[path for digest, path in _shards(each).items() if digest not in equal] for each in (one, other)]
    bar = None if progress is None else progress(num_parts * sum(map(len, paths)))
    names: dict[str, list[str]] = {axis: [] for axis in BY}
    why_gone, why_new = _Reasons(after), _Reasons(before)
    for number in range(num_parts):
        was, now = (
            _read(each, of, names, number, num_parts, bar) for each, of in zip((one, other), paths, strict=True)
        )
        _compare(found, was, now, names, why_gone, why_new)
    if bar is not None:
        bar.finish("compared")
    found.went.examples = [_named(*pair) for pair in _look_up(one, found.went.examples).values()]
    found.came.examples = [_named(*pair) for pair in _look_up(other, found.came.examples).values()]
    ids = [each["qa_id"] for each in found.changed.examples]
    rows, others = _look_up(one, ids), _look_up(other, ids)
    found.changed.examples = [
        {**_named(*rows[qa_id]), "changed": differing(told(*rows[qa_id]), told(*others[qa_id]))} for qa_id in ids
    ]
    return found


def _shards(assemble: StageOutput) -> Mapping[str, str]:
    """Digest of each file of the shards -> where it is."""
    return {file.sha256: file.path for file in assemble.files("shards")}


def _count_all(assemble: StageOutput, found: ItemDifference, what: str) -> None:
    for group in groups_of(assemble, "index", list(BY)):
        for axis in BY:
            for row in pc.value_counts(group.column(axis)).to_pylist():
                found.count(axis, row["values"], what, row["counts"])


def _samples(assemble: StageOutput, path: str) -> Iterator[tuple[_Row, _Row]]:
    """Row and item of every sample of a shard, without the picture."""
    for group in read_groups(assemble.directory, path, _COLUMNS):
        for row in group.to_pylist():
            for item in row["items"]:
                yield row, item


def _read(
    assemble: StageOutput, paths: list[str], names: dict[str, list[str]], number: int, num_parts: int,
    bar: Progress | None,
) -> _Part:  # fmt: skip
    # Shard by shard into arrays: lists of numbers take ten times the memory.
    tables = [np.empty((0, 3 + len(BY)), np.int64)]
    own = [np.empty((0, len(ASPECTS)), np.uint32)]
    for path in paths:
        chosen = [each for each in _samples(assemble, path) if each[1]["qa_id"] % num_parts == number]
        rows = [
            (item["qa_id"], row["qid"], picture_key(row["qid"], row["sha256"]), *_numbers(row, item, names))
            for row, item in chosen
        ]
        tables.append(np.array(rows, np.int64).reshape(-1, 3 + len(BY)))
        own.append(np.array([digests(*each) for each in chosen], np.uint32).reshape(-1, len(ASPECTS)))
        if bar is not None:
            bar.add()
    table = np.concatenate(tables)
    order = np.argsort(table[:, 0], kind="stable")
    columns = [column[order] for column in table.T]
    return _Part(
        columns[0], columns[1], columns[2], np.concatenate(own)[order], dict(zip(BY, columns[3:], strict=True))
    )


def _numbers(row: _Row, item: _Row, names: dict[str, list[str]]) -> Iterator[int]:
    """The place of the language and the country among the names seen so far."""
    for axis in BY:
        name = item[axis] if axis in item else row[axis]
        if name not in names[axis]:
            names[axis].append(name)
        yield names[axis].index(name)


def _compare(
    found: ItemDifference, was: _Part, now: _Part, names: Mapping[str, list[str]], why_gone: _Reasons, why_new: _Reasons
) -> None:
    common, mine, theirs = np.intersect1d(was.ids, now.ids, assume_unique=True, return_indices=True)
    gone, new = _others(was, mine), _others(now, theirs)
    for moved, part, chosen, why, what in (
        (found.went, was, gone, why_gone, "went"), (found.came, now, new, why_new, "came"),
    ):  # fmt: skip
        moved.num += len(chosen)
        moved.reasons += why.of(part, chosen)
        moved.examples += part.ids[chosen][: EXAMPLES - len(moved.examples)].tolist()
        _count(found, part, chosen, names, what)
    unlike = was.digests[mine] != now.digests[theirs]
    changed = unlike.any(axis=1)
    _note(found.changed, common[changed], unlike)
    _count(found, was, mine[changed], names, "changed")


def _others(part: _Part, common: Ids) -> Ids:
    left = np.ones(len(part.ids), np.bool_)
    left[common] = False
    return np.flatnonzero(left)


def _note(changed: Changed, ids: Ids, unlike: npt.NDArray[np.bool_]) -> None:
    changed.num += len(ids)
    changed.by.update({name: int(num) for name, num in zip(ASPECTS, unlike.sum(axis=0), strict=True) if num})
    room = EXAMPLES - len(changed.examples)
    changed.examples += [{"qa_id": qa_id} for qa_id in ids[:room].tolist()]


def _count(found: ItemDifference, part: _Part, chosen: Ids, names: Mapping[str, list[str]], what: str) -> None:
    for axis in BY:
        for number, num in enumerate(np.bincount(part.names[axis][chosen]).tolist()):
            found.count(axis, names[axis][number], what, num)


class _Reasons:
    """Why a run lacks samples that another has: where on their way they ended."""

    def __init__(self, run: Run) -> None:
        outputs = run.outputs
        self._concepts = np.unique(column(outputs["select"], "concepts", "qid")) if "select" in outputs else None
        self._pictures = picture_keys(outputs["images"]) if "images" in outputs else None
        self._questions = outputs.get("questions")

    def of(self, part: _Part, chosen: Ids) -> Counter[str]:
        """How many of the chosen ones ended where."""
        found: Counter[str] = Counter()
        for known, values, reason in (
            (self._concepts, part.qids, "its entity is no concept"), (self._pictures, part.pictures, "no such picture"),
        ):  # fmt: skip
            if known is not None:
                _, there = place_in(known, values[chosen])
                found[reason] += int((~there).sum())
                chosen = chosen[there]
        if len(chosen) and self._questions is not None:
            asked = np.zeros(len(chosen), np.bool_)
            for group in groups_of(self._questions, "questions", [_QA_IDS]):
                ids = pc.struct_field(pc.list_flatten(group.column("items").combine_chunks()), "qa_id").to_numpy()
                asked |= place_in(np.sort(ids), part.ids[chosen])[1]
            found["not asked"] += int((~asked).sum())
            found["asked, and left out later"] += int(asked.sum())
        elif len(chosen):
            found["not known"] += len(chosen)
        return +found


def _look_up(assemble: StageOutput, qa_ids: list[int]) -> dict[int, tuple[_Row, _Row]]:
    """Row and item of some samples, by the index."""
    found: dict[int, tuple[_Row, _Row]] = {}
    wanted = pa.array(qa_ids, pa.int64())
    for commit in assemble.manifest.commits if qa_ids else ():
        files = {file.table: file.path for file in commit.files}
        for group in read_groups(assemble.directory, files["index"], ["qa_id", "row", "item"]):
            for place in group.filter(pc.is_in(group.column("qa_id"), value_set=wanted)).to_pylist():
                rows = Slice(files["shards"], place["row"], place["row"] + 1)
                [row] = read_slice(assemble.directory, rows, _COLUMNS).to_pylist()
                found[place["qa_id"]] = row, row["items"][place["item"]]
    return {qa_id: found[qa_id] for qa_id in qa_ids}


def _named(row: _Row, item: _Row) -> dict[str, Any]:
    return {
        name: row[name] if name in row else item[name] for name in ("qa_id", "qid", "language", "question", "answer")
    }
