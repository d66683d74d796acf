"""Pictures whose hashes are alike, compared by themselves: not the groups that `images` made of them are believed."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

from pipeline.schema import SPLITS
from pipeline.stage import StageOutput
from pipeline.verify.ids import Ids, groups_of, keys, place_in

# Up to so many pictures each is compared with each; of more, so many are compared with all: 3 million in 5 s.
ALL, SOME = 5_000, 1_000
_Hashes = npt.NDArray[np.uint64]


def lookalikes(images: StageOutput, assemble: StageOutput, bits: int) -> tuple[int, Iterator[str]]:
    """How many pictures of the shards were compared with all, and a problem for each pair that is in two splits.

    Args:
        images: the complete stage.
        assemble: the complete stage; pictures that it does not show are left out.
        bits: in which the hashes of two alike pictures may differ.
    """
    shown, split = _splits(assemble)
    digests, hashes = _hashes(images)
    at, there = place_in(digests, shown)
    shown, split, hashes = shown[there], split[there], hashes[at[there]]
    # By their digest's own bits, which are as good as drawn.
    chosen = np.arange(len(shown)) if len(shown) <= ALL else np.argsort(keys(map(str, shown.tolist())))[:SOME]
    return len(chosen), _pairs(shown, split, hashes, chosen, bits)


def _pairs(shown: Ids, split: Ids, hashes: _Hashes, chosen: Ids, bits: int) -> Iterator[str]:
    whole = len(chosen) == len(shown)
    for one in chosen.tolist():
        apart = np.bitwise_count(hashes ^ hashes[one])
        for other in np.flatnonzero((apart <= bits) & (split != split[one])).tolist():
            if other > one or not whole:
                yield f"pictures {_name(shown[one])} and {_name(shown[other])} differ in {apart[other]} bits"


def _name(digest: np.int64) -> str:
    return f"{int(digest) & (2**64 - 1):016x}"


def _splits(assemble: StageOutput) -> tuple[Ids, Ids]:
    """First 64 bits of the digest of each picture in the shards, sorted, and an index into SPLITS."""
    parts = [np.empty((0, 2), np.int64)]
    for group in groups_of(assemble, "index", ["sha256", "split"]):
        found = group.group_by(["sha256", "split"]).aggregate([])
        digests = np.array([int(digest[:16], 16) for digest in found.column("sha256").to_pylist()], np.uint64)
        splits = [SPLITS.index(split) for split in found.column("split").to_pylist()]
        parts.append(np.stack([digests.view(np.int64), np.array(splits, np.int64)], axis=1))
    pairs = np.unique(np.concatenate(parts), axis=0)
    return pairs[:, 0], pairs[:, 1]


def _hashes(images: StageOutput) -> tuple[Ids, _Hashes]:
    """First 64 bits of the digest of each picture, sorted, and its perceptual hash."""
    digests, hashes = [np.empty(0, np.uint64)], [np.empty(0, np.uint64)]
    for group in groups_of(images, "images", ["sha256", "phash"]):
        digests.append(np.array([int(each[:16], 16) for each in group.column("sha256").to_pylist()], np.uint64))
        hashes.append(group.column("phash").to_numpy().astype(np.int64).view(np.uint64))
    found, first = np.unique(np.concatenate(digests).view(np.int64), return_index=True)
    return found, np.concatenate(hashes)[first]
