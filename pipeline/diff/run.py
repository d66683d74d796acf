"""A run as it is compared: its complete stages, whatever config made them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pipeline.budget import STAGE_INFO
from pipeline.stage import StageOutput


@dataclass(frozen=True)
class Run:
    """Stages by name, in their order; `name` is what its user calls it."""

    name: str
    outputs: Mapping[str, StageOutput]

    def identity(self, stage: str) -> dict[str, Any]:
        """What the fingerprint of a stage was taken of, as it lies beside the result."""
        found: dict[str, Any] = json.loads(self.outputs[stage].directory.read(STAGE_INFO))
        return found


def in_both(one: Run, other: Run, stage: str) -> tuple[StageOutput, StageOutput] | None:
    """A stage of both runs, or None where one of them lacks it."""
    if stage in one.outputs and stage in other.outputs:
        return one.outputs[stage], other.outputs[stage]
    return None


def same_result(one: StageOutput, other: StageOutput) -> bool:
    """Whether two stages produced the same files, by their manifests."""
    return one.manifest.digest == other.manifest.digest
