"""Groups of pictures whose perceptual hashes differ in few bits: all of them, without comparing every two.

The tables of Manku, Jain and Das Sarma, "Detecting near-duplicates for web crawling" (WWW 2007): of `distance` + k
blocks of a hash, two hashes that differ in at most `distance` bits agree in at least k. For each choice of k blocks,
hashes that agree in them fall into one bucket, and only within buckets is compared.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations, pairwise

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from pipeline.commons.hash_buckets import Hashes, Longs, bucket, compare, flatten, is_one

BITS = 64
MAX_DISTANCE = 10
_MAX_KEY_BITS = 22  # a table's buckets then take 32 MB
_FEW = 1000
# Larger buckets, of hashes that are alike in most bits, are split again; up to here comparing takes 10 ms.
_LARGE = 4096
_SAMPLE = 1 << 16
# Nanoseconds, from which a plan is chosen: to put a hash into a table, to compare two, to begin a bucket, and a table.
_PLACE_NS, _COMPARE_NS, _BUCKET_NS, _TABLE_NS = 25.0, 0.8, 4.0, 50_000.0


def group_near_duplicates(hashes: Longs, distance: int) -> Longs:
    """Put pictures into one group that are joined by steps of at most `distance` bits.

    The groups are the same whatever the order. Sort the pictures by preference first (more pixels, then SHA-256), and a
    group's number is its best picture.

    Args:
        hashes: 64-bit perceptual hashes, shape (n,).
        distance: bits in which two of a group may differ, 0 to 10. Groups are chains: their ends may differ in more.

    Returns:
        For each picture the smallest index in its group, shape (n,). It takes about 80 bytes of memory a hash.

    Raises:
        ValueError: the distance is out of range.
    """
    if not 0 <= distance <= MAX_DISTANCE:
        raise ValueError(f"distance {distance}: 0 to {MAX_DISTANCE} bits")
    if len(hashes) <= _FEW:
        return _among_few(hashes.view(np.uint64), distance)
    # Equal ones are collapsed first: a blank picture may be there thousands of times.
    unique, first, inverse = np.unique(hashes.view(np.uint64), return_index=True, return_inverse=True)
    order = np.argsort(first)  # unique hashes in the order in which they first came, so that roots are smallest indexes
    parents = np.arange(len(unique))
    _link(unique[order], np.arange(len(unique)), BITS, distance, parents)
    flatten(parents)
    position = np.empty_like(order)
    position[order] = np.arange(len(order))
    groups: Longs = first[order][parents[position[inverse]]]
    return groups


def groups(pictures: pa.Table, distance: int) -> pa.Table:
    """The pictures that have near duplicates.

    Args:
        pictures: columns sha256, phash, width and height; a picture as often as one likes.
        distance: bits.

    Returns:
        `sha256`, and `group`, the digest of the group's best picture: more pixels, then the smaller digest. Sorted.
    """
    pixels = pc.multiply(pictures.column("width").cast(pa.int64()), pictures.column("height").cast(pa.int64()))
    columns = [pictures.column("sha256"), pictures.column("phash"), pixels]
    table = (
        pa.table(columns, ["sha256", "phash", "pixels"])
        .group_by("sha256")
        .aggregate([("phash", "min"), ("pixels", "min")])
    )
    table = table.sort_by([("pixels_min", "descending"), ("sha256", "ascending")])
    digests = table.column("sha256")
    group = group_near_duplicates(table.column("phash_min").to_numpy().astype(np.int64), distance)
    sizes = np.bincount(group, minlength=len(group))
    found = pa.table({"sha256": digests, "group": digests.take(pa.array(group))})
    return found.filter(pa.array(sizes[group] > 1)).sort_by([("group", "ascending"), ("sha256", "ascending")])


def _among_few(hashes: npt.NDArray[np.uint64], distance: int) -> Longs:
    """The same by comparing every two, for so few that it takes less time than loading compiled code."""
    groups: Longs = np.full(len(hashes), -1, np.int64)
    for first in range(len(hashes)):
        if groups[first] >= 0:
            continue
        reached = [first]
        groups[first] = first
        while reached:
            near = np.bitwise_count(hashes ^ hashes[reached.pop()]) <= distance
            new = np.flatnonzero(near & (groups < 0))
            groups[new] = first
            reached += new.tolist()
    return groups


@dataclass(frozen=True)
class _Block:
    """Bits `shift` to `shift + width` of a hash."""

    shift: int
    width: int


Table = tuple[_Block, ...]  # those in which the hashes of a bucket agree


def _link(hashes: Hashes, places: Longs, width: int, distance: int, parents: Longs) -> None:
    """Join in `parents` all that are near; only the lowest `width` bits of the hashes differ, `places` are theirs."""
    tables: list[Table] = []
    if len(hashes) > _LARGE:
        hashes, width = _without_constants(hashes, width)
        tables = _tables(len(hashes), width, distance) if width > distance else []
    if not tables or _share_compared(hashes, tables) >= 1:
        compare(hashes.copy(), places.copy(), np.array([0, len(hashes)]), len(hashes), distance, parents)
        return
    for table in tables:
        starts, in_buckets, their_places = bucket(hashes, places, *_layout(table))
        compare(in_buckets, their_places, starts, _LARGE, distance, parents)
        for large in np.flatnonzero(np.diff(starts) > _LARGE):
            part = slice(starts[large], starts[large + 1])
            if not is_one(their_places[part], parents):
                rest = width - sum(block.width for block in table)
                _link(_without(in_buckets[part], table), their_places[part], rest, distance, parents)


def _share_compared(hashes: Hashes, tables: Sequence[Table]) -> float:
    """How many comparisons the tables come to, as a share of comparing every two; from a sample.

    Of hashes that are alike in most bits, but in groups that are not near to each other, it can be above 1.
    """
    sample = hashes[:: max(1, len(hashes) // _SAMPLE)]
    places = np.arange(len(sample))
    pairs = 0.0
    for table in tables:
        sizes = np.diff(bucket(sample, places, *_layout(table))[0]).astype(np.float64)
        pairs += (sizes * (sizes - 1)).sum()
    return pairs / (len(sample) * (len(sample) - 1))


def _layout(table: Table) -> tuple[Longs, Longs]:
    return np.array([block.shift for block in table]), np.array([block.width for block in table])


def _tables(number: int, width: int, distance: int) -> list[Table]:
    """The blocks of each table, of that number of agreeing blocks that takes least time if the bits are even."""
    choices = range(1, min(width - distance, _MAX_KEY_BITS) + 1)  # every block has a bit, and every key room for one
    agreeing = min(choices, key=lambda agreeing: _nanoseconds(number, width, distance, agreeing))
    parts, used = distance + agreeing, _used(width, distance, agreeing)
    edges = [used * edge // parts for edge in range(parts + 1)]
    blocks = [_Block(low, high - low) for low, high in pairwise(edges)]
    return list(combinations(blocks, agreeing))


def _used(width: int, distance: int, agreeing: int) -> int:
    """Bits that blocks are made of: all, or as many as keys have room for."""
    return min(width, _MAX_KEY_BITS * (distance + agreeing) // agreeing)


def _nanoseconds(number: int, width: int, distance: int, agreeing: int) -> float:
    buckets = 2.0 ** (_used(width, distance, agreeing) * agreeing / (distance + agreeing))
    table: float = number * _PLACE_NS + buckets * _BUCKET_NS + number**2 / buckets / 2 * _COMPARE_NS + _TABLE_NS
    return table * math.comb(distance + agreeing, agreeing)


def _without_constants(hashes: Hashes, width: int) -> tuple[Hashes, int]:
    """Take out the bits in which all are alike, which tell nothing apart; the second is how many are left."""
    differing = int(np.bitwise_or.reduce(hashes ^ hashes[0]))
    same = tuple(_Block(bit, 1) for bit in range(width) if not differing >> bit & 1)
    return _without(hashes, same), width - len(same)


def _without(hashes: Hashes, table: Table) -> Hashes:
    """Take the bits of those blocks out and close the gaps."""
    for block in reversed(table):
        low = hashes & np.uint64((1 << block.shift) - 1)
        # Twice, as a shift by all 64 bits is not defined.
        high = hashes >> np.uint64(block.shift) >> np.uint64(block.width - 1) >> np.uint64(1)
        hashes = low | (high << np.uint64(block.shift))
    return hashes
