"""Which split an entity belongs to: by its id alone, so no entity is ever on both sides."""

from __future__ import annotations

import xxhash


def split_of(qid: int, validation: float, test: float) -> str:
    """train, validation or test.

    Args:
        qid: the entity.
        validation: share of entities in [0, 1) that are held out for validation.
        test: share of entities in [0, 1) that are held out for test; what is left is train.
    """
    position = xxhash.xxh3_64_intdigest(f"split|{qid}".encode()) / 2**64
    if position < test:
        return "test"
    return "validation" if position < test + validation else "train"
