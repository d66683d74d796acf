"""Hashes into buckets, comparing within these, and the forest that joins what is near; compiled.

A forest is an array of parents: a root is its own, and the smallest of its tree.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
from numba import njit, types
from numba.extending import intrinsic

Longs = npt.NDArray[np.int64]
Hashes = npt.NDArray[np.uint64]


@intrinsic
def bits_set(context: Any, number: Any) -> Any:
    """Number of bits that are set."""

    def generate(target: Any, builder: Any, signature: Any, args: Any) -> Any:
        return builder.ctpop(args[0])

    return types.uint64(types.uint64), generate


@njit(cache=True)
def root(parents: Longs, place: int) -> int:
    """Of the tree that a place is in, whose paths it halves."""
    while parents[place] != place:
        parents[place] = parents[parents[place]]
        place = parents[place]
    return place


@njit(cache=True)
def flatten(parents: Longs) -> None:
    """Make every parent a root."""
    for place in range(len(parents)):
        parents[place] = root(parents, place)


@njit(cache=True)
def is_one(places: Longs, parents: Longs) -> bool:
    """Whether all of these are joined already."""
    first = root(parents, places[0])
    for place in places:  # noqa: SIM110 - numba compiles no generators
        if root(parents, place) != first:
            return False
    return True


@njit(cache=True)
def bucket(hashes: Hashes, places: Longs, shifts: Longs, widths: Longs) -> tuple[Longs, Hashes, Longs]:
    """Counting sort by the bits of some blocks: where buckets start, and hashes and places in their order."""
    keys = np.zeros(len(hashes), np.uint32)
    starts = np.zeros((1 << widths.sum()) + 1, np.int64)
    for index in range(len(hashes)):
        key = np.uint64(0)
        for block in range(len(shifts)):
            bits = (hashes[index] >> np.uint64(shifts[block])) & np.uint64((1 << widths[block]) - 1)
            key = (key << np.uint64(widths[block])) | bits
        keys[index] = key
        starts[key + np.uint64(1)] += 1
    starts = np.cumsum(starts)
    free = starts[:-1].copy()
    in_buckets, their_places = np.empty_like(hashes), np.empty_like(places)
    for index in range(len(hashes)):
        at = free[keys[index]]
        free[keys[index]] += 1
        in_buckets[at] = hashes[index]
        their_places[at] = places[index]
    return starts, in_buckets, their_places


@njit(cache=True)
def compare(hashes: Hashes, places: Longs, starts: Longs, largest: int, distance: int, parents: Longs) -> None:
    """Join what is near within each bucket of at most `largest`; changes the order within buckets.

    What has been found near to something is never looked for again: it moves ahead of those not found yet, and from
    there looks among these in its turn. A bucket of hashes that are all near takes one pass.
    """
    for bucket in range(len(starts) - 1):
        end = starts[bucket + 1]
        if end - starts[bucket] > largest:
            continue
        unfound = starts[bucket]
        for one in range(starts[bucket], end):
            unfound = max(unfound, one + 1)
            for other in range(unfound, end):
                if bits_set(hashes[one] ^ hashes[other]) <= distance:
                    roots = root(parents, places[one]), root(parents, places[other])
                    parents[max(roots)] = min(roots)
                    hashes[other], hashes[unfound] = hashes[unfound], hashes[other]
                    places[other], places[unfound] = places[unfound], places[other]
                    unfound += 1
