"""Stage `benchmarks`: local copies of benchmarks as one table, read and checked before any model is asked."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

import pyarrow as pa
import xxhash

from eval.settings import Benchmarks
from eval.tasks.listing import TASKS, folder_of, found
from eval.tasks.stored import row
from eval.tasks.task import Item, Task
from pipeline.commit import Counts
from pipeline.errors import InputError
from pipeline.schema import BENCHMARK_ITEMS
from pipeline.stage import Inputs, Outcome, Partition, Stage


class BenchmarksStage(Stage):
    """Its partitions are runs of a task's items, in the order of its files; what is beyond the limit is left out.

    Only the machine that the run is started from needs the copies: workers read the table. They are read twice, first
    all of them, so that a fault in the last row is told before the first is asked.
    """

    name = "benchmarks"
    version = 1
    tables = ("benchmark_items",)
    on_driver = True

    def __init__(self, config: Benchmarks) -> None:
        self.config = config
        self._reading: _Reading | None = None

    def check(self) -> None:
        if self.config.folder is not None:
            self.tasks()

    def tasks(self) -> list[Task]:
        """Those that are asked.

        Raises:
            InputError: a folder is missing.
        """
        if self.config.folder is None:
            return []
        folder = Path(self.config.folder)
        if not self.config.tasks:
            return found(folder)
        wanted = [TASKS[name] for name in self.config.tasks]
        for task in wanted:
            if not (there := folder_of(task.name, folder)).is_dir():
                raise InputError(
                    f"{there}: is no folder, and {task.name} is among the tasks; fetch it ({task.source.fetch}), or "
                    "take it out of benchmarks.tasks"
                )
        return wanted

    def deciding(self) -> dict[str, Any]:
        try:
            tasks = self.tasks()
        except InputError as error:
            # Who only looks at a run need not have the copies; who runs it is refused by `check`.
            return {**self.config.deciding(), "copies": str(error)}
        return {**self.config.deciding(), "copies": {task.name: _listing(self._folder(task)) for task in tasks}}

    def partitions(self, inputs: Inputs) -> list[Partition]:
        return [partition for task in self.tasks() for partition in self._partitions_of(task)]

    def process(self, partition: Partition, inputs: Inputs, shared: Any) -> Outcome:
        task, start, stop = (partition.payload[key] for key in ("task", "start", "stop"))
        items = [
            row(task, item)
            for item in self._items(TASKS[task], start, stop)
            if _draw(task, item.item_id) <= partition.payload["last"]
        ]
        num, kept = stop - start, len(items)
        counts = Counts("items", num, kept, {"beyond_limit": num - kept} if kept < num else {})
        log = {"most_pictures": max((len(item["pictures"]) for item in items), default=0)}
        return Outcome({"benchmark_items": pa.Table.from_pylist(items, schema=BENCHMARK_ITEMS)}, counts, log=log)

    def _partitions_of(self, task: Task) -> list[Partition]:
        ids = [item.item_id for item in task.read(self._folder(task))]
        _require_unique(ids, self._folder(task))
        draws = [_draw(task.name, name) for name in ids]
        last = sorted(draws)[min(len(draws), self.config.limit or len(draws)) - 1]
        kept = [position for position, draw in enumerate(draws) if draw <= last]
        # Each begins with an item that is kept, but for the first, and has so many of them.
        starts = [0, *kept[self.config.items_per_partition :: self.config.items_per_partition]]
        return [
            Partition(
                f"{task.name}-{number:06d}",
                {"task": task.name, "start": start, "stop": stop, "last": last},
                stop - start,
            )
            for number, (start, stop) in enumerate(zip(starts, [*starts[1:], len(ids)], strict=True))
        ]

    def _items(self, task: Task, start: int, stop: int) -> list[Item]:
        """Carries on where the partition before ended, if it can: a benchmark can only be read from its start."""
        reading = self._reading
        if reading is None or reading.task != task.name or reading.position > start:
            reading = _Reading(task.name, task.read(self._folder(task)))
        self._reading = reading
        return reading.take(start, stop)

    def _folder(self, task: Task) -> Path:
        assert self.config.folder is not None
        return folder_of(task.name, Path(self.config.folder))

    def __getstate__(self) -> dict[str, Any]:
        return {**self.__dict__, "_reading": None}


@dataclass
class _Reading:
    """A benchmark that is being read, and how many items of it have been."""

    task: str
    items: Iterator[Item]
    position: int = 0

    def take(self, start: int, stop: int) -> list[Item]:
        found = list(islice(self.items, start - self.position, stop - self.position))
        self.position = stop
        return found


def _draw(task: str, item_id: str) -> int:
    return xxhash.xxh3_64_intdigest(f"benchmarks|{task}|{item_id}".encode()) >> 1


def _require_unique(ids: list[str], folder: Path) -> None:
    if not ids:
        raise InputError(f"{folder}: has no items")
    if len(set(ids)) < len(ids):
        seen: set[str] = set()
        twice = next(name for name in ids if name in seen or seen.add(name))  # type: ignore[func-returns-value]
        raise InputError(f"{folder}: two items have the id {twice}; take the second one out")


def _listing(folder: Path) -> list[list[Any]]:
    """Names, sizes and times of a copy's files: what is read anew when one of them changes.

    The table that comes of it is known by its bytes, so a copy that was only touched asks no model anything again.
    """
    paths = sorted(path for path in folder.rglob("*") if path.is_file())
    return [[str(path.relative_to(folder)), path.stat().st_size, path.stat().st_mtime_ns] for path in paths]
