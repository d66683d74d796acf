"""Choices made from an item's id and a purpose alone: nothing here is drawn at random."""

from __future__ import annotations

from collections.abc import Sequence

import xxhash


def _digest(items: Sequence[int], purpose: str) -> int:
    named = ",".join(map(str, items))
    return int(xxhash.xxh3_64_intdigest(f"{purpose}|{named}".encode("ascii")))


def chosen(item: int, purpose: str, share: float) -> bool:
    """Whether the item belongs to the chosen share; a larger share of the same purpose contains a smaller one."""
    return _digest([item], purpose) < share * 2**64


def seed(item: int, purpose: str) -> int:
    """A seed that every engine takes: at least 0, below 2**31."""
    return seed_of([item], purpose)


def seed_of(items: Sequence[int], purpose: str) -> int:
    """The seed of several items together, of one alone that of the item."""
    return _digest(items, purpose) % 2**31
