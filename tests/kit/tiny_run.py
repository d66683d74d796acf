"""A complete run of four entities, each with a picture and two questions, put together by hand row by row."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import pyarrow as pa

from pipeline.commit import Counts
from pipeline.dataset.shards import index_rows, shard_row
from pipeline.schema import TABLES
from pipeline.stage import Inputs, Outcome, Partition, Stage, StageOutput
from pipeline.storage import Storage
from tests.kit.concepts import chosen
from tests.kit.stored_pictures import store
from tests.kit.toy import run_toy

Row = dict[str, Any]
Tables = dict[str, list[list[Row]]]

DUMP_DATE = "2026-01-05"
# Stage -> tables it writes, stages it reads.
STAGES: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "extract": (("entities",), ()),
    "select": (("concepts",), ("extract",)),
    "images": (("images",), ("select",)),
    "questions": (("questions",), ("images",)),
    "rephrase": (("rephrased",), ("questions",)),
    "judge": (("judged",), ("rephrase",)),
    "arrange": (("arranged",), ("judge", "images")),
    "assemble": (("shards", "index"), ("arrange", "images")),
}


class HandMade(Stage):
    """Commits the rows it is given, partition by partition; each partition has read as many rows as the one before."""

    version = 1

    def __init__(self, name: str, tables: Mapping[str, Sequence[Sequence[Row]]], rows_read: Sequence[int]) -> None:
        self.name = name  # type: ignore[misc]
        self.tables, self.after = STAGES[name]  # type: ignore[misc]
        self.rows, self.rows_read = tables, rows_read

    def deciding(self) -> dict[str, Any]:
        return {}

    def partitions(self, inputs: Inputs) -> list[Partition]:
        return [Partition(f"{number:06d}", {"number": number}, rows) for number, rows in enumerate(self.rows_read)]

    def process(self, partition: Partition, inputs: Inputs, shared: None) -> Outcome:
        rows = {name: self.rows[name][partition.payload["number"]] for name in self.tables}
        ok = len(rows[self.tables[0]])
        tables = {name: pa.Table.from_pylist(list(each), schema=TABLES[name]) for name, each in rows.items()}
        return Outcome(tables, Counts("rows", ok, ok))

    def documents(self, inputs: Inputs, output: StageOutput) -> Mapping[str, bytes]:
        return {"README.md": self.name.encode()}


def picture_of(qid: int) -> bytes:
    return f"the picture of Q{qid}".encode()


def tiny_tables() -> Tables:
    """Table -> partition -> rows."""
    tables: Tables = {name: [] for written, _ in STAGES.values() for name in written}
    for number, qids in enumerate(((1, 2), (3, 4))):
        tables["entities"].append([_entity(qid) for qid in qids])
        tables["concepts"].append([_concept(qid) for qid in qids])
        tables["images"].append([_image(qid) for qid in qids])
        for name in ("questions", "rephrased", "judged"):
            tables[name].append([_group(qid) for qid in qids])
        splits = ("train", "test")
        shards = [
            shard_row(_group(qid), _image(qid), picture_of(qid), split) for qid, split in zip(qids, splits, strict=True)
        ]
        tables["arranged"].append([{**row, "group": row["qid"], "place": row["qid"], "num_bytes": 9} for row in shards])
        tables["shards"].append(shards)
        tables["index"].append(
            [row for position, shard in enumerate(shards) for row in index_rows(shard, f"{number:06d}", position)]
        )
    return tables


def tiny_run(storage: Storage, change: Callable[[Tables], object] | None = None) -> dict[str, StageOutput]:
    """Commit all stages; `change` may alter rows before, so that the records are true and the content is not."""
    tables = tiny_tables()
    if change is not None:
        change(tables)
    for qid in (1, 2, 3, 4):
        store(storage, picture_of(qid))
    outputs: dict[str, StageOutput] = {}
    rows_read = [0, 0]
    for name, (written, after) in STAGES.items():
        inputs = {before: outputs[before] for before in after}
        outputs[name] = run_toy(HandMade(name, tables, rows_read), storage, inputs)
        rows_read = [len(rows) for rows in tables[written[0]]]
    return outputs


def _statement(qid: int) -> Row:
    return {
        "statement_id": f"Q{qid}$17", "property": 17, "rank": "normal", "best": True, "snaktype": "value",
        "type": "wikibase-entityid", "qid": 668,
    }  # fmt: skip


def _entity(qid: int) -> Row:
    return {"qid": qid, "dump_date": DUMP_DATE, "num_sitelinks": 3, "statements": [_statement(qid)]}


def _concept(qid: int) -> Row:
    return {
        **_entity(qid),
        **chosen(qid),
        "labels": [{"language": "en", "label": f"thing {qid}"}],
    }


def _image(qid: int) -> Row:
    data = picture_of(qid)
    return {
        "qid": qid, "title": f"{qid}.jpg", "property": 18, "statement_id": f"Q{qid}$18", "picture_rank": 0,
        "picture_reason": "image",
        "sha256": hashlib.sha256(data).hexdigest(), "phash": qid, "width": 4, "height": 3, "num_bytes": len(data),
        "source_url": "", "page_url": "", "author": "unknown", "licence": "CC0", "licence_family": "cc0",
        "licence_url": None, "attribution_required": False, "attribution": "unknown, CC0",
    }  # fmt: skip


def _group(qid: int) -> Row:
    return {
        "qid": qid, "sha256": _image(qid)["sha256"], "country": "india", "domain": "food", "num_sitelinks": 3,
        "items": [_item(qid, "open"), _item(qid, "choice")],
    }  # fmt: skip


def _item(qid: int, kind: str) -> Row:
    choices = ["India", "Iran"] if kind == "choice" else None
    return {
        "qa_id": 10 * qid + (kind == "choice"), "qid": qid, "property": 17, "statement_ids": [f"Q{qid}$17"],
        "rank": "normal", "dump_date": DUMP_DATE, "template_id": f"country/en/{kind}/1/r1", "language": "en",
        "kind": kind, "question": "From which country is it?", "answer": "India", "value_qid": 668,
        "choices": choices, "choice_qids": choices and [668, 794], "answer_index": choices and 0,
        "answer_label_language": "en", "original_question": "From which country is it?", "original_answer": "India",
    }  # fmt: skip
