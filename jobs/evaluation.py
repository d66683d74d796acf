"""An evaluation by itself: any models, side by side, asked any benchmarks; no dump, no data set, no training."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Self

from pydantic import Field, model_validator

from eval.benchmarks_stage import BenchmarksStage
from eval.judge_stage import JudgeRepliesStage
from eval.score_stage import ScoreStage
from eval.settings import Benchmarks, Checkpoints, Comparing, JudgeOfReplies, ModelUnderTest, Name
from eval.stage import EvaluateStage
from jobs.following import Training
from pipeline.config import Budget, Cluster, Section, suggest
from pipeline.errors import ConfigError
from pipeline.stage import Stage
from pipeline.storage import Storage
from training.model.stage import BaseStage
from training.settings import Model


class EvaluationConfig(Section):
    """What is asked, of which models."""

    name: str = Field(
        pattern=r"^[a-z0-9][a-z0-9_-]*$", description="of the evaluation, and of its record in the output"
    )
    output: str = Field(description="a directory, or s3://bucket/prefix")
    budget: Budget = Budget()
    benchmarks: Benchmarks
    models: Mapping[Name, ModelUnderTest] = Field({}, description="by the names that pages show")
    checkpoints: Checkpoints | None = Field(None, description="models that a training leaves on its way")
    judge: JudgeOfReplies = JudgeOfReplies()
    comparing: Comparing = Comparing(baseline=None)
    cluster: Cluster = Cluster()

    @model_validator(mode="after")
    def _compares_what_there_is(self) -> Self:
        if not self.models and self.checkpoints is None:
            raise ValueError("models: name one at least, or checkpoints")
        names = [*self.models, *self.comparing.stored]
        if (baseline := self.comparing.baseline) is not None and baseline not in names:
            raise ValueError(f"comparing.baseline: {baseline} is no model here: {suggest(baseline, names)}")
        if twice := set(self.models) & set(self.comparing.stored):
            raise ValueError(f"comparing.stored: {', '.join(sorted(twice))} is a name of models as well")
        if self.benchmarks.folder is None:
            raise ValueError("benchmarks.folder: is needed; `culturalground evaluate --list` tells how to fill one")
        return self


def build_stages(config: EvaluationConfig, output: Storage) -> dict[str, Stage]:
    """All stages of an evaluation, in order; with checkpoints those that there are now.

    Raises:
        ConfigError: a model must be converted, or the run that checkpoints are of has not come to its training.
    """
    stages: list[Stage] = [BenchmarksStage(config.benchmarks)]
    evaluated = []
    for name, model in config.models.items():
        source = None
        if not model.convert and _is_original(Path(model.model)):
            raise ConfigError(
                f"models.{name}.convert: {model.model} is a checkpoint in LLaVA's own layout; vLLM serves it once this "
                "is true"
            )
        if model.convert:
            source = f"model_{name}"
            wanted = Model(base=model.model, revision=model.revision, tower=model.tower)
            stages.append(BaseStage(wanted, output, source))
        stage = EvaluateStage(model, name, source, None, output, f"models.{name}")
        stages.append(stage)
        evaluated.append(stage.name)
    if config.checkpoints is not None:
        training = Training(config.checkpoints.run, config.checkpoints.overrides)
        for made in training.stages(output):
            stage = EvaluateStage(
                config.checkpoints.asked, made.name.removeprefix("model_"), made.name, None, output, "checkpoints.asked"
            )
            stages += [made, stage]
            evaluated.append(stage.name)
    stages.append(JudgeRepliesStage(config.judge, evaluated, output, "judge"))
    stages.append(ScoreStage(config.name, config.comparing))
    return {stage.name: stage for stage in stages}


def _is_original(folder: Path) -> bool:
    """Whether a model is in LLaVA's own layout, as far as that can be seen from here."""
    if not (folder / "config.json").is_file():
        return False
    from training.model.llava import is_original

    return is_original(folder)
