"""From the table `judged` to the items that were reviewed, and to how many items pass."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from pipeline.calibration.pairs import CHECKS, COLUMNS, ITEM, JudgedItem
from pipeline.generation.scores import JUDGED
from pipeline.review.acceptance import Share
from pipeline.stage import StageOutput
from pipeline.tables import read_table

_IDS = ("qa_id", "language", "template_id")


def judged_items(judge: StageOutput, wanted: Collection[int]) -> tuple[list[JudgedItem], dict[tuple[str, str], Share]]:
    """One pass over the table; in memory are the items of one file.

    Args:
        judge: output of the stage `judge`.
        wanted: qa_ids of reviewed items.

    Returns:
        Of the wanted items those with verdicts of the judge; and by language and check, how many items of the run it
        gave a verdict on and how many of those it passed.
    """
    items: list[JudgedItem] = []
    given: Counter[tuple[str, str]] = Counter()
    passed: Counter[tuple[str, str]] = Counter()
    ids = pa.array(sorted(wanted), pa.int64())
    for file in judge.files("judged"):
        table = _checked(read_table(judge.directory, file.path, ["items"]))
        for row in (
            table.group_by("language")
            .aggregate([(name, how) for name in CHECKS for how in ("count", "sum")])
            .to_pylist()
        ):
            for name in CHECKS:
                given[row["language"], name] += row[f"{name}_count"]
                passed[row["language"], name] += row[f"{name}_sum"] or 0
        items += map(_judged_item, table.filter(pc.is_in(table.column("qa_id"), value_set=ids)).to_pylist())
    return items, {key: Share(num, passed[key]) for key, num in given.items() if num}


def _judged_item(row: Mapping[str, Any]) -> JudgedItem:
    passed = {name: row[name] for name in CHECKS}
    scores = {name: row[f"score_{name}"] for name in COLUMNS}
    return JudgedItem(row["qa_id"], row["language"], row["template_id"], row["reworded"], passed, scores)


def _checked(table: pa.Table) -> pa.Table:
    """The judged items of the rows, with a column for each of CHECKS, and one for the score where there is one."""
    flat = table.column("items").combine_chunks().flatten()
    columns = {name: flat.field(name) for name in (*_IDS, *COLUMNS, *(f"score_{name}" for name in COLUMNS))}
    changed = [pc.not_equal(flat.field(name), flat.field(f"original_{name}")) for name in ("question", "answer")]
    columns["reworded"] = pc.or_(*changed)
    columns[ITEM] = flat.field("passes")
    return pa.table(columns).filter(pc.fill_null(pc.equal(flat.field("judge_status"), JUDGED), False))
