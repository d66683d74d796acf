"""Caps on what is asked of one entity: which items stay depends on their own ranks, not on where they stand."""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from typing import NamedTuple


class Counted(NamedTuple):
    """What the caps look at in an item: of those that are over a cap, the ones of the lowest ranks stay."""

    rank: float
    kind: Hashable
    language: Hashable
    property: Hashable


@dataclass(frozen=True)
class Caps:
    """Items of one entity at most, of each kind by itself; None for no cap.

    Attributes:
        per_entity: over all its pictures, languages and properties.
        per_language: in one language.
        per_property: of one property asked for.
    """

    per_entity: int | None = None
    per_language: int | None = None
    per_property: int | None = None

    @property
    def are_set(self) -> bool:
        """Whether there is any cap."""
        return (self.per_entity, self.per_language, self.per_property) != (None, None, None)

    def within(self, items: Sequence[Counted]) -> list[bool]:
        """Which items of an entity stay.

        They are gone through by rank, and one stays where none of its caps is reached. So what stays of the items
        below some rank does not depend on those above it: whoever makes more items keeps what he had.
        """
        stays = [False] * len(items)
        counts: Counter[tuple[str, Hashable, Hashable]] = Counter()
        for at in sorted(range(len(items)), key=lambda at: items[at].rank):
            item = items[at]
            keys = [
                (key, cap)
                for key, cap in (
                    (("entity", item.kind, None), self.per_entity),
                    (("language", item.kind, item.language), self.per_language),
                    (("property", item.kind, item.property), self.per_property),
                )
                if cap is not None
            ]
            stays[at] = all(counts[key] < cap for key, cap in keys)
            if stays[at]:
                counts.update(key for key, _ in keys)
        return stays
