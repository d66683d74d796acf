"""Entities that must not be parted: they share a picture, or have one of a group of near duplicates, or are the same.

Memory: 140 bytes an entity with one picture, on the driver and while groups are made: 411 MB for 3 million.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np
import numpy.typing as npt

Ids = npt.NDArray[np.int64]
# Pairs, shape (n, 2).
Pairs = npt.NDArray[np.int64]


@dataclass(frozen=True)
class EntityGroups:
    """The group of each entity that is not alone in its own, sorted by entity.

    Attributes:
        qids: entities, shape (n,).
        groups: the smallest entity of the group of each, shape (n,).
    """

    qids: Ids
    groups: Ids

    @classmethod
    def of(cls, shown: Pairs, alike: Pairs, same: Pairs) -> Self:
        """Join what is joined by any number of steps.

        Args:
            shown: an entity and the key of a picture of it, see `picture_keys`.
            alike: keys of two pictures that are near duplicates.
            same: two entities that are said to be the same; one without a picture joins others too.
        """
        qids = np.unique(np.concatenate([shown[:, 0], same.ravel()]))
        pictures = np.unique(np.concatenate([shown[:, 1], alike.ravel()]))
        edges = np.concatenate(
            [
                _among(qids, pictures, shown),
                len(qids) + np.searchsorted(pictures, alike),
                np.searchsorted(qids, same),
            ]
        )
        labels = components(len(qids) + len(pictures), edges)[: len(qids)]
        # Entities come first and in order, so that the smallest node of a component is its smallest entity.
        groups = qids[labels]
        joined = np.bincount(labels, minlength=len(qids))[labels] > 1
        return cls(qids[joined], groups[joined])

    def group_of(self, qid: int) -> int:
        """The smallest entity of the group that an entity is in: itself, where it is alone."""
        at = int(np.searchsorted(self.qids, qid))
        return int(self.groups[at]) if at < len(self.qids) and self.qids[at] == qid else qid

    @property
    def largest(self) -> int:
        """Entities of the largest group; 0 where none is of two."""
        return int(np.unique(self.groups, return_counts=True)[1].max(initial=0))


def picture_keys(digests: Sequence[str]) -> Ids:
    """The first eight bytes of SHA-256 digests, shape (n,); two pictures of millions do not share them."""
    return np.frombuffer(bytes.fromhex("".join(digest[:16] for digest in digests)), ">i8").astype(np.int64)


def components(num: int, edges: Pairs) -> Ids:
    """The smallest node that each is joined to, shape (num,).

    Labels fall to the smallest among neighbours, and paths are halved, until nothing changes.
    """
    labels = np.arange(num)
    while len(edges):
        ends = labels[edges]
        # Those within one component have nothing more to say.
        edges, ends = edges[ends[:, 0] != ends[:, 1]], ends[ends[:, 0] != ends[:, 1]]
        np.minimum.at(labels, ends.max(axis=1), ends.min(axis=1))
        while not np.array_equal(above := labels[labels], labels):
            labels = above
    return labels


def _among(qids: Ids, pictures: Ids, shown: Pairs) -> Pairs:
    nodes = [np.searchsorted(qids, shown[:, 0]), len(qids) + np.searchsorted(pictures, shown[:, 1])]
    return np.stack(nodes, axis=1)
