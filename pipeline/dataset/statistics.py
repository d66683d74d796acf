"""Counts of the finished data set by every column that someone asks about, from the index alone."""

from __future__ import annotations

from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

BY = ("split", "country", "domain", "language", "kind", "property")


def statistics(index: pa.Table, num_pictures: int) -> dict[str, Any]:
    """Totals, counts by column, and samples per country and language.

    Args:
        index: the whole table `index`.
        num_pictures: pictures in the shards.
    """
    return {
        "num_samples": index.num_rows,
        "num_pictures": num_pictures,
        "num_entities": pc.count_distinct(index.column("qid")).as_py(),
        **{f"samples_by_{name}": _counted(index, name) for name in BY},
        "samples_by_country_and_language": _crossed(index),
    }


def _counted(index: pa.Table, column: str) -> dict[str, int]:
    counts = pc.value_counts(index.column(column)).to_pylist()
    return {str(row["values"]): row["counts"] for row in sorted(counts, key=lambda row: row["values"])}


def _crossed(index: pa.Table) -> dict[str, dict[str, int]]:
    grouped = index.group_by(["country", "language"]).aggregate([("qa_id", "count")])
    crossed: dict[str, dict[str, int]] = {}
    for row in sorted(grouped.to_pylist(), key=lambda row: (row["country"], row["language"])):
        crossed.setdefault(row["country"], {})[row["language"]] = row["qa_id_count"]
    return crossed
