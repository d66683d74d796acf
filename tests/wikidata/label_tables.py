"""Labels in the tables of a made-up extract stage."""

from __future__ import annotations

from collections.abc import Sequence

import pyarrow as pa

from pipeline.commit import CommitRecord, Counts, Manifest
from pipeline.schema import ENTITIES, LABELS
from pipeline.stage import StageOutput
from pipeline.storage import Storage
from pipeline.tables import write_table


def labels_of(qids: Sequence[int], first: int = 0) -> pa.Table:
    """A row for each id, no two alike; `first` sets two tables apart."""
    rows = [
        {"qid": qid, "language": f"l{place % 40:02}", "label": f"{qid} ß {place}", "aliases": ["a", "ñ"][: place % 3]}
        for place, qid in enumerate(qids, first)
    ]
    return pa.Table.from_pylist(rows, schema=LABELS)


def extract_of(directory: Storage, tables: Sequence[pa.Table], candidates: Sequence[int]) -> StageOutput:
    """A complete stage with these files of labels, and candidates without statements."""
    entities = [{"qid": qid, "dump_date": "2026-01-01", "num_sitelinks": 0, "statements": []} for qid in candidates]
    files = [write_table(directory, "labels", f"{number:06d}", table) for number, table in enumerate(tables)]
    files.append(write_table(directory, "entities", "000000", pa.Table.from_pylist(entities, schema=ENTITIES)))
    commit = CommitRecord("extract", "000000", None, Counts("lines", len(entities), len(entities)), tuple(files))
    return StageOutput(directory, Manifest("extract", "made-up", (commit,)))
