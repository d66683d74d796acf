"""The settings that the data set is held to: those of the run that made it."""

from __future__ import annotations

from dataclasses import dataclass

from pipeline.config import Assemble, Images, Questions


@dataclass(frozen=True)
class Rules:
    """Which licences, languages, splits and lists a run asked for."""

    images: Images
    questions: Questions
    assemble: Assemble
