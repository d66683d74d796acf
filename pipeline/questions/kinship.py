"""Which items stand above or below one another: the wrong option must not be a part or a kind of the right one."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Self

import numpy as np
import numpy.typing as npt

Ids = npt.NDArray[np.int64]
# A few thousand values are compared with one another millions of times; each entity, once.
_MOST_KNOWN = 1 << 14


@dataclass(frozen=True, eq=False)
class Kinship:
    """Parents of items along `instance of`, `subclass of`, `located in` and `part of`.

    Memory: 16 bytes an edge. Workers of a node share it.

    Attributes:
        items: sorted, as often as they have parents, shape (n,).
        parents: one of each, no pair twice, shape (n,).
    """

    items: Ids
    parents: Ids
    _ancestors: dict[int, frozenset[int]] = field(default_factory=dict, repr=False)

    @classmethod
    def of(cls, parents: Mapping[int, Collection[int]]) -> Self:
        """From the parents of each item."""
        pairs = [(item, parent) for item, above in parents.items() for parent in above]
        return cls.joined(np.array(pairs, np.int64).reshape(-1, 2))

    @classmethod
    def joined(cls, edges: Ids) -> Self:
        """From an item and a parent of it, in any order and as often as one likes, shape (n, 2)."""
        items, parents = np.ascontiguousarray(np.unique(edges, axis=0).T)
        return cls(items, parents)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Kinship):
            return NotImplemented
        return np.array_equal(self.items, other.items) and np.array_equal(self.parents, other.parents)

    def related(self, one: int, other: int) -> bool:
        """Whether one is an ancestor of the other, in either direction."""
        return one == other or other in self.ancestors(one) or one in self.ancestors(other)

    def ancestors(self, item: int) -> frozenset[int]:
        """Every item above this one, as far as parents are known."""
        known = self._ancestors.get(item)
        if known is None:
            if len(self._ancestors) >= _MOST_KNOWN:
                self._ancestors.clear()
            known = self._ancestors[item] = frozenset(self._climbed(item))
        return known

    def _climbed(self, item: int) -> set[int]:
        found: set[int] = set()
        waiting = [item]
        while waiting:
            for parent in self._parents(waiting.pop()):
                if parent not in found:
                    found.add(parent)
                    waiting.append(parent)
        return found

    def _parents(self, item: int) -> list[int]:
        start, stop = np.searchsorted(self.items, [item, item + 1])
        found: list[int] = self.parents[start:stop].tolist()
        return found
