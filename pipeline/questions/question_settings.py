"""What the stage `questions` makes of one picture."""

from __future__ import annotations

from dataclasses import dataclass

from pipeline.errors import ConfigError
from pipeline.questions.labels import FALLBACKS, Fallback
from pipeline.questions.templates import Catalogue
from pipeline.questions.wordings import KINDS, Status


@dataclass(frozen=True)
class QuestionSettings:
    """What is made.

    Attributes:
        languages: the data set's codes.
        kinds: open, choice or both.
        choices: options of a choice question, the right one included.
        max_items_per_picture: cap, or None for no cap; which items stay depends on their ids alone.
        status: wordings that were looked at less are not used.
        fallbacks: what may stand in for a label that the language lacks; it is never another language's.
        switched_off: template ids of wordings that are not used, since native speakers refused them.
    """

    languages: tuple[str, ...]
    kinds: tuple[str, ...] = KINDS
    choices: int = 4
    max_items_per_picture: int | None = None
    status: Status = "machine_checked"
    fallbacks: tuple[Fallback, ...] = FALLBACKS
    switched_off: frozenset[str] = frozenset()

    def __post_init__(self) -> None:
        if not self.kinds or set(self.kinds) - set(KINDS):
            raise ConfigError(f"questions: kinds are {' and '.join(KINDS)}, not {', '.join(self.kinds) or 'none'}")
        if self.choices < 2:
            raise ConfigError(f"questions: a choice question needs at least 2 choices, not {self.choices}")
        if self.max_items_per_picture is not None and self.max_items_per_picture < 1:
            raise ConfigError("questions: max_items_per_picture is at least 1, or null for no cap")

    def asked(self, catalogue: Catalogue) -> int:
        """How many questions a picture would have if all could be made."""
        return len(catalogue.families) * len(self.languages) * len(self.kinds)
