"""Which items stand above or below one another: the wrong option must not be a part or a kind of the right one."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Kinship:
    """Parents of items along `instance of`, `subclass of`, `located in` and `part of`."""

    parents: Mapping[int, Collection[int]]
    # The same few thousand values are compared with one another millions of times.
    _ancestors: dict[int, frozenset[int]] = field(default_factory=dict, compare=False, repr=False)

    def related(self, one: int, other: int) -> bool:
        """Whether one is an ancestor of the other, in either direction."""
        return one == other or other in self.ancestors(one) or one in self.ancestors(other)

    def ancestors(self, item: int) -> frozenset[int]:
        """Every item above this one, as far as parents are known."""
        known = self._ancestors.get(item)
        if known is None:
            known = self._ancestors[item] = frozenset(self._climbed(item))
        return known

    def _climbed(self, item: int) -> set[int]:
        found: set[int] = set()
        waiting = [item]
        while waiting:
            for parent in self.parents.get(waiting.pop(), ()):
                if parent not in found:
                    found.add(parent)
                    waiting.append(parent)
        return found
