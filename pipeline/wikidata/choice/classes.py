"""Which classes are cultural: everything below the root classes of each domain, along `subclass of` (P279).

People of a trade are found in the same way, below root occupations.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from pipeline.wikidata.choice.edges import Ids


@dataclass(frozen=True)
class ClassTree:
    """For each cultural class its domain and the next class on the way up; a root's next is itself."""

    domain_of: Mapping[int, str]
    next_up: Mapping[int, int]
    rank_of: Mapping[str, int]

    def place(self, classes: Iterable[int]) -> tuple[str, list[int]] | None:
        """The domain of an entity with these classes and the path to the domain's root, or None.

        Among several the domain listed first wins, then the shortest path, then the class named first.
        """
        best: tuple[int, int, list[int], str] | None = None
        for qid in classes:
            domain = self.domain_of.get(qid)
            if domain is None:
                continue
            path = self._path(qid)
            if best is None or (self.rank_of[domain], len(path)) < best[:2]:
                best = (self.rank_of[domain], len(path), path, domain)
        return None if best is None else (best[3], best[2])

    def _path(self, qid: int) -> list[int]:
        path = [qid]
        while self.next_up[path[-1]] != path[-1]:
            path.append(self.next_up[path[-1]])
        return path


def class_tree(
    subclass: Ids,
    superclass: Ids,
    domains: Mapping[str, Sequence[int]],
    max_depth: int,
    stops: Collection[int] = (),
) -> ClassTree:
    """Breadth-first down from the roots of each domain; the first domain to reach a class keeps it.

    Args:
        subclass: the lower ends of the P279 edges, shape (num_edges,).
        superclass: the upper ends of the same edges, shape (num_edges,).
        domains: domain -> root classes, in order of precedence.
        max_depth: steps from a root at most.
        stops: classes that are not entered from above, nor what lies below them alone.
    """
    order = np.lexsort((subclass, superclass))
    below, above = subclass[order], superclass[order]
    domain_of: dict[int, str] = {}
    next_up: dict[int, int] = {}
    # Roots first: a root of a later domain that lies below one of an earlier (castle below building) stays its own.
    for domain, roots in domains.items():
        for root in roots:
            domain_of.setdefault(root, domain)
            next_up.setdefault(root, root)
    for domain, roots in domains.items():
        level = [root for root in roots if domain_of[root] == domain]
        for _ in range(max_depth):
            following: list[int] = []
            for parent in level:
                first, last = np.searchsorted(above, [parent, parent + 1])
                for child in below[first:last].tolist():
                    if child not in domain_of and child not in stops:
                        domain_of[child], next_up[child] = domain, parent
                        following.append(child)
            level = following
    return ClassTree(domain_of, next_up, {domain: rank for rank, domain in enumerate(domains)})
