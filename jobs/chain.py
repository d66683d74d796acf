"""The stages in their order, built from a config, and the ways to run through them."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Mapping
from dataclasses import dataclass

from eval.report_stage import ReportStage
from eval.stage import EvaluateStage
from jobs.run_config import RunConfig
from pipeline.budget import SpendGuard, spent
from pipeline.commit import describe, load_manifest
from pipeline.commons.images import ImagesStage
from pipeline.dataset.alike.across import CompareAcrossStage
from pipeline.dataset.alike.within import CompareWithinStage
from pipeline.dataset.arrange import ArrangeStage
from pipeline.dataset.assemble import AssembleStage
from pipeline.errors import ConfigError, UserError
from pipeline.generation.stages import JudgeStage, RephraseStage
from pipeline.local_executor import execute_locally
from pipeline.questions.stage import QuestionsStage
from pipeline.ray_executor import execute_on_ray
from pipeline.runner import (
    Executor,
    run_stage,
    stage_directory,
)
from pipeline.stage import Inputs, Stage, StageOutput
from pipeline.storage import Storage, open_storage
from pipeline.subclusters import subcluster
from pipeline.wikidata.extract import ExtractStage
from pipeline.wikidata.select import SelectStage
from training.model.stage import BaseStage
from training.stage import TrainStage

STAGES = (
    "extract", "select", "images", "questions", "rephrase", "judge", "compare_within", "compare_across",
    "arrange", "assemble", "model", "train", "evaluate_base", "evaluate_trained", "report",
)  # fmt: skip


def build_stages(config: RunConfig, output: Storage) -> dict[str, Stage]:
    """All stages of a run, in order."""
    questions = QuestionsStage(config.questions, config.images)
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
        EvaluateStage(config.evaluate, "base", "model", output),
        EvaluateStage(config.evaluate, "trained", "train", output),
        ReportStage(config.name),
    ]
    return {stage.name: stage for stage in stages}


@dataclass(frozen=True)
class Progress:
    """How far a stage of a run is. `directory` is None while a stage before it is not complete."""

    name: str
    directory: Storage | None
    output: StageOutput | None


def survey(config: RunConfig) -> list[Progress]:
    """The stages of a run with what storage has of them; starts nothing."""
    storage = open_storage(config.output)
    outputs: dict[str, StageOutput] = {}
    found: list[Progress] = []
    for name, stage in build_stages(config, storage).items():
        if any(before not in outputs for before in stage.after):
            found.append(Progress(name, None, None))
            continue
        directory = stage_directory(stage, _inputs(stage, outputs), storage)
        manifest = load_manifest(directory)
        if manifest is not None:
            outputs[name] = StageOutput(directory, manifest)
        found.append(Progress(name, directory, outputs.get(name)))
    return found


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
    execute: Executor = execute_locally if local else execute_on_ray(config.cluster)
    guard = SpendGuard(config.budget, spent(storage))
    outputs: dict[str, StageOutput] = {}
    stages = build_stages(config, storage)
    for stage in stages.values():
        if STAGES.index(first) <= STAGES.index(stage.name) <= STAGES.index(last):
            stage.check()
    for name, stage in stages.items():
        inputs = _inputs(stage, outputs)
        if STAGES.index(name) < STAGES.index(first):
            directory = stage_directory(stage, inputs, storage)
            manifest = load_manifest(directory)
            if manifest is None:
                raise UserError(
                    f"{name}: is not complete for this config; run it first, or start from it with --from {name}"
                )
            outputs[name] = StageOutput(directory, manifest)
            continue
        outputs[name] = run_stage(
            stage,
            inputs,
            storage,
            execute,
            guard,
            config.cluster.lease_s,
            retry_quarantined=name == retry_quarantined,
        )
        if name == last:
            break
    record = describe({name: output.directory.uri for name, output in outputs.items()})
    storage.write(f"{config.name}.json", record)
    # The one above is that of the last run of this name; these stay, to be compared.
    storage.create(f"records/{config.name}-{hashlib.sha256(record).hexdigest()[:12]}.json", record)
    return outputs


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


def _inputs(stage: Stage, outputs: Mapping[str, StageOutput]) -> Inputs:
    return {name: outputs[name] for name in stage.after}
