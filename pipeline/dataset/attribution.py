"""Who made which picture and what they ask for: the table that must travel with the pictures."""

from __future__ import annotations

from collections import Counter

import pyarrow as pa
import pyarrow.compute as pc

from pipeline.schema import ATTRIBUTION


def attribution(images: pa.Table, used: pa.Array) -> pa.Table:
    """One row of `schema.ATTRIBUTION` for each (picture, title) in use, sorted.

    Args:
        images: the columns of the table `images` that attribution needs, or more.
        used: SHA-256 of every picture in the shards.
    """
    table = images.select(ATTRIBUTION.names).filter(pc.is_in(images.column("sha256"), value_set=used))
    rows = {(row["sha256"], row["title"]): row for row in table.to_pylist()}
    return pa.Table.from_pylist([rows[key] for key in sorted(rows)], schema=ATTRIBUTION)


def licence_counts(table: pa.Table) -> dict[str, int]:
    """Pictures by short name of their licence, most frequent first."""
    return dict(Counter(table.column("licence").to_pylist()).most_common())
