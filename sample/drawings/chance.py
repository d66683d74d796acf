"""Choices that depend on a key and a purpose only: the same picture whatever was drawn before it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeVar

import xxhash

T = TypeVar("T")


@dataclass(frozen=True)
class Chance:
    """Uniform draws of one `key` (a QID without its letter), each named by its purpose."""

    key: int

    def unit(self, purpose: str) -> float:
        """A number in [0, 1)."""
        return float((xxhash.xxh3_64_intdigest(f"drawing|{self.key}|{purpose}".encode()) >> 11) / 2**53)

    def between(self, purpose: str, low: float, high: float) -> float:
        return low + (high - low) * self.unit(purpose)

    def whole(self, purpose: str, low: int, high: int) -> int:
        """An integer from `low` to `high`, both included."""
        return low + int(self.unit(purpose) * (high - low + 1))

    def pick(self, purpose: str, options: Sequence[T]) -> T:
        return options[int(self.unit(purpose) * len(options))]

    def chosen(self, purpose: str, share: float) -> bool:
        """True for `share` of the keys."""
        return self.unit(purpose) < share
