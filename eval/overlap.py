"""How much of a benchmark is in the training data, by entity and by picture."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from eval.report.benchmarks.data import Overlap
from pipeline.near_hashes import DISTANCE, Hashes, nearest, unsigned
from pipeline.stage import StageOutput
from pipeline.tables import read_table

_THREADS = 4

PictureHash = Callable[[bytes], int | None]


@dataclass
class _Seen:
    """A task so far: items, how often each entity and each first picture is asked about, and pictures' hashes."""

    num_items: int = 0
    qids: Counter[int] = field(default_factory=Counter)
    pictures: Counter[str] = field(default_factory=Counter)
    phashes: dict[str, int | None] = field(default_factory=dict)


def overlaps(
    benchmarks: StageOutput, qids: npt.NDArray[np.int64], phashes: Hashes, picture_hash: PictureHash
) -> list[Overlap]:
    """A row for each task.

    Only an item's first picture is compared, as a whole: of two joined side by side the halves are not.

    Args:
        benchmarks: a complete stage `benchmarks`.
        qids: entities taught, sorted.
        phashes: of pictures taught.
        picture_hash: from a picture's bytes; None where it has none. 20 ms for one, each picture of a task once.
    """
    tasks: dict[str, _Seen] = {}
    with ThreadPoolExecutor(_THREADS) as pool:
        for file in benchmarks.files("benchmark_items"):
            table = read_table(benchmarks.directory, file.path, ["task", "qid", "cluster", "pictures"])
            new: dict[tuple[str, str], bytes] = {}
            for row in table.to_pylist():
                seen = tasks.setdefault(row["task"], _Seen())
                seen.num_items += 1
                seen.qids[row["qid"]] += 1
                if row["pictures"]:
                    seen.pictures[row["cluster"]] += 1
                    if row["cluster"] not in seen.phashes:
                        new[row["task"], row["cluster"]] = row["pictures"][0]
            for (task, name), value in zip(new, pool.map(picture_hash, new.values()), strict=True):
                tasks[task].phashes[name] = value
    return [_overlap(task, seen, qids, phashes) for task, seen in sorted(tasks.items())]


def _overlap(task: str, seen: _Seen, qids: npt.NDArray[np.int64], phashes: Hashes) -> Overlap:
    told = {qid: number for qid, number in seen.qids.items() if qid}
    known = {name: value for name, value in seen.phashes.items() if value is not None}
    apart = nearest(unsigned(np.array(list(known.values()), np.int64)), phashes)
    alike = [name for name, bits in zip(known, apart.tolist(), strict=True) if bits <= DISTANCE]
    taught = np.isin(np.array(list(told), np.int64), qids)
    return Overlap(
        task,
        seen.num_items,
        sum(number for number, found in zip(told.values(), taught, strict=True) if found) if told else None,
        sum(seen.pictures[name] for name in alike) if known else None,
    )
