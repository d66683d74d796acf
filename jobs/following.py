"""Checkpoints of a training as models of an evaluation: which there are, and asking each as it comes."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable

from jobs.chain import survey
from jobs.run_config import RunConfig, load_config
from jobs.way import Progress
from pipeline.commit import describe, load_manifest
from pipeline.errors import ConfigError, StorageError
from pipeline.runner import stage_directory
from pipeline.storage import Storage
from training.checkpoint.records import attempts
from training.checkpoint.stage import CheckpointStage

_SEEN = "checkpoints.json"


class Training:
    """A run's training as it stands.

    Raises:
        ConfigError: the run's config is none, or has not come as far as training.
    """

    def __init__(self, config: str, overrides: tuple[str, ...]) -> None:
        self.config: RunConfig = load_config(config, overrides)
        stages: dict[str, Progress] = {stage.name: stage for stage in survey(self.config)}
        model, train = stages["model"], stages["train"]
        if model.output is None or train.directory is None:
            raise ConfigError(
                f"checkpoints.run: {config} has not come to its training yet; `culturalground status` shows how far it "
                "is; start this once stage train has begun"
            )
        self.base, self.directory = f"{model.output.directory.uri}/export", train.directory

    def ended(self) -> bool:
        """Whether it is complete."""
        return load_manifest(self.directory) is not None

    def stages(self, output: Storage) -> list[CheckpointStage]:
        """A stage for each checkpoint that is there or was made a model before, in the order of steps.

        A training deletes older checkpoints, so those that were seen are noted down.
        """
        seen: dict[str, str] = json.loads(output.read(_SEEN)) if output.stat(_SEEN) is not None else {}
        now = {str(step): attempt for step, attempt in attempts(self.directory).items()}
        known = {**seen, **now}
        if known != seen:
            output.write(_SEEN, describe(known))
        steps = sorted(known, key=int)
        stages = {
            step: CheckpointStage(int(step), known[step], self.directory, self.base, self.config.train, output)
            for step in steps
        }
        return [stage for step, stage in stages.items() if step in now or _is_complete(stage, output)]


def _is_complete(stage: CheckpointStage, output: Storage) -> bool:
    return load_manifest(stage_directory(stage, {}, output)) is not None


def follow(training: Training, ask_all: Callable[[], None], every_s: float) -> None:
    """Ask each checkpoint as it comes, until the training has ended and its last one was asked."""
    while True:
        ended = training.ended()
        try:
            ask_all()
        except StorageError as error:
            if ended:
                raise
            # The training may have deleted a checkpoint while it was read; a newer one has come by then.
            sys.stderr.write(f"{error}; tried again in {every_s:g} s\n")
        if ended:
            return
        time.sleep(every_s)
