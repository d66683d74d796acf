"""What a scorer says of one reply."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Verdict:
    """`correct` is None where the reply could not be read: a third state, never a guess. `parsed` is what was read."""

    correct: bool | None
    parsed: str | None
