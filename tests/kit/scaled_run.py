"""A driver of `rephrase` whose engines, which can be watched, take a GPU each of nodes that are labelled for it.

`python -m tests.kit.scaled_run OUTPUT JOURNAL PACE MIN_WORKERS MAX_WORKERS ADDRESS`
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

from pipeline.budget import SpendGuard
from pipeline.commit import Spend
from pipeline.config import Budget, Cluster, Subclusters
from pipeline.generation.stages import GenerationStage
from pipeline.pooled import Pool
from pipeline.ray_executor import execute_on_ray
from pipeline.runner import run_stage
from tests.kit.killable_stages import STUB, Work, input_of


def on_gpus(work: Work, pool: Pool) -> GenerationStage:
    """The stage with a pool of engines of a GPU each."""
    stage, _ = work.stages()
    stage.num_gpus, stage.pool = 1.0, pool  # type: ignore[misc]
    return stage


def main(arguments: Sequence[str]) -> None:
    output, journal, pace, at_least, at_most, address = arguments
    work = Work(output, Path(journal), float(pace))
    stage = on_gpus(work, Pool(int(at_least), int(at_most), STUB.partitions_in_flight))
    guard = SpendGuard(Budget(gpu_hours=9), Spend())
    execute = execute_on_ray(Cluster(address=address, subclusters=Subclusters()))
    run_stage(stage, {stage.after[0]: input_of(work.storage)}, work.storage, execute, guard, 60.0)


if __name__ == "__main__":
    main(sys.argv[1:])
