"""The run whose figures stand for a larger one: what its stages `rephrase` and `judge` say they took."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from jobs.chain import survey
from jobs.run_config import RunConfig, load_config
from pipeline.budget import STAGE_INFO
from pipeline.commit import CommitRecord, committed_partitions, load_commits, load_manifest
from pipeline.errors import UserError
from pipeline.generation.forecast import MIN_PARTITIONS, tells
from pipeline.storage import Storage, open_storage

STAGES = ("rephrase", "judge")


@dataclass(frozen=True)
class StageFigures:
    """One stage of a pilot: its commits, and its `version` and `settings` as `stage.json` has them."""

    commits: tuple[CommitRecord, ...]
    identity: Mapping[str, Any]


@dataclass(frozen=True)
class Pilot:
    """Where the figures come from, and those stages of `STAGES` that have enough to foretell something."""

    place: str
    stages: Mapping[str, StageFigures]


def find_pilot(place: str) -> Pilot:
    """A pilot that was named.

    Args:
        place: its config, a .yaml file; or its output, a directory or s3:// address.

    Raises:
        UserError: nothing there tells what generation takes, or too many results do.
    """
    directories = _of_config(load_config(place)) if place.endswith((".yaml", ".yml")) else _of_output(place)
    found: dict[str, StageFigures] = {}
    for stage, directory in directories:
        figures = _figures(directory)
        if figures is None:
            continue
        if stage in found:
            raise UserError(
                f"--pilot {place}: holds more than one result of {stage}; name the pilot's config, a .yaml file, which "
                "says which of them is meant"
            )
        found[stage] = figures
    if not found:
        raise UserError(
            f"--pilot {place}: no stage there has {MIN_PARTITIONS} partitions in which a model answered; run "
            "`culturalground run --to judge` on a part (select.limit) with generation.engine set, in partitions small "
            "enough (images.rows_per_partition)"
        )
    return Pilot(place, found)


def own_figures(config: RunConfig) -> Pilot | None:
    """The run as its own pilot, as far as its stages have come; None where no model has answered enough."""
    found = {stage: figures for stage, each in _of_config(config) if (figures := _figures(each)) is not None}
    return Pilot(config.output, found) if found else None


def _of_config(config: RunConfig) -> Iterator[tuple[str, Storage]]:
    for stage in survey(config):
        if stage.name in STAGES and stage.directory is not None:
            yield stage.name, stage.directory


def _of_output(place: str) -> Iterator[tuple[str, Storage]]:
    output = open_storage(place)
    for stage in STAGES:
        for name in output.folders(f"{stage}/"):
            yield stage, output.child(f"{stage}/{name}")


def _figures(directory: Storage) -> StageFigures | None:
    if directory.stat(STAGE_INFO) is None:
        return None
    manifest = load_manifest(directory)
    commits = load_commits(directory, list(committed_partitions(directory))) if manifest is None else manifest.commits
    return StageFigures(commits, json.loads(directory.read(STAGE_INFO))) if tells(commits) else None
