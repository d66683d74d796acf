"""Stages before the data set by hand: entities that share pictures, near pictures and twins, in files of any size."""

from __future__ import annotations

import hashlib
import io
import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from PIL import Image

from pipeline.commit import Counts
from pipeline.picture_store import PictureStore
from pipeline.schema import TABLES
from pipeline.stage import Inputs, Outcome, Partition, Stage, StageOutput
from pipeline.storage import Storage
from tests.kit.concepts import chosen
from tests.kit.stored_pictures import picture
from tests.kit.toy import run_toy

Row = dict[str, Any]
NUM = 48
# Entities 1 and 2 show one picture; the pictures of 3, 4 and 5 are near duplicates; 6 says it is 7, which 8 says too.
# 9 said it of 10 once, and no longer does.
SHARED, NEAR, SAME, UNTRUE = (1, 2), (3, 4, 5), {6: 7, 8: 7}, {9: 10}
WITHOUT_PICTURE = 7
NO_ITEMS = 11


class Given(Stage):
    """Commits rows as they are, so many a partition."""

    version = 1

    def __init__(
        self, name: str, table: str, rows: Sequence[Row], per_file: int, documents: Mapping[str, bytes]
    ) -> None:
        self.name = name  # type: ignore[misc]
        self.tables = (table,)  # type: ignore[misc]
        self.parts = [rows[start : start + per_file] for start in range(0, len(rows), per_file)]
        self.given = documents

    def deciding(self) -> dict[str, Any]:
        return {"files": len(self.parts)}

    def partitions(self, inputs: Inputs) -> list[Partition]:
        return [Partition(f"{number:06d}", {"number": number}) for number in range(len(self.parts))]

    def process(self, partition: Partition, inputs: Inputs, shared: None) -> Outcome:
        rows = self.parts[partition.payload["number"]]
        [table] = self.tables
        found = pa.Table.from_pylist(list(rows), schema=TABLES[table])
        return Outcome({table: found}, Counts("rows", len(rows), len(rows)))

    def documents(self, inputs: Inputs, output: StageOutput) -> Mapping[str, bytes]:
        return self.given


@dataclass(frozen=True)
class World:
    """Complete stages, and the rows that they hold."""

    inputs: dict[str, StageOutput]
    images: list[Row]
    judged: list[Row]


def world(
    output: Storage, per_file: int = 11, change: Callable[[Row], Row] = lambda row: row,
    concept: Callable[[Row], Row] = lambda row: row, image: Callable[[Row], Row] = lambda row: row,
) -> World:  # fmt: skip
    """Store pictures and commit what comes before `arrange`; judged rows, concepts and images may be altered."""
    drawn = {qid: _drawing(qid) for qid in range(1, NUM + 1) if qid != WITHOUT_PICTURE}
    drawn[SHARED[1]] = drawn[SHARED[0]]
    PictureStore(output).add(picture(data) for data, _ in drawn.values())
    images = [image(_image(qid, *drawn[qid])) for qid in sorted(drawn)]
    judged = [change(_group(image)) for image in images]
    best = images[NEAR[0] - 1]["sha256"]
    near = pa.table({"sha256": [images[qid - 1]["sha256"] for qid in NEAR], "group": [best] * len(NEAR)})
    buffer = io.BytesIO()
    pq.write_table(near, buffer)
    stages = [
        Given("extract", "entities", [], 1, {}),
        Given("select", "concepts", [concept(_concept(qid)) for qid in range(1, NUM + 1)], 20, {}),
        Given("images", "images", images, per_file, {"near_duplicates.parquet": buffer.getvalue()}),
        Given("questions", "questions", judged, per_file, {}),
        Given("rephrase", "rephrased", judged, per_file, {}),
        Given("judge", "judged", judged, per_file, {}),
    ]
    return World({stage.name: run_toy(stage, output) for stage in stages}, images, judged)


def _drawing(qid: int) -> tuple[bytes, tuple[int, int]]:
    size = random.Random(qid).choice([(90, 60), (60, 90), (200, 50), (120, 121)])
    buffer = io.BytesIO()
    noise = np.random.default_rng(qid).integers(0, 60 + qid, (size[1], size[0], 3), dtype=np.uint8)
    Image.fromarray(noise).save(buffer, "JPEG")
    return buffer.getvalue(), size


def _concept(qid: int) -> Row:
    statements = [
        {"statement_id": f"Q{qid}$460{rank}", "property": 460, "rank": rank, "best": rank == "normal",
         "snaktype": "value", "type": "wikibase-entityid", "qid": of[qid]}
        for of, rank in ((SAME, "normal"), (UNTRUE, "deprecated")) if qid in of
    ]  # fmt: skip
    other = {"statement_id": f"Q{qid}$17", "property": 17, "rank": "normal", "best": True, "snaktype": "somevalue"}
    return {
        "qid": qid, "dump_date": "2026-11-01", "num_sitelinks": 3, **chosen(qid),
        "labels": [{"language": "en", "label": f"thing {qid}"}], "statements": [other, *statements],
    }  # fmt: skip


def _image(qid: int, data: bytes, size: tuple[int, int]) -> Row:
    return {
        "qid": qid, "title": f"{qid}.jpg", "property": 18, "statement_id": f"Q{qid}$18", "picture_rank": 0,
        "picture_reason": "image", "sha256": hashlib.sha256(data).hexdigest(), "phash": qid, "width": size[0],
        "height": size[1], "num_bytes": len(data), "source_url": "", "page_url": "", "author": "unknown",
        "licence": "CC0", "licence_family": "cc0", "licence_url": None, "attribution_required": False,
        "attribution": "unknown, CC0",
    }  # fmt: skip


def _group(image: Row) -> Row:
    qid = image["qid"]
    num = 0 if qid == NO_ITEMS else 1 + qid % 4
    return {
        "qid": qid, "sha256": image["sha256"], "country": "india", "domain": "food", "num_sitelinks": 3,
        "items": [_item(qid, number) for number in range(num)],
    }  # fmt: skip


def _item(qid: int, number: int) -> Row:
    choices = ["India", "Iran"] if number % 2 else None
    return {
        "qa_id": 10 * qid + number, "qid": qid, "property": 17, "statement_ids": [f"Q{qid}$17"], "rank": "normal",
        "dump_date": "2026-11-01", "template_id": "country/en/open/1/r1", "language": "en",
        "kind": "choice" if choices else "open", "question": f"From which country is thing {qid}?", "answer": "India",
        "value_qid": 668, "choices": choices, "choice_qids": choices and [668, 794], "answer_index": choices and 0,
        "answer_label_language": "en", "original_question": "?", "original_answer": "India",
    }  # fmt: skip
