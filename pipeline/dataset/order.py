"""The order of pictures in the shards, by a seeded hash, and where it is cut into shards of a size."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import xxhash

Longs = npt.NDArray[np.int64]

# Of rows of `arranged`; in a shard, all of one split.
ORDER = [("split", "ascending"), ("place", "ascending"), ("sha256", "ascending"), ("qid", "ascending")]

# A row's share of a shard besides its picture, and an item's: what they take compressed in the embedded sample.
ROW_BYTES, ITEM_BYTES = 400, 100


def place_of(sha256: str, seed: int) -> int:
    """Where a picture stands in the order, from -2^63 on: entities that share a picture stand side by side."""
    return xxhash.xxh3_64_intdigest(f"order|{seed}|{sha256}".encode()) - 2**63


def bytes_in_shard(picture_bytes: int, num_items: int) -> int:
    """About what a row takes in a shard."""
    return picture_bytes + ROW_BYTES + ITEM_BYTES * num_items


def cut(places: Longs, sizes: Longs, target: float) -> Longs:
    """The places at which shards begin, the first shard's left out: as few as keep to the target, and alike in size.

    Rows of one place stay in one shard.

    Args:
        places: of rows, in any order, shape (n,).
        sizes: bytes of each row, shape (n,).
        target: bytes of a shard, about.
    """
    order = np.argsort(places, kind="stable")
    places, ends = places[order], np.cumsum(sizes[order])
    total = int(ends[-1]) if len(ends) else 0
    num = max(1, -int(-total // target))
    shares = np.array([total * number // num for number in range(1, num)], np.int64)
    bounds = np.unique(places[np.searchsorted(ends, shares, side="right")]) if len(shares) else places[:0]
    return bounds[bounds > places[0]] if len(bounds) else bounds
