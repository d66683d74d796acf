"""Two small stages over the table `edges`, and what a test wants to know about them: how often they worked, on what."""

from __future__ import annotations

import os
import signal
import time
import uuid
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa

from pipeline.budget import SpendGuard
from pipeline.commit import Counts, Spend
from pipeline.config import Budget
from pipeline.local_executor import execute_locally
from pipeline.runner import Executor, run_stage
from pipeline.schema import EDGES
from pipeline.stage import Inputs, Outcome, Partition, Quarantine, Stage, StageOutput
from pipeline.storage import Storage

NO_LIMIT = Budget(gpu_hours=1e9, fetched_gb=1e9)


@dataclass(frozen=True)
class Journal:
    """Counts pieces of work across threads and processes: each leaves one empty file in a folder."""

    folder: Path

    def note(self, work: str) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        (self.folder / f"{work} {uuid.uuid4().hex}").touch()

    def counts(self) -> Counter[str]:
        """Work -> how often it was done."""
        names = self.folder.iterdir() if self.folder.exists() else ()
        return Counter(path.name.rpartition(" ")[0] for path in names)


class Numbers(Stage):
    """Partition n makes rows n*rows .. (n+1)*rows-1; every third is not selected, those in `bad` are quarantined.

    Args:
        partitions: how many.
        rows: of one partition.
        bad: numbers that are set aside.
        salt: a setting that decides the result.
        max_quarantined: share of rows, operational.
        journal: where each partition in work is noted, when it begins and when it is done.
        before: called with the partition id before anything else: to wait, to raise, to die.
        spend: of each partition.
        lost: rows that vanish without being counted.
    """

    name = "numbers"
    version = 1
    tables = ("edges",)
    num_cpus = 0.5

    def __init__(
        self,
        partitions: int = 4,
        rows: int = 5,
        *,
        bad: frozenset[int] = frozenset(),
        salt: int = 0,
        max_quarantined: float = 0.0,
        journal: Journal | None = None,
        before: Callable[[str], None] | None = None,
        spend: Spend | None = None,
        lost: int = 0,
    ) -> None:
        self.num_partitions, self.rows, self.bad, self.salt = partitions, rows, bad, salt
        self.max_quarantined = max_quarantined
        self.journal, self.before, self.spend, self.lost = journal, before, spend or Spend(), lost

    def deciding(self) -> dict[str, Any]:
        return {"partitions": self.num_partitions, "rows": self.rows, "salt": self.salt}

    def partitions(self, inputs: Inputs) -> list[Partition]:
        return [Partition(f"{number:06d}", {"number": number}) for number in range(self.num_partitions)]

    def shared(self, inputs: Inputs, directory: Storage) -> int:
        return self.salt

    def process(self, partition: Partition, inputs: Inputs, shared: int) -> Outcome:
        if self.journal is not None:
            self.journal.note(f"began {partition.id}")
        if self.before is not None:
            self.before(partition.id)
        quarantine = Quarantine()
        subjects = []
        first = partition.payload["number"] * self.rows
        for number in range(first, first + self.rows):
            if number in self.bad:
                quarantine.add(str(number), "bad", "a number that was said to be bad", b"\x00\xff")
            elif number % 3:
                subjects.append(number)
        skipped = self.rows - len(subjects) - len(quarantine.rows)
        table = edges(subjects, shared)
        counts = Counts(
            "numbers", self.rows + self.lost, len(subjects), {"third": skipped}, quarantine.by_reason(), {"seen": 1}
        )
        if self.journal is not None:
            self.journal.note(f"ended {partition.id}")
        return Outcome({"edges": table}, counts, quarantine.rows, self.spend)

    def documents(self, inputs: Inputs, output: StageOutput) -> Mapping[str, bytes]:
        return {"total.txt": str(output.num_rows("edges")).encode()}


class Doubled(Stage):
    """Reads the rows of `numbers`, doubles each."""

    name = "doubled"
    version = 1
    tables = ("edges",)
    after = ("numbers",)

    def __init__(self, rows_per_partition: int = 4) -> None:
        self.rows_per_partition = rows_per_partition

    def deciding(self) -> dict[str, Any]:
        return {"rows_per_partition": self.rows_per_partition}

    def partitions(self, inputs: Inputs) -> list[Partition]:
        return inputs["numbers"].row_partitions("edges", self.rows_per_partition)

    def process(self, partition: Partition, inputs: Inputs, shared: None) -> Outcome:
        subjects = inputs["numbers"].read_rows(partition, ["subject"]).column("subject").to_pylist()
        return Outcome(
            {"edges": edges([2 * number for number in subjects], 0)}, Counts("rows", len(subjects), len(subjects))
        )


def edges(subjects: list[int], target: int) -> pa.Table:
    """Rows of the table `edges`."""
    rows = [{"subject": subject, "property": 31, "object": target, "rank": "normal"} for subject in subjects]
    return pa.Table.from_pylist(rows, schema=EDGES)


def subjects(output: StageOutput) -> list[int]:
    """The numbers of a complete stage, in order of partition."""
    found: list[int] = output.read("edges", ["subject"]).column("subject").to_pylist()
    return found


def run_toy(
    stage: Stage,
    storage: Storage,
    inputs: Inputs | None = None,
    *,
    execute: Executor = execute_locally,
    guard: SpendGuard | None = None,
    lease_s: float = 60.0,
    retry_quarantined: bool = False,
) -> StageOutput:
    """`run_stage` with a guard that stops nothing, in process."""
    return run_stage(
        stage,
        inputs or {},
        storage,
        execute,
        guard or SpendGuard(NO_LIMIT, Spend()),
        lease_s,
        retry_quarantined=retry_quarantined,
    )


@dataclass(frozen=True)
class Sleep:
    """A `before` that waits in some partitions."""

    seconds: float
    partitions: frozenset[str]

    def __call__(self, partition: str) -> None:
        if partition in self.partitions:
            time.sleep(self.seconds)


@dataclass(frozen=True)
class Die:
    """A `before` that ends its process in some partitions, as an out-of-memory killer does."""

    partitions: frozenset[str]

    def __call__(self, partition: str) -> None:
        if partition in self.partitions:
            os.kill(os.getpid(), signal.SIGKILL)


@dataclass(frozen=True)
class Fail:
    """A `before` that raises in some partitions."""

    error: Exception
    partitions: frozenset[str]

    def __call__(self, partition: str) -> None:
        if partition in self.partitions:
            raise self.error
