"""What came and went of a set of rows, as counts with reasons and a few examples."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from pipeline.verify.ids import Ids

# Examples of each kind of change.
EXAMPLES = 5
Digests = tuple[Ids, Ids]


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


def changed_rows(found: Difference, before: Digests, after: Digests, names: Sequence[str]) -> Ids:
    """Count the rows of both sides that are told otherwise, by column.

    Args:
        found: takes the numbers.
        before: ids, sorted, shape (n,), and hashes of each column, shape (n, len(names)).
        after: likewise.
        names: of the columns.

    Returns:
        Ids of the first of these rows, for examples.
    """
    (was, was_digests), (now, now_digests) = before, after
    common, mine, theirs = np.intersect1d(was, now, assume_unique=True, return_indices=True)
    unlike = was_digests[mine] != now_digests[theirs]
    found.changed.num = int(unlike.any(axis=1).sum())
    found.changed.by.update({name: int(num) for name, num in zip(names, unlike.sum(axis=0), strict=True) if num})
    chosen: Ids = common[unlike.any(axis=1)][:EXAMPLES]
    return chosen


def differing(before: Mapping[str, Any], after: Mapping[str, Any]) -> dict[str, list[Any]]:
    """Columns that differ -> [before, after]."""
    return {name: [before[name], after[name]] for name in before if before[name] != after[name]}
