"""Partitions in this process: for a debugger, and for tests of everything but Ray."""

from __future__ import annotations

import asyncio
from typing import Any

from pipeline.commit import CommitRecord
from pipeline.pooled import PooledStage, Worker
from pipeline.runner import Records
from pipeline.stage import Inputs, Partition, Stage, commit_partition
from pipeline.storage import Storage


def execute_locally(
    stage: Stage, partitions: list[Partition], inputs: Inputs, shared: Any, directory: Storage
) -> Records:
    """One partition after another; a pooled stage has one worker, with as many in work as its pool says."""
    if not isinstance(stage, PooledStage) or stage.pool is None:
        for partition in partitions:
            yield commit_partition(stage, partition, inputs, shared, directory)
        return
    in_flight = stage.pool.in_flight
    with asyncio.Runner() as runner:
        worker = runner.run(_opened(stage, inputs, shared, directory))
        try:
            waiting = list(partitions)
            tasks: set[asyncio.Task[CommitRecord]] = set()
            while waiting or tasks:
                tasks, done = runner.run(_next(worker, tasks, waiting, in_flight))
                yield from [task.result() for task in done]
        finally:
            runner.run(worker.close())


async def _opened(stage: PooledStage, inputs: Inputs, shared: Any, directory: Storage) -> Worker:
    return Worker(stage, inputs, shared, directory)


async def _next(
    worker: Worker, tasks: set[asyncio.Task[CommitRecord]], waiting: list[Partition], in_flight: int
) -> tuple[set[asyncio.Task[CommitRecord]], set[asyncio.Task[CommitRecord]]]:
    """Keep so many partitions in work until one is done: those still at work, and those done."""
    while waiting and len(tasks) < in_flight:
        tasks.add(asyncio.create_task(worker.commit(waiting.pop(0))))
    done, pending = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    return pending, done
