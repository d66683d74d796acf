"""Perceptual hashes against a list of others: how near the nearest is."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

# Bits in which hashes of one picture may differ; benchmarks/contamination.py has what that costs.
DISTANCE = 8
_COMPARED = 1 << 22  # pairs of hashes at a time: 40 MB
Hashes = npt.NDArray[np.uint64]


def nearest(hashes: Hashes, others: Hashes) -> npt.NDArray[np.uint8]:
    """Bits in which each hash differs from the nearest of the others, 255 where there are none; shape (n,)."""
    found = np.full(len(hashes), 255, np.uint8)
    step = max(1, _COMPARED // max(1, len(hashes)))
    for start in range(0, len(others), step):
        apart = np.bitwise_count(hashes[:, None] ^ others[None, start : start + step])
        np.minimum(found, apart.min(axis=1), out=found)
    return found


def unsigned(hashes: npt.NDArray[np.int64]) -> Hashes:
    """Hashes as tables hold them, signed, as bits."""
    return hashes.astype(np.int64).view(np.uint64)
