"""The stages in their order, built from a config, and the ways to run through them."""

from __future__ import annotations

import os
from collections.abc import Mapping

from eval.benchmarks_stage import BenchmarksStage
from eval.judge_stage import JudgeRepliesStage
from eval.report_stage import ReportStage
from eval.score_stage import ScoreStage
from eval.stage import EvaluateStage, HeldOut
from jobs.run_config import RunConfig
from jobs.way import Progress, Span, run_through, survey_of
from pipeline.commons.images import ImagesStage
from pipeline.dataset.alike.across import CompareAcrossStage
from pipeline.dataset.alike.within import CompareWithinStage
from pipeline.dataset.arrange import ArrangeStage
from pipeline.dataset.assemble import AssembleStage
from pipeline.dataset.protected.keys import hash_or_none
from pipeline.errors import ConfigError
from pipeline.generation.stages import JudgeStage, RephraseStage
from pipeline.questions.stage import QuestionsStage
from pipeline.stage import Stage, StageOutput
from pipeline.storage import Storage, open_storage
from pipeline.subclusters import subcluster
from pipeline.wikidata.extract import ExtractStage
from pipeline.wikidata.select import SelectStage
from training.model.stage import BaseStage
from training.stage import TrainStage

STAGES = (
    "extract", "select", "images", "questions", "rephrase", "judge", "compare_within", "compare_across",
    "arrange", "assemble", "model", "train", "benchmarks", "evaluate_base", "evaluate_trained", "judge_replies",
    "score", "report",
)  # fmt: skip


def build_stages(config: RunConfig, output: Storage) -> dict[str, Stage]:
    """All stages of a run, in order."""
    questions = QuestionsStage(config.questions, config.images)
    own = HeldOut(config.evaluate.splits, config.evaluate.share, config.evaluate.max_tokens)
    stages: list[Stage] = [
        ExtractStage(config.extract),
        SelectStage(config.select, config.extract),
        ImagesStage(config.images, output),
        questions,
        RephraseStage(config.rephrase, config.generation, output),
        JudgeStage(config.judge, config.generation, output),
        CompareWithinStage(config.assemble),
        CompareAcrossStage(config.assemble),
        ArrangeStage(config.assemble),
        AssembleStage(config.assemble, config.name, output, questions.reviewed),
        BaseStage(config.model, output),
        TrainStage(config.train, output, subcluster(config.cluster, "train")),
        BenchmarksStage(config.evaluate.benchmarks),
        EvaluateStage(config.evaluate.asked(), "base", "model", own, output),
        EvaluateStage(config.evaluate.asked(), "trained", "train", own, output),
        JudgeRepliesStage(config.evaluate.judge, ("evaluate_base", "evaluate_trained"), output, "evaluate.judge"),
        ScoreStage(config.name, config.evaluate.comparing, hash_or_none),
        ReportStage(config.name),
    ]
    return {stage.name: stage for stage in stages}


def survey(config: RunConfig) -> list[Progress]:
    """The stages of a run with what storage has of them; starts nothing."""
    storage = open_storage(config.output)
    return survey_of(build_stages(config, storage), storage)


def run(
    config: RunConfig,
    *,
    first: str = STAGES[0],
    last: str = STAGES[-1],
    local: bool = False,
    retry_quarantined: str | None = None,
) -> Mapping[str, StageOutput]:
    """Run the stages from `first` to `last`; those before `first` must be complete.

    Raises:
        UserError: something outside the code stops the run; what was committed is kept.
    """
    _check_reachable(config)
    storage = open_storage(config.output)
    stages = build_stages(config, storage)
    return run_through(stages, config, storage, Span(first, last), local=local, retry_quarantined=retry_quarantined)


def _check_reachable(config: RunConfig) -> None:
    """Under `ray job submit` the working directory is a copy that vanishes with the job."""
    if "RAY_JOB_CONFIG_JSON_ENV_VAR" not in os.environ:
        return
    places = {"output": (config.output,), "extract.dump": config.extract.dump}
    for setting, uris in places.items():
        for uri in uris:
            if "://" not in uri and not uri.startswith("/"):
                raise ConfigError(
                    f"{setting}: {uri} is relative to the job's own copy of the working directory, which is deleted "
                    f"with the job; give s3://bucket/prefix, or an absolute path that every node can reach"
                )
