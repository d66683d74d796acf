"""What came and went of a set of rows, as counts with reasons and a few examples."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

# Examples of each kind of change.
EXAMPLES = 5


@dataclass
class Moved:
    """Rows of one side that the other lacks.

    Attributes:
        num: how many.
        reasons: why the other side lacks them, as far as its tables tell.
        examples: some of them.
    """

    num: int = 0
    reasons: Counter[str] = field(default_factory=Counter)
    examples: list[Any] = field(default_factory=list)

    def add(self, example: Any, reason: str) -> None:
        """One more; the first are kept."""
        self.num += 1
        self.reasons[reason] += 1
        if len(self.examples) < EXAMPLES:
            self.examples.append(example)


@dataclass
class Changed:
    """Rows of both sides: how many differ in something, by what, and some of them."""

    num: int = 0
    by: Counter[str] = field(default_factory=Counter)
    examples: list[dict[str, Any]] = field(default_factory=list)


@dataclass
class Difference:
    """A table of two runs."""

    num_before: int
    num_after: int
    came: Moved = field(default_factory=Moved)
    went: Moved = field(default_factory=Moved)
    changed: Changed = field(default_factory=Changed)

    @property
    def is_none(self) -> bool:
        return not (self.came.num or self.went.num or self.changed.num)


def differing(before: Mapping[str, Any], after: Mapping[str, Any]) -> dict[str, list[Any]]:
    """Columns that differ -> [before, after]."""
    return {name: [before[name], after[name]] for name in before if before[name] != after[name]}
