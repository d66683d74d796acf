"""What an import holds, and what it set aside, as one JSON file."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from pipeline.commit import Counts
from pipeline.stage import StageOutput
from pipeline.tables import read_table

_COUNTED = ("num_text_tokens", "num_image_tokens")


def summary(rows: StageOutput, imported: StageOutput) -> dict[str, Any]:
    """Counts of rows and samples, reasons, and samples and tokens by language; one file of the index at a time.

    Args:
        rows: the stage `import_rows`, complete.
        imported: the stage `import`, all committed.
    """
    return {**told(rows.manifest.counts, imported.manifest.counts), "by_language": _by_language(imported)}


def told(read: Counts, made: Counts) -> dict[str, Any]:
    """Rows that were read, samples that were made, and why the others were not: they add up."""
    return {
        "rows": read.rows_in,
        "samples": made.ok,
        "pictures": made.details.get("pictures", 0),
        "set_aside": dict(sorted((Counter(read.quarantined) + Counter(made.quarantined)).items())),
    }


def _by_language(imported: StageOutput) -> dict[str, dict[str, int | None]]:
    parts = []
    for file in imported.files("index"):
        table = read_table(imported.directory, file.path, ["language", *_COUNTED])
        parts.append(table.group_by("language").aggregate([([], "count_all"), *((name, "sum") for name in _COUNTED)]))
    if not parts:
        return {}
    sums = [("count_all", "sum"), *((f"{name}_sum", "sum") for name in _COUNTED)]
    found = pa.concat_tables(parts).group_by("language").aggregate(sums)
    found = found.take(pc.sort_indices(found.column("language")))
    return {
        row["language"]: {
            "samples": row["count_all_sum"],
            "text_tokens": row["num_text_tokens_sum_sum"],
            "image_tokens": row["num_image_tokens_sum_sum"],
        }
        for row in found.to_pylist()
    }
