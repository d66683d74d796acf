"""Which split an entity belongs to: by the id of its group alone, so nothing that is joined is ever on both sides."""

from __future__ import annotations

import xxhash


def split_of(group: int, validation: float, test: float) -> str:
    """train, validation or test.

    Args:
        group: the entity, or the smallest of the group that it is in: see `EntityGroups`.
        validation: share of groups in [0, 1) that are held out for validation.
        test: share of groups in [0, 1) that are held out for test; what is left is train.
    """
    position = position_of(group)
    if position < test:
        return "test"
    return "validation" if position < test + validation else "train"


def position_of(group: int) -> float:
    """Where a group stands between 0 and 1, test being at the low end: a hash of its smallest entity alone."""
    return xxhash.xxh3_64_intdigest(f"split|{group}".encode()) / 2**64
