"""How the data set was made: of each stage its version, its fingerprint, and the settings that decided its result."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from typing import Any

from pipeline.budget import STAGE_INFO
from pipeline.schema import SCHEMA_VERSION
from pipeline.stage import Inputs, StageOutput

# A setting that is longer is a table of its own, such as the labels of a language: `provenance.json` has it.
_LONGEST = 400


@dataclass(frozen=True)
class Provenance:
    """What to name when someone asks which state of the data set this is.

    Attributes:
        software: version of this software.
        stages: name -> version, fingerprint and settings, in their order.
    """

    software: str
    stages: Mapping[str, Mapping[str, Any]]

    @property
    def version(self) -> str:
        """Semantic: of the software, with the fingerprint of the last stage as what was built."""
        return f"{self.software}+{list(self.stages.values())[-1]['fingerprint']}"

    def as_json(self) -> dict[str, Any]:
        """As `provenance.json` has it."""
        return {"software": self.software, "schema": SCHEMA_VERSION, "stages": self.stages}

    def short_settings(self) -> dict[str, Any]:
        """Stage -> the settings that a person reads; digests and long tables are left out."""
        found = {name: _short(stage["settings"]) for name, stage in self.stages.items()}
        return {name: settings for name, settings in found.items() if settings}


def provenance(inputs: Inputs, output: StageOutput) -> Provenance:
    """Read what each stage wrote down when it began.

    Args:
        inputs: complete stages, in their order.
        output: of `assemble`.
    """
    stages = {}
    for name, stage in (*inputs.items(), ("assemble", output)):
        raw = json.loads(stage.directory.read(STAGE_INFO))
        stages[name] = {
            "version": raw["version"],
            "fingerprint": stage.manifest.fingerprint,
            "settings": raw["settings"],
        }
    return Provenance(_software(), stages)


def _software() -> str:
    try:
        return version("culturalground")
    except PackageNotFoundError:
        return "0.0.0"


def _short(settings: Mapping[str, Any]) -> dict[str, Any]:
    return {
        name: _short(value) if isinstance(value, dict) else value
        for name, value in settings.items()
        if len(json.dumps(value, ensure_ascii=False)) <= _LONGEST and not _is_digest(value)
    }


def _is_digest(value: Any) -> bool:
    """Whether a value, or all that is in it, is a hash that tells a reader nothing."""
    if isinstance(value, dict):
        return bool(value) and all(map(_is_digest, value.values()))
    return isinstance(value, str) and len(value) >= 16 and set(value) <= set("0123456789abcdef")
