"""The order in which units are met: windows of row groups, mixed inside; parts of a mixture evenly between each other.

Object storage should see ranged reads, not random rows: whole row groups are permuted, and units are mixed within a
window of consecutive row groups.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from training.plan.units import Numbers


def windowed(ids: Numbers, groups: Numbers, *, seed: int, epoch: int, window: int) -> Numbers:
    """Places of units in the order of an epoch.

    Args:
        ids: an id per unit, shape (num_units,); it decides the place within a window.
        groups: the row group that holds each, shape (num_units,).
        seed: of the run.
        epoch: from 0.
        window: row groups that are mixed; 1 keeps each apart.
    """
    salt = np.uint64((seed << 20) ^ epoch)
    named, group_of = np.unique(groups, return_inverse=True)
    place = np.empty(len(named), np.int64)
    place[np.argsort(mixed(named, salt), kind="stable")] = np.arange(len(named))
    windows = place[group_of] // window
    order: Numbers = np.lexsort((ids, mixed(ids, salt ^ np.uint64(1 << 63)), windows))
    return order


def interleaved(counts: list[int]) -> tuple[Numbers, Numbers]:
    """Merge sequences of the given lengths, each spread evenly over the whole.

    Returns:
        For each place of the whole: which sequence, and which place in it; shape (sum of counts,) both.
    """
    which = np.repeat(np.arange(len(counts), dtype=np.int64), counts)
    place = np.concatenate([np.arange(count, dtype=np.int64) for count in counts] or [np.empty(0, np.int64)])
    share = (place + 0.5) / np.repeat(np.array(counts, np.float64), counts)
    order = np.lexsort((which, share))
    return which[order], place[order]


def mixed(values: Numbers, salt: np.uint64) -> npt.NDArray[np.uint64]:
    """The finaliser of SplitMix64 (Steele, Lea and Flood, 2014) over value and salt: 64 well-mixed bits each."""
    bits = (values.astype(np.uint64) ^ salt) + np.uint64(0x9E3779B97F4A7C15)
    bits = (bits ^ (bits >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    bits = (bits ^ (bits >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return bits ^ (bits >> np.uint64(31))
