"""Through the stages of a run, whatever they are: what is done, and doing what is not."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Protocol

from pipeline.budget import open_guard
from pipeline.commit import Manifest, describe, load_manifest
from pipeline.config import Budget, Cluster
from pipeline.errors import UserError
from pipeline.local_executor import execute_locally
from pipeline.ray_executor import execute_on_ray
from pipeline.runner import Executor, run_stage, stage_directory
from pipeline.stage import Inputs, Stage, StageOutput
from pipeline.storage import Storage

Stages = Mapping[str, Stage]


class Run(Protocol):
    """What is known of any run, whatever its stages are."""

    @property
    def name(self) -> str:
        """Of the run, and of its record."""
        ...

    @property
    def budget(self) -> Budget:
        """Caps."""
        ...

    @property
    def cluster(self) -> Cluster:
        """Where it runs."""
        ...


@dataclass(frozen=True)
class Progress:
    """How far a stage of a run is. `directory` is None while a stage before it is not complete."""

    name: str
    directory: Storage | None
    output: StageOutput | None


@dataclass(frozen=True)
class Span:
    """From one stage to another, both included."""

    first: str
    last: str


def survey_of(
    stages: Stages, storage: Storage, load: Callable[[Storage], Manifest | None] = load_manifest
) -> list[Progress]:
    """The stages, in their order, with what storage has of them; starts nothing.

    Args:
        stages: of the run.
        storage: its output.
        load: reads the manifest of a stage directory.
    """
    outputs: dict[str, StageOutput] = {}
    found: list[Progress] = []
    for name, stage in stages.items():
        if any(before not in outputs for before in stage.after):
            found.append(Progress(name, None, None))
            continue
        directory = stage_directory(stage, _inputs(stage, outputs), storage)
        manifest = load(directory)
        if manifest is not None:
            outputs[name] = StageOutput(directory, manifest)
        found.append(Progress(name, directory, outputs.get(name)))
    return found


def run_through(
    stages: Stages,
    config: Run,
    storage: Storage,
    span: Span | None = None,
    *,
    local: bool = False,
    retry_quarantined: str | None = None,
) -> Mapping[str, StageOutput]:
    """Run the stages of a span, all by itself; those before it must be complete.

    Raises:
        UserError: something outside the code stops the run; what was committed is kept.
    """
    names = list(stages)
    first, last = (span.first, span.last) if span is not None else (names[0], names[-1])
    execute: Executor = execute_locally if local else execute_on_ray(config.cluster)
    guard = open_guard(config.budget, storage)
    outputs: dict[str, StageOutput] = {}
    for stage in stages.values():
        if names.index(first) <= names.index(stage.name) <= names.index(last):
            stage.check()
    for name, stage in stages.items():
        inputs = _inputs(stage, outputs)
        if names.index(name) < names.index(first):
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


def _inputs(stage: Stage, outputs: Mapping[str, StageOutput]) -> Inputs:
    return {name: outputs[name] for name in stage.after}
