"""The data set's own held-out split as a list, so that a later run, or imported data, does not teach it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import pyarrow as pa

from pipeline.dataset.protected.keys import KEYS
from pipeline.questions.subject import told_name


def held_out_keys(groups: Iterable[Mapping[str, Any]], phashes: Mapping[str, int]) -> pa.Table:
    """A list of what a split holds: its entities with their pictures, and the questions that tell a name.

    Args:
        groups: rows of `schema.JUDGED` or `schema.SHARDS` that are in the split.
        phashes: perceptual hashes of their pictures by sha256.

    Returns:
        `KEYS`, sorted and each once, to be written as NAME.parquet.
    """
    rows: set[tuple[Any, ...]] = set()
    for group in groups:
        rows.add((group["qid"], phashes[group["sha256"]], None, None, None))
        for item in group["items"]:
            if told_name(item) is None:
                continue
            for question in (item["question"], item["original_question"]):
                rows.add((group["qid"], None, question, item["language"], item["original_answer"]))
    ordered = sorted(rows, key=lambda row: tuple((value is not None, value) for value in row))
    columns = zip(*ordered, strict=True) if ordered else [()] * len(KEYS)
    return pa.table([list(column) for column in columns], schema=KEYS)
