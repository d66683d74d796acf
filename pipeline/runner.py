"""Runs a stage to its manifest: finds what is committed, has the rest executed, completes.

Where partitions are processed is an executor's business: `local_executor.py`, `ray_executor.py`.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Generator, Mapping
from contextlib import closing
from typing import Any

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
from pipeline.errors import InputError
from pipeline.lease import hold_lease
from pipeline.progress import Progress
from pipeline.stage import Inputs, Partition, Stage, StageOutput
from pipeline.stage_meter import StageMeter
from pipeline.storage import Storage
from pipeline.tables import FileRecord

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
    times = {"begun": time.time()}
    with hold_lease(directory, lease_s) as lease:
        if retry_quarantined:
            _forget_quarantined(directory)
        partitions = stage.partitions(inputs)
        ids = [partition.id for partition in partitions]
        directory.write(STAGE_INFO, describe({**stage.identity(inputs), "num_partitions": len(ids)}))
        committed = set(committed_partitions(directory))
        missing = [partition for partition in partitions if partition.id not in committed]
        progress = Progress(stage.name, len(ids), len(ids) - len(missing))
        meter = StageMeter(stage.name, len(missing))
        try:
            if missing:
                guard.check_before(stage.name, stage.num_gpus)
                shared = stage.shared(inputs, directory)
                times["handed_out"] = time.time()
                # Closing stops what is still at work, whatever it is that ends the loop.
                with closing(execute(stage, missing, inputs, shared, directory)) as records:
                    for record in records:
                        progress.add(record.counts)
                        meter.committed(record)
                        guard.add(stage.name, record.spend)
                        meter.spent(guard.used())
                        lease.check()
                times["gathered"] = time.time()
            lease.check()
            manifest = _complete(stage, inputs, directory, sorted(ids), times)
        except BaseException:
            progress.finish("stopped")
            raise
        finally:
            meter.ended()
    progress.finish("done")
    return StageOutput(directory, manifest)


def _complete(stage: Stage, inputs: Inputs, directory: Storage, ids: list[str], times: Mapping[str, float]) -> Manifest:
    draft = Manifest(stage.name, stage.fingerprint(inputs), load_commits(directory, ids))
    _gate(stage, draft, directory)
    documents = []
    for path, data in sorted(stage.documents(inputs, StageOutput(directory, draft)).items()):
        directory.write(f"documents/{path}", data)
        digest = hashlib.sha256(data).hexdigest()
        documents.append(FileRecord("documents", f"documents/{path}", 0, len(data), digest))
    log = {name: round(when, 3) for name, when in {**times, "ended": time.time()}.items()}
    manifest = Manifest(draft.stage, draft.fingerprint, draft.commits, tuple(documents), log)
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
