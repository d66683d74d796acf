"""An evaluation by itself: any models, side by side, asked any benchmarks; no dump, no data set, no training."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Self

from pydantic import Field, model_validator

from eval.benchmarks_stage import BenchmarksStage
from eval.judge_stage import JudgeRepliesStage
from eval.score_stage import ScoreStage
from eval.settings import Benchmarks, Comparing, JudgeOfReplies, ModelUnderTest, Name
from eval.stage import EvaluateStage
from pipeline.config import Budget, Cluster, Section, suggest
from pipeline.stage import Stage
from pipeline.storage import Storage
from training.model.stage import BaseStage
from training.settings import Model


class EvaluationConfig(Section):
    """What is asked, of which models."""

    name: str = Field(pattern=r"^[a-z0-9][a-z0-9_-]*$")
    output: str = Field(description="a directory, or s3://bucket/prefix")
    budget: Budget = Budget()
    benchmarks: Benchmarks
    models: Mapping[Name, ModelUnderTest] = Field(min_length=1, description="by the names that pages show")
    judge: JudgeOfReplies = JudgeOfReplies()
    comparing: Comparing = Comparing(baseline=None)
    cluster: Cluster = Cluster()

    @model_validator(mode="after")
    def _compares_what_there_is(self) -> Self:
        names = [*self.models, *self.comparing.stored]
        if (baseline := self.comparing.baseline) is not None and baseline not in names:
            raise ValueError(f"comparing.baseline: {baseline} is no model here: {suggest(baseline, names)}")
        if twice := set(self.models) & set(self.comparing.stored):
            raise ValueError(f"comparing.stored: {', '.join(sorted(twice))} is a name of models as well")
        if self.benchmarks.folder is None:
            raise ValueError("benchmarks.folder: is needed; `culturalground evaluate --list` tells how to fill one")
        return self


def build_stages(config: EvaluationConfig, output: Storage) -> dict[str, Stage]:
    """All stages of an evaluation, in order."""
    stages: list[Stage] = [BenchmarksStage(config.benchmarks)]
    evaluated = []
    for name, model in config.models.items():
        source = None
        if model.convert:
            source = f"model_{name}"
            wanted = Model(base=model.model, revision=model.revision, tower=model.tower)
            stages.append(BaseStage(wanted, output, source))
        stage = EvaluateStage(model, name, source, None, output, f"models.{name}")
        stages.append(stage)
        evaluated.append(stage.name)
    stages.append(JudgeRepliesStage(config.judge, evaluated, output, "judge"))
    stages.append(ScoreStage(config.name, config.comparing, ("benchmarks", "judge_replies")))
    return {stage.name: stage for stage in stages}
