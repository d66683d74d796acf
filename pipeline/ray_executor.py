"""Partitions on a Ray cluster: descriptors of a few hundred bytes stream through Ray Data to tasks or to actors."""

from __future__ import annotations

import functools
import json
import logging
import os
import secrets
import signal
import socket
import threading
import traceback
import warnings
from collections.abc import AsyncIterator, Generator
from contextlib import closing, suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, cast

from pipeline.commit import CommitRecord
from pipeline.config import Cluster
from pipeline.errors import UserError
from pipeline.local_executor import execute_locally
from pipeline.pooled import PooledStage, Worker, WorkerDied
from pipeline.ray_fit import require_fit
from pipeline.runner import Executor, Records
from pipeline.stage import Inputs, Partition, Stage, commit_partition
from pipeline.stage_meter import tell_start
from pipeline.storage import Storage
from pipeline.subclusters import joins, selector, subcluster, work_of

# How often a partition whose worker process died is given to another, or an actor that died is started again: without
# a limit, a partition that always kills its worker would keep the stage busy for ever.
TASK_RETRIES = 5
START_ATTEMPTS = 3
# How long Ray Data may leave a finished task unseen.
LOOK_EVERY_S = 0.02


@dataclass(frozen=True)
class _Work:
    """What every task needs to know; put into the object store once."""

    stage: Stage
    inputs: Inputs
    shared: Any
    directory: Storage


def execute_on_ray(cluster: Cluster) -> Executor:
    """An executor that streams partition descriptors through Ray Data; Ray is started or joined at first use."""

    def execute(stage: Stage, partitions: list[Partition], inputs: Inputs, shared: Any, directory: Storage) -> Records:
        import ray
        import ray.data
        import ray.exceptions
        from ray.util.annotations import RayDeprecationWarning

        _connect(cluster)
        tell_start(stage.name, len(partitions), stage.max_quarantined)
        if stage.on_driver:
            yield from execute_locally(stage, partitions, inputs, shared, directory)
            return
        place = subcluster(cluster, work_of(stage))
        require_fit(stage, place)
        ray.data.DataContext.get_current().execution_options.label_selector = selector(place)
        work = _put(_Work(stage, inputs, shared, directory))
        rows = [{"partition": json.dumps(asdict(partition))} for partition in partitions]
        with warnings.catch_warnings(category=RayDeprecationWarning, action="ignore"):
            # 2.60 announces the end of `max_retries` here, and has nothing yet in its place.
            descriptors = ray.data.from_items(rows, override_num_blocks=len(rows))
            results = descriptors.map_batches(**_how(stage, cluster, work))
        # Prefetching would hold a record back until the next partition is done: budget and progress would be late.
        batches = results.iter_batches(batch_size=None, prefetch_batches=0)
        try:
            # Closing the iterator shuts Ray Data's executor down, which cancels the tasks that are still at work.
            with closing(cast(Generator[Any, None, None], iter(batches))) as found:
                for batch in found:
                    for record, failure, by_user in zip(batch["record"], batch["error"], batch["by_user"], strict=True):
                        if failure:
                            raise UserError(str(failure)) if by_user else RuntimeError(str(failure))
                        yield CommitRecord.from_dict(json.loads(str(record)))
        except ray.exceptions.RayError as error:
            raise UserError(
                f"{stage.name}: Ray gave up: {' '.join(str(error).split())}; committed work is kept, the same command "
                "goes on from there (where workers run out of memory, with a lower cluster.max_workers)"
            ) from error

    return execute


def _put(work: _Work) -> Any:
    """A reference for all workers.

    Raises:
        UserError: there is no room for it, in memory or on the disk.
    """
    import ray
    import ray.exceptions

    try:
        return ray.put(work)
    except (ray.exceptions.ObjectStoreFullError, ray.exceptions.OutOfDiskError) as error:
        raise UserError(
            f"{work.stage.name}: what workers share fits neither Ray's object store nor the disk that it spills to; "
            "free space there, or raise cluster.object_store_mb, and run again: committed work is kept"
        ) from error


def _how(stage: Stage, cluster: Cluster, work: Any) -> dict[str, Any]:
    """Arguments of `map_batches`: tasks for most stages, actors for those whose workers keep something."""
    import ray.data

    held = {"batch_size": 1, "num_cpus": stage.num_cpus, "num_gpus": stage.num_gpus or None}
    limits = [limit for limit in (stage.max_workers, cluster.max_workers) if limit is not None]
    if not isinstance(stage, PooledStage) or stage.pool is None:
        tasks = ray.data.TaskPoolStrategy(size=min(limits) if limits else None)
        return {"fn": _commit_batch, "fn_kwargs": {"work": work}, "compute": tasks, "max_retries": TASK_RETRIES, **held}
    pool = stage.pool
    most = min([pool.max_size, *limits])
    actors = ray.data.ActorPoolStrategy(
        min_size=min(pool.min_size, most), max_size=most, max_tasks_in_flight_per_actor=pool.in_flight
    )
    return {
        "fn": _Actor,
        "fn_constructor_kwargs": {"work": work},
        "compute": actors,
        "max_concurrency": pool.in_flight,
        # Restarts end a partition that always kills its worker. Retries of its task must not: while a node is gone and
        # Ray has not noticed, every attempt to reach the actor is refused at once and counts as one.
        "max_restarts": TASK_RETRIES,
        "max_task_retries": -1,
        **held,
    }


Result = dict[str, list[Any]]


def _commit_batch(batch: dict[str, Any], work: Any) -> Result:
    """One partition in a Ray task."""
    context = _fetched(work)
    partition = _partition(batch)
    try:
        return _done(commit_partition(context.stage, partition, context.inputs, context.shared, context.directory))
    except Exception as error:  # noqa: BLE001 - raised again on the driver
        return _failed(context.stage, partition, error)


class _Actor:
    """A worker of a pooled stage: an actor with several partitions in work."""

    def __init__(self, work: Any) -> None:
        context = _fetched(work)
        self._stage = context.stage
        self._failure: UserError | None = None
        assert isinstance(context.stage, PooledStage)
        try:
            self._worker = Worker(context.stage, context.inputs, context.shared, context.directory)
        except UserError as error:
            # An actor whose construction fails is started again and again; the driver must hear of it instead.
            self._failure = error

    async def __call__(self, batch: dict[str, Any]) -> AsyncIterator[Result]:
        partition = _partition(batch)
        if self._failure is not None:
            yield _failed(self._stage, partition, self._failure)
            return
        try:
            record = await self._worker.commit(partition)
        except WorkerDied:
            logging.getLogger(__name__).exception("worker %d ends; Ray starts another in its place", os.getpid())
            # Ray restarts an actor only when its process is gone; the partitions in work are given to the new one.
            os._exit(1)
        except Exception as error:  # noqa: BLE001 - raised again on the driver
            yield _failed(self._stage, partition, error)
        else:
            yield _done(record)

    def __del__(self) -> None:
        """Ray Data lets go of this object when the stage is done. Nothing can be waited for here.

        Engines end their processes before they wait for anything, so the first step of closing is enough.
        """
        if self._failure is None:
            closing_down = self._worker.close()
            with suppress(StopIteration, RuntimeError, TypeError):
                closing_down.send(None)
            closing_down.close()


def _partition(batch: dict[str, Any]) -> Partition:
    return Partition(**json.loads(str(batch["partition"][0])))


def _done(record: CommitRecord) -> Result:
    return {"record": [record.to_json().decode()], "error": [""], "by_user": [False]}


def _failed(stage: Stage, partition: Partition, error: Exception) -> Result:
    """An error travels back as a value: Ray would wrap it into frames of its own."""
    if isinstance(error, UserError):
        return {"record": [""], "error": [str(error)], "by_user": [True]}
    told = (
        f"{stage.name}, partition {partition.id}: {type(error).__name__}: {error}\n"
        f"On {socket.gethostname()}, process {os.getpid()}; `--local --only {stage.name}` repeats it "
        f"without Ray:\n{''.join(traceback.format_exception(error))}"
    )
    return {"record": [""], "error": [told], "by_user": [False]}


@functools.lru_cache(maxsize=1)
def _fetched(work: Any) -> _Work:
    """A worker process keeps what it was sent: a task is short, unpickling a large manifest is not."""
    import ray

    context: _Work = ray.get(work)
    return context


def _connect(cluster: Cluster) -> None:
    import ray
    import ray.data

    if not ray.is_initialized():
        joined = joins(cluster)
        if not joined:
            _use_own_token()
            # On one machine nobody is preempted, and the watcher's end would be reported as an error.
            os.environ.setdefault("RAY_TRAIN_ENABLE_PREEMPTION_WATCHER", "0")
        start(
            address=cluster.address,
            num_cpus=None if joined else cluster.num_cpus,
            object_store_memory=None if joined or cluster.object_store_mb is None else cluster.object_store_mb * 10**6,
            include_dashboard=None if joined else True,
            logging_level=logging.ERROR,
            log_to_driver=True,
        )
    # Between two looks at its tasks Ray Data waits until all have ended, or for 0.1 s: most of a worker's time between
    # two partitions. There is no setting for it.
    from ray.data._internal.execution import streaming_executor_state

    streaming_executor_state.WAIT_FOR_TASK_COMPLETION_TIMEOUT_S = LOOK_EVERY_S
    # One line per stage is ours; Ray Data's bars and its account of every plan would bury it.
    logging.getLogger("ray.data").setLevel(logging.ERROR)
    context = ray.data.DataContext.get_current()
    context.enable_progress_bars = False
    # A pool grows when its actors have more tasks than they work on, by Ray's own measure 1.75 times as many. Ours are
    # given none to keep waiting: other actors could do those meanwhile. So all at work is when to grow.
    context.autoscaling_config.actor_pool_util_upscaling_threshold = 1.0


def start(**settings: Any) -> None:
    """`ray.init`, again where a busy machine did not get Ray's own processes up within the 30 s that Ray gives them.

    Raises:
        UserError: nor did it at the last attempt.
    """
    import ray

    told_to_leave = signal.getsignal(signal.SIGTERM)
    for attempt in range(1, START_ATTEMPTS + 1):
        try:
            ray.init(**settings)
            _handle_sigterm(told_to_leave)
            return
        except Exception as error:
            # Ray has no class of its own for this.
            if "timed out during startup" not in str(error):
                raise
            ray.shutdown()
            if attempt == START_ATTEMPTS:
                raise UserError(
                    f"Ray did not start in {START_ATTEMPTS} attempts of 30 s: this machine is too busy; end other "
                    "work and run again (committed work is kept), or use --local"
                ) from error


def _handle_sigterm(handler: Any) -> None:
    """Give SIGTERM back to who had it: Ray's own handler prints a stack, and aborts what takes 3 s to end."""
    if callable(handler) and threading.current_thread() is threading.main_thread():
        signal.signal(signal.SIGTERM, handler)


def _use_own_token() -> None:
    """A Ray started here would write its token into the home directory, and a later `ray start` would demand it."""
    chosen = any(name in os.environ for name in ("RAY_AUTH_MODE", "RAY_AUTH_TOKEN", "RAY_AUTH_TOKEN_PATH"))
    if not chosen and not (Path.home() / ".ray" / "auth_token").exists():
        os.environ["RAY_AUTH_TOKEN"] = secrets.token_hex(32)
