"""What a stage is: a table to a table, by partitions. No Ray here; `runner.py` decides where partitions run.

A stage reads as: typed config, pure `process`, and the names of what it reads and writes. It is small and can be
pickled; anything large that every partition needs comes from `shared`, which is computed once on the driver.
"""

from __future__ import annotations

import os
import socket
import time
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, ClassVar

import pyarrow as pa

from pipeline.commit import CommitRecord, Counts, Manifest, Spend, commit_path
from pipeline.fingerprint import fingerprint
from pipeline.schema import QUARANTINE, SCHEMA_VERSION, TABLES
from pipeline.storage import Storage
from pipeline.tables import FileRecord, Slice, cut_rows, read_slice, read_table, write_table

PAYLOAD_LIMIT = 64 * 1024


@dataclass(frozen=True)
class Partition:
    """A unit of work and of commit, fixed by the stage's input. `payload` is plain JSON."""

    id: str
    payload: Mapping[str, Any]
    input_rows: int | None = None


@dataclass(frozen=True)
class QuarantineRow:
    """A row set aside: which one, why (a word to count by), what was wrong, and its bytes where they help."""

    key: str
    reason: str
    detail: str
    payload: bytes | None = None


@dataclass(frozen=True)
class Outcome:
    """What one partition became. `tables` holds one Arrow table for each table of the stage.

    `log` goes into the commit record outside of what a manifest's digest covers: what the work took this time, which a
    rerun may do with less.
    """

    tables: Mapping[str, pa.Table]
    counts: Counts
    quarantine: Sequence[QuarantineRow] = ()
    spend: Spend = field(default_factory=Spend)
    log: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class StageOutput:
    """A complete stage, to be read by the next."""

    directory: Storage
    manifest: Manifest

    def files(self, table: str) -> list[FileRecord]:
        return self.manifest.files(table)

    def num_rows(self, table: str) -> int:
        return sum(file.rows for file in self.files(table))

    def read(self, table: str, columns: Sequence[str] | None = None) -> pa.Table:
        """A whole table: only for those that fit the memory of one process."""
        schema = TABLES[table]
        if columns is not None:
            schema = pa.schema([schema.field(name) for name in columns])
        parts = [read_table(self.directory, file.path, columns) for file in self.files(table)]
        return pa.concat_tables([schema.empty_table(), *parts])

    def read_rows(self, partition: Partition, columns: Sequence[str] | None = None) -> pa.Table:
        """The rows of a partition that `row_partitions` made."""
        slices = [Slice(**raw) for raw in partition.payload["slices"]]
        return pa.concat_tables([read_slice(self.directory, rows, columns) for rows in slices])

    def row_partitions(self, table: str, rows_per_partition: int, limit: int | None = None) -> list[Partition]:
        """Cut a table into partitions of so many rows: a function of the table alone, not of the cluster."""
        partitions = []
        for number, slices in enumerate(cut_rows(self.files(table), rows_per_partition)):
            rows = sum(part.stop - part.start for part in slices)
            payload: dict[str, Any] = {"slices": [asdict(part) for part in slices]}
            if limit is not None:
                payload["keep"] = max(0, min(rows, limit - number * rows_per_partition))
            partitions.append(Partition(f"{number:06d}", payload, rows))
        return partitions


Inputs = Mapping[str, StageOutput]


class Stage(ABC):
    """One step of the pipeline.

    Attributes:
        name: of the stage, and of its directory.
        version: raised when the code comes to a different result from the same settings.
        tables: names in `schema.TABLES` that it writes.
        after: stages it reads.
        num_cpus, num_gpus: what one partition in work holds.
        max_workers: partitions at once over the whole cluster; None leaves it to Ray.
        on_driver: whether the driver itself processes the partitions, because they start workers of their own.
        max_quarantined: share of rows that may be set aside before the stage refuses to complete.
    """

    name: ClassVar[str]
    version: ClassVar[int]
    tables: ClassVar[tuple[str, ...]]
    after: ClassVar[tuple[str, ...]] = ()
    num_cpus: ClassVar[float] = 1.0
    num_gpus: ClassVar[float] = 0.0
    max_workers: int | None = None
    on_driver: ClassVar[bool] = False
    max_quarantined: float = 0.0

    def check(self) -> None:  # noqa: B027 - most stages have nothing to refuse
        """Refuse settings that cannot work, before the first stage of a run starts.

        Raises:
            UserError: names the setting.
        """

    @abstractmethod
    def deciding(self) -> dict[str, Any]:
        """Everything besides inputs and code that decides the result: settings, word lists, input ETags."""

    @abstractmethod
    def partitions(self, inputs: Inputs) -> list[Partition]:
        """The units of work, in the order in which they should be submitted."""

    def shared(self, inputs: Inputs, directory: Storage) -> Any:
        """What every partition needs besides its own rows; sent to each worker once.

        What is too large to be sent may be left below `shared/` in the stage's directory; nothing else writes there.
        """
        return None

    @abstractmethod
    def process(self, partition: Partition, inputs: Inputs, shared: Any) -> Outcome:
        """Turn one partition into tables: the same rows give the same tables, wherever and whenever it runs."""

    def charged(self, log: Mapping[str, Any], seconds: float) -> Mapping[str, Any]:
        """An outcome's log, once it is known for how long (s) a worker was held for it."""
        return log

    def documents(self, inputs: Inputs, output: StageOutput) -> Mapping[str, bytes]:
        """Files about the whole result, by path; made once all partitions are committed."""
        return {}

    def fingerprint(self, inputs: Inputs) -> str:
        return fingerprint(self.identity(inputs))

    def identity(self, inputs: Inputs) -> dict[str, Any]:
        """What the fingerprint is taken of; stored beside the result so that a person can compare two."""
        return {
            "stage": self.name,
            "version": self.version,
            "schema": SCHEMA_VERSION,
            "settings": self.deciding(),
            "inputs": {name: output.manifest.digest for name, output in sorted(inputs.items())},
        }


@dataclass
class Quarantine:
    """Collects rows set aside while a partition is processed."""

    rows: list[QuarantineRow] = field(default_factory=list)

    def add(self, key: str, reason: str, detail: str, payload: bytes | None = None) -> None:
        self.rows.append(QuarantineRow(key, reason, detail, None if payload is None else payload[:PAYLOAD_LIMIT]))

    def by_reason(self) -> dict[str, int]:
        counts: dict[str, int] = {}
        for row in self.rows:
            counts[row.reason] = counts.get(row.reason, 0) + 1
        return counts


def commit_partition(
    stage: Stage, partition: Partition, inputs: Inputs, shared: Any, directory: Storage
) -> CommitRecord:
    """Process one partition, write its files, commit it; if another attempt was first, its record stands.

    Raises:
        UserError: storage or an input refused.
        AssertionError: the counts of the outcome do not balance, which is a mistake in the stage.
    """
    started = time.monotonic()
    try:
        outcome = stage.process(partition, inputs, shared)
        return commit_outcome(stage, partition, outcome, directory, started, started)
    except Exception as error:
        error.add_note(f"in stage {stage.name}, partition {partition.id}")
        raise


def commit_outcome(
    stage: Stage, partition: Partition, outcome: Outcome, directory: Storage, started: float, held_since: float
) -> CommitRecord:
    """Write the files of a processed partition and commit it.

    Args:
        stage: of the partition.
        partition: what was processed.
        outcome: what it became.
        directory: of the stage.
        started: when its processing began, on the monotonic clock of this process: a wall clock may be set meanwhile.
        held_since: from when, on that clock, what the stage holds is on this partition's account; where several share
            them, from the commit before.
    """
    files = _write(stage, partition, outcome, directory)
    now = time.monotonic()
    held = now - held_since
    log = {
        "host": socket.gethostname(),
        "pid": os.getpid(),
        "started": round(time.time() - (now - started), 3),
        "seconds": round(now - started, 3),
        **stage.charged(outcome.log, held),
    }
    cores = 0.0 if stage.num_gpus else stage.num_cpus
    stored = sum(file.size for file in files)
    spend = outcome.spend + Spend(held * stage.num_gpus, cpu_seconds=held * cores, stored_bytes=stored)
    record = CommitRecord(stage.name, partition.id, partition.input_rows, outcome.counts, tuple(files), spend, log)
    directory.create(commit_path(partition.id), record.to_json())
    return record


def _write(stage: Stage, partition: Partition, outcome: Outcome, directory: Storage) -> list[FileRecord]:
    if outcome.counts.balance() or outcome.counts.num_quarantined != len(outcome.quarantine):
        raise AssertionError(f"{stage.name}, partition {partition.id}: counts do not balance: {outcome.counts}")
    files = [write_table(directory, name, partition.id, outcome.tables[name]) for name in stage.tables]
    if outcome.quarantine:
        rows = [{"stage": stage.name, "partition": partition.id, **asdict(row)} for row in outcome.quarantine]
        table = pa.Table.from_pylist(rows, schema=QUARANTINE)
        files.append(write_table(directory, "quarantine", partition.id, table))
    return files
