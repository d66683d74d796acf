"""Pages of Commons that gather files about one thing: categories (P373) and galleries (P935)."""

from __future__ import annotations

from dataclasses import dataclass

CATEGORY, GALLERY = 373, 935


@dataclass(frozen=True)
class Collection:
    """`property` is 373 for a category or 935 for a gallery; `title` has no `Category:`."""

    property: int
    title: str

    def __str__(self) -> str:
        return f"Category:{self.title}" if self.property == CATEGORY else self.title
