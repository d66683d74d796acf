"""What a judge is asked about a reply: the words around it, and how its judgement is read."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import yaml

from eval.tasks.task import Score


@dataclass(frozen=True)
class Judging:
    """`Item.meta["judge"]` of a judged item.

    Attributes:
        system: the judge's system prompt.
        before: of the reply in what the judge is asked.
        after: of it.
        read: a judgement, None where there is none, to a score.
    """

    system: str
    before: str
    after: str
    read: Callable[[str | None], Score]

    def prompt(self, reply: str) -> str:
        """What the judge is asked."""
        return f"{self.before}{reply}{self.after}"


@cache
def wording(name: str) -> Mapping[str, str]:
    """A judge's published words in `judges.yaml`: system, before and after."""
    loaded: Mapping[str, Mapping[str, str]] = yaml.safe_load(
        (Path(__file__).parent / "judges.yaml").read_text(encoding="utf-8")
    )
    return loaded[name]
