"""What a check says: how much was looked at, and the first of what is wrong with how much there is of it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

# Problems of one check that are kept and shown; all are counted.
SHOWN = 20


@dataclass(frozen=True)
class Check:
    """One thing that was checked.

    Attributes:
        name: what holds where nothing is wrong.
        looked_at: how many were.
        problems: the first `SHOWN`.
        num_problems: all of them.
        notes: figures that are worth a look and no fault.
    """

    name: str
    looked_at: int
    problems: tuple[str, ...] = ()
    num_problems: int = 0
    notes: tuple[str, ...] = ()

    @classmethod
    def of(cls, name: str, looked_at: int, problems: Iterable[str], notes: Iterable[str] = ()) -> Check:
        """Keep the first problems, count all."""
        found = Findings()
        found.extend(problems)
        return cls(name, looked_at, tuple(found.first), found.num, tuple(notes))


@dataclass
class Findings:
    """Problems as they are found: memory for `SHOWN` of them, whatever their number."""

    first: list[str] = field(default_factory=list)
    num: int = 0

    def add(self, problem: str) -> None:
        self.num += 1
        if len(self.first) < SHOWN:
            self.first.append(problem)

    def extend(self, problems: Iterable[str]) -> None:
        for problem in problems:
            self.add(problem)
