"""Runs a stage to its manifest: finds what is committed, does the rest with Ray Data or in process, commits."""

from __future__ import annotations

import functools
import hashlib
import json
import logging
import os
import secrets
import socket
import traceback
import warnings
from collections.abc import Callable, Generator
from contextlib import closing
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, cast

from pipeline.budget import STAGE_INFO, SpendGuard
from pipeline.commit import (
    MANIFEST,
    CommitRecord,
    Manifest,
    committed_partitions,
    describe,
    load_commits,
    load_manifest,
    take_back,
)
from pipeline.config import Cluster
from pipeline.errors import InputError, UserError
from pipeline.lease import hold_lease
from pipeline.progress import Progress
from pipeline.stage import Inputs, Partition, Stage, StageOutput, commit_partition
from pipeline.storage import Storage
from pipeline.tables import FileRecord

# How often a partition whose worker process died is given to another: without a limit, one that always kills its
# worker would keep the stage busy for ever.
TASK_RETRIES = 5

Records = Generator[CommitRecord, None, None]
Executor = Callable[[Stage, list[Partition], Inputs, Any, Storage], Records]


def stage_directory(stage: Stage, inputs: Inputs, output: Storage) -> Storage:
    """Where the stage's result lies: its name and its fingerprint."""
    return output.child(f"{stage.name}/{stage.fingerprint(inputs)}")


def run_stage(
    stage: Stage,
    inputs: Inputs,
    output: Storage,
    execute: Executor,
    guard: SpendGuard,
    lease_s: float,
    *,
    retry_quarantined: bool = False,
) -> StageOutput:
    """Bring one stage to its manifest, doing only what has no commit record yet.

    With `retry_quarantined` the partitions that set rows aside are done again, also where the stage was complete.

    Raises:
        UserError: an input, storage, the budget, the lease or the share of quarantined rows stops the stage;
            whatever was committed stays and is not done again.
    """
    directory = stage_directory(stage, inputs, output)
    manifest = load_manifest(directory)
    if manifest is not None and not (retry_quarantined and manifest.counts.num_quarantined):
        done = Progress(stage.name, len(manifest.commits), len(manifest.commits))
        done.finish("complete already, checked")
        return StageOutput(directory, manifest)
    with hold_lease(directory, lease_s) as lease:
        if retry_quarantined:
            _forget_quarantined(directory)
        partitions = stage.partitions(inputs)
        ids = [partition.id for partition in partitions]
        directory.write(STAGE_INFO, describe({**stage.identity(inputs), "num_partitions": len(ids)}))
        committed = set(committed_partitions(directory))
        missing = [partition for partition in partitions if partition.id not in committed]
        progress = Progress(stage.name, len(ids), len(ids) - len(missing))
        try:
            if missing:
                guard.check_before(stage.name, stage.num_gpus)
                # Closing stops what is still at work, whatever it is that ends the loop.
                with closing(execute(stage, missing, inputs, stage.shared(inputs), directory)) as records:
                    for record in records:
                        progress.add(record.counts)
                        guard.add(stage.name, record.spend)
                        lease.check()
            lease.check()
            manifest = _complete(stage, inputs, directory, sorted(ids))
        except BaseException:
            progress.finish("stopped")
            raise
    progress.finish("done")
    return StageOutput(directory, manifest)


def _complete(stage: Stage, inputs: Inputs, directory: Storage, ids: list[str]) -> Manifest:
    draft = Manifest(stage.name, stage.fingerprint(inputs), load_commits(directory, ids))
    _gate(stage, draft, directory)
    documents = []
    for path, data in sorted(stage.documents(inputs, StageOutput(directory, draft)).items()):
        directory.write(f"documents/{path}", data)
        digest = hashlib.sha256(data).hexdigest()
        documents.append(FileRecord("documents", f"documents/{path}", 0, len(data), digest))
    manifest = Manifest(draft.stage, draft.fingerprint, draft.commits, tuple(documents))
    directory.create(MANIFEST, manifest.to_json())
    return manifest


def _gate(stage: Stage, manifest: Manifest, directory: Storage) -> None:
    """A stage that set aside more than was allowed does not complete: nothing downstream builds on it unseen."""
    counts = manifest.counts
    share = counts.num_quarantined / counts.rows_in if counts.rows_in else 0.0
    if share > stage.max_quarantined:
        reasons = ", ".join(f"{number} {reason}" for reason, number in counts.quarantined.items())
        raise InputError(
            f"{stage.name}: {counts.num_quarantined} of {counts.rows_in} {counts.unit} were set aside ({reasons}), "
            f"{share:.2%} where {stage.name}.max_quarantined allows {stage.max_quarantined:.2%}; "
            f"see {directory.uri}/tables/quarantine, then mend the input and run again with "
            f"--retry-quarantined {stage.name}, or raise the limit"
        )


def _forget_quarantined(directory: Storage) -> None:
    """Take back the commits of partitions that set rows aside; only the holder of the lease may."""
    # The manifest goes first: stopped in the middle, the stage is unfinished, never complete without its commits.
    directory.delete(MANIFEST)
    for record in load_commits(directory, list(committed_partitions(directory))):
        if record.counts.num_quarantined:
            take_back(directory, record)


def execute_locally(
    stage: Stage, partitions: list[Partition], inputs: Inputs, shared: Any, directory: Storage
) -> Records:
    """One partition after another in this process: for a debugger, and for tests of everything but Ray."""
    for partition in partitions:
        yield commit_partition(stage, partition, inputs, shared, directory)


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
        work = ray.put(_Work(stage, inputs, shared, directory))
        rows = [{"partition": json.dumps(asdict(partition))} for partition in partitions]
        workers = [limit for limit in (stage.max_workers, cluster.max_workers) if limit is not None]
        with warnings.catch_warnings(category=RayDeprecationWarning, action="ignore"):
            # 2.60 announces the end of `max_retries` here, and has nothing yet in its place.
            results = ray.data.from_items(rows, override_num_blocks=len(rows)).map_batches(
                cast(Any, _commit_batch),
                fn_kwargs={"work": work},
                batch_size=1,
                num_cpus=stage.num_cpus,
                num_gpus=stage.num_gpus or None,
                compute=ray.data.TaskPoolStrategy(size=min(workers) if workers else None),
                max_retries=TASK_RETRIES,
            )
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


def _commit_batch(batch: dict[str, Any], work: Any) -> dict[str, list[Any]]:
    """One partition in a Ray task. An error travels back as a value: Ray would wrap it into frames of its own."""
    context = _fetched(work)
    partition = Partition(**json.loads(str(batch["partition"][0])))
    record, failure, by_user = "", "", False
    try:
        committed = commit_partition(context.stage, partition, context.inputs, context.shared, context.directory)
        record = committed.to_json().decode()
    except UserError as error:
        failure, by_user = str(error), True
    except Exception as error:  # noqa: BLE001 - raised again on the driver
        failure = (
            f"{context.stage.name}, partition {partition.id}: {type(error).__name__}: {error}\n"
            f"On {socket.gethostname()}, process {os.getpid()}; `--local --only {context.stage.name}` repeats it "
            f"without Ray:\n{traceback.format_exc()}"
        )
    return {"record": [record], "error": [failure], "by_user": [by_user]}


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
        joins = cluster.address is not None or "RAY_ADDRESS" in os.environ
        if not joins:
            _use_own_token()
        ray.init(
            address=cluster.address,
            num_cpus=None if joins else cluster.num_cpus,
            object_store_memory=None if joins or cluster.object_store_mb is None else cluster.object_store_mb * 10**6,
            include_dashboard=None if joins else False,
            logging_level=logging.ERROR,
            log_to_driver=True,
        )
    # One line per stage is ours; Ray Data's bars and its account of every plan would bury it.
    logging.getLogger("ray.data").setLevel(logging.ERROR)
    ray.data.DataContext.get_current().enable_progress_bars = False


def _use_own_token() -> None:
    """A Ray started here would write its token into the home directory, and a later `ray start` would demand it."""
    chosen = any(name in os.environ for name in ("RAY_AUTH_MODE", "RAY_AUTH_TOKEN", "RAY_AUTH_TOKEN_PATH"))
    if not chosen and not (Path.home() / ".ray" / "auth_token").exists():
        os.environ["RAY_AUTH_TOKEN"] = secrets.token_hex(32)
