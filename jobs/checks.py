"""`culturalground verify`: every check of a run, as lines for a person and as an exit code."""

from __future__ import annotations

import argparse
from collections.abc import Iterator

from jobs.chain import STAGES, survey
from jobs.run_config import RunConfig
from pipeline.progress import Progress
from pipeline.storage import open_storage
from pipeline.verify.check import Check
from pipeline.verify.dataset import verify_dataset
from pipeline.verify.rules import Rules
from pipeline.verify.stages import verify_stage


def verify(config: RunConfig, options: argparse.Namespace) -> int:
    """Print a line for each check; 1 where something is wrong or not there."""
    stages = [stage for stage in survey(config) if STAGES.index(stage.name) <= STAGES.index(options.last)]
    outputs = {stage.name: stage.output for stage in stages if stage.output is not None}
    with_dataset = STAGES.index(options.last) >= STAGES.index("assemble") and "assemble" in outputs
    num_files = sum(len(commit.files) for output in outputs.values() for commit in output.manifest.commits)
    num_shards = len(outputs["assemble"].manifest.commits) if with_dataset else 0
    progress = Progress("verify", num_files + num_shards, 0, parts="files")
    failed = False
    checks = [check for output in outputs.values() for check in verify_stage(output, outputs, progress)]
    if with_dataset:
        rules = Rules(config.images, config.questions, config.assemble)
        checks += verify_dataset(outputs, open_storage(config.output), rules, progress)
    progress.finish("read")
    for check in checks:
        failed = failed or bool(check.num_problems)
        for line in shown(check):
            print(line)
    missing = [stage.name for stage in stages if stage.output is None]
    if missing:
        print(f"FAIL not complete: {', '.join(missing)}; run `culturalground run` first")
    return 1 if missing or failed else 0


def shown(check: Check) -> Iterator[str]:
    """What is printed of a check: the first of its problems, and how many there are."""
    yield f"{'FAIL' if check.num_problems else 'ok':<5}{check.name} ({check.looked_at:,})"
    yield from (f"       {problem}" for problem in check.problems)
    if check.num_problems > len(check.problems):
        yield f"       and {check.num_problems - len(check.problems):,} more: {check.num_problems:,} in all"
    yield from (f"       {note}" for note in check.notes)
