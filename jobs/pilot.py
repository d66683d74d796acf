"""The run whose figures stand for a larger one: what its stages took, and what `rephrase` and `judge` say of models."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from jobs.chain import STAGES, survey
from jobs.forecast.measured import Measured, measure
from jobs.run_config import RunConfig, load_config
from pipeline.budget import STAGE_INFO
from pipeline.commit import CommitRecord, committed_partitions, load_commits, load_manifest
from pipeline.errors import UserError
from pipeline.generation.forecast import tells
from pipeline.storage import Storage, open_storage

GENERATION = ("rephrase", "judge")


@dataclass(frozen=True)
class StageFigures:
    """One stage of a pilot: its commits, and its `version` and `settings` as `stage.json` has them."""

    commits: tuple[CommitRecord, ...]
    identity: Mapping[str, Any]


@dataclass(frozen=True)
class Pilot:
    """Where the figures come from.

    Attributes:
        place: config or output.
        stages: those of `GENERATION` that have enough to foretell what models take.
        measured: stages that are complete, in their order.
    """

    place: str
    stages: Mapping[str, StageFigures]
    measured: Mapping[str, Measured] = field(default_factory=dict)


def find_pilot(place: str) -> Pilot:
    """A pilot that was named.

    Args:
        place: its config, a .yaml file; or its output, a directory or s3:// address.

    Raises:
        UserError: no stage there is complete, or too many results are.
    """
    directories = _of_config(load_config(place)) if place.endswith((".yaml", ".yml")) else _of_output(place)
    found = _figures_of(place, directories)
    if not (found.stages or found.measured):
        raise UserError(
            f"--pilot {place}: no stage there is complete; name the config or the output of a smaller run, such as one "
            "with select.limit or extract.max_partitions, in partitions small enough (images.rows_per_partition)"
        )
    return found


def own_figures(config: RunConfig) -> Pilot | None:
    """The run as its own pilot of generation, as far as it has come; None where no model has answered enough."""
    found = _figures_of(config.output, (each for each in _of_config(config) if each[0] in GENERATION))
    return found if found.stages else None


def _figures_of(place: str, directories: Iterable[tuple[str, Storage]]) -> Pilot:
    stages: dict[str, StageFigures] = {}
    measured: dict[str, Measured] = {}
    for stage, directory in directories:
        if directory.stat(STAGE_INFO) is None:
            continue
        identity = json.loads(directory.read(STAGE_INFO))
        manifest = load_manifest(directory)
        if manifest is None and stage not in GENERATION:
            continue
        commits = (
            load_commits(directory, list(committed_partitions(directory))) if manifest is None else manifest.commits
        )
        answered = stage in GENERATION and tells(commits)
        if (answered and stage in stages) or (manifest is not None and stage in measured):
            raise UserError(
                f"--pilot {place}: holds more than one result of {stage}; name the pilot's config, a .yaml file, which "
                "says which of them is meant"
            )
        if answered:
            stages[stage] = StageFigures(commits, identity)
        if manifest is not None:
            measured[stage] = measure(manifest, identity["settings"])
    return Pilot(place, stages, measured)


def _of_config(config: RunConfig) -> Iterator[tuple[str, Storage]]:
    for stage in survey(config):
        if stage.directory is not None:
            yield stage.name, stage.directory


def _of_output(place: str) -> Iterator[tuple[str, Storage]]:
    output = open_storage(place)
    for stage in STAGES:
        for name in output.folders(f"{stage}/"):
            yield stage, output.child(f"{stage}/{name}")
