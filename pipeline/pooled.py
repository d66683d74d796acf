"""Stages whose workers keep something costly between partitions: an engine that takes minutes to start."""

from __future__ import annotations

import asyncio
import time
from abc import abstractmethod
from collections.abc import Coroutine
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, ClassVar, Protocol

from pipeline.commit import CommitRecord
from pipeline.stage import Inputs, Outcome, Partition, Stage, commit_outcome
from pipeline.storage import Storage

# Of one worker. They wait for storage most of the time, several times a picture: Python's own number, that of cores and
# four, would not feed the large GPU of a small machine. The S3 client has as many connections.
THREADS = 32


class WorkerDied(Exception):  # noqa: N818 - what happened, not what was wrong with a call
    """What a worker keeps is of no use any more; a new worker must take over its partitions."""


@dataclass(frozen=True)
class Pool:
    """Workers of a stage: at least and at most so many, each with so many partitions in work at once."""

    min_size: int
    max_size: int
    in_flight: int


class Kept(Protocol):
    """What a worker keeps."""

    def close(self) -> Coroutine[Any, Any, None]:
        """Let go of it; processes of its own are ended before anything is waited for."""
        ...


class PooledStage(Stage):
    """A stage whose partitions are processed together, in one event loop, with what the worker keeps.

    Attributes:
        pool: its workers; `num_cpus` and `num_gpus` are what one of them holds. None: nothing is kept this time, and
            partitions are processed as those of any other stage.
        section: of the config, in which the workers are described.
    """

    pool: Pool | None
    section: ClassVar[str] = "generation"

    def memory_bytes(self) -> int:
        """What a worker will hold in main memory, as far as that is known before it starts."""
        return 0

    @abstractmethod
    def open(self) -> Any:
        """What a worker keeps between partitions; called once in each, may take minutes.

        Raises:
            UserError: it cannot be opened.
        """

    @abstractmethod
    async def process_with(self, partition: Partition, inputs: Inputs, shared: Any, kept: Any) -> Outcome:
        """Like `process`, with what `open` gave. Several partitions run at once in one loop, which must not block.

        Raises:
            WorkerDied: what the worker keeps has failed for good.
        """

    def process(self, partition: Partition, inputs: Inputs, shared: Any) -> Outcome:
        """One partition with something opened for it alone."""

        async def once() -> Outcome:
            kept: Kept = self.open()
            try:
                return await self.process_with(partition, inputs, shared, kept)
            finally:
                await kept.close()

        return asyncio.run(once())


class Worker:
    """One worker: opens at the start, commits partitions, several at once, and accounts for the time it holds GPUs."""

    def __init__(self, stage: PooledStage, inputs: Inputs, shared: Any, directory: Storage) -> None:
        self._stage, self._inputs, self._shared, self._directory = stage, inputs, shared, directory
        self._held_since = time.monotonic()
        self._kept: Kept = stage.open()
        self._has_threads = False

    async def commit(self, partition: Partition) -> CommitRecord:
        """Process and commit one partition.

        Raises:
            WorkerDied: this worker is of no use any more.
        """
        started = time.monotonic()
        if not self._has_threads:
            # Here, since a worker may be made before its loop runs; the loop ends them when it is closed.
            asyncio.get_running_loop().set_default_executor(ThreadPoolExecutor(THREADS, "worker"))
            self._has_threads = True
        try:
            outcome = await self._stage.process_with(partition, self._inputs, self._shared, self._kept)
            # Time since the commit before, start-up included: the sum over commits is what the worker held.
            since, self._held_since = self._held_since, time.monotonic()
            return await asyncio.to_thread(
                commit_outcome, self._stage, partition, outcome, self._directory, started, since
            )
        except Exception as error:
            error.add_note(f"in stage {self._stage.name}, partition {partition.id}")
            raise

    def close(self) -> Coroutine[Any, Any, None]:
        """Let go of what is kept."""
        return self._kept.close()
