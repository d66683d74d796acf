"""The settings that the data set is held to: those of the run that made it."""

from __future__ import annotations

from dataclasses import dataclass

from pipeline.commons.settings import Images
from pipeline.dataset.settings import Assemble
from pipeline.questions.settings import Questions


@dataclass(frozen=True)
class Rules:
    """Which licences, languages, splits and lists a run asked for."""

    images: Images
    questions: Questions
    assemble: Assemble
