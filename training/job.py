"""A training run as one value that travels to every rank."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from training.data.places import Source
from training.settings import Train


@dataclass(frozen=True)
class Job:
    """What to train, on what, and where the result goes; places are addresses that `open_storage` takes.

    Attributes:
        base: a Hugging Face folder of a LlavaNext with its processor.
        sources: samples of each part of the mixture, in its order.
        validation: samples that are only looked at.
        output: directory for checkpoints, charts and the export.
        settings: the section `train`.
    """

    base: str
    sources: tuple[Source, ...]
    validation: tuple[Source, ...]
    output: str
    settings: Train

    def to_json(self) -> str:
        """What `from_json` reads."""
        facts = {name: getattr(self, name) for name in ("base", "output")}
        sources = {name: [asdict(each) for each in getattr(self, name)] for name in ("sources", "validation")}
        return json.dumps({**facts, **sources, "settings": self.settings.model_dump(mode="json")})

    @classmethod
    def from_json(cls, text: str) -> Job:
        """The job that a text describes."""
        raw: Mapping[str, Any] = json.loads(text)
        sources = {name: tuple(Source(**each) for each in raw[name]) for name in ("sources", "validation")}
        return cls(raw["base"], output=raw["output"], settings=Train.model_validate(raw["settings"]), **sources)
