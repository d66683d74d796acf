"""A complete `assemble` made by hand: shards of rows in several scripts, without a run before it."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Sequence
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
from PIL import Image

from pipeline.commit import MANIFEST, CommitRecord, Counts, Manifest
from pipeline.schema import ATTRIBUTION, SHARDS
from pipeline.stage import StageOutput
from pipeline.storage import Storage
from pipeline.tables import FileRecord, write_table

Row = dict[str, Any]

TEXTS = (
    'Was ist "das"?', "ما هذا؟", "这是什么？\n请回答。", "Ṣé o mọ̀ ọ́n?", "ይህ ምንድን ነው?", "\\ and \t tab", "'quoted'", '"',
    "🍲 ഓണം",
)  # fmt: skip


def jpeg(seed: int) -> bytes:
    """A small picture; equal seeds give equal bytes."""
    buffer = io.BytesIO()
    Image.new("RGB", (24 + seed % 7, 16), (seed * 37 % 256, seed * 91 % 256, seed * 13 % 256)).save(buffer, "JPEG")
    return buffer.getvalue()


def item(qid: int, number: int) -> Row:
    """An item with every column; each third is a choice."""
    is_choice = number % 3 == 2
    text = TEXTS[(qid + number) % len(TEXTS)]
    digest = hashlib.sha256(f"{qid} {number}".encode()).digest()
    return {
        "qa_id": int.from_bytes(digest[:8], "big", signed=True),
        "qid": qid,
        "property": (0, 186, 1071)[number % 3],
        "statement_ids": [f"Q{qid}$A-{number}", f"Q{qid}$B-{number}"][: 1 + number % 2],
        "rank": "normal",
        "dump_date": "2026-11-01",
        "template_id": f"name/de/open/{number}/r1",
        "language": ("de", "ar", "zh")[number % 3],
        "kind": "choice" if is_choice else "open",
        "question": text,
        "answer": f"{text} {number}",
        "value_qid": 7 * qid if number % 2 else None,
        "choices": [f"{text} {number}", "x", "y"] if is_choice else None,
        "choice_qids": [1, 2, 3] if is_choice else None,
        "answer_index": 0 if is_choice else None,
        "answer_label_language": "mul",
        "original_question": text,
        "original_answer": f"{text} {number}",
        "rephrase_status": "kept:generation_off",
        "rephrase_model": None,
        "judge_status": "judged" if number % 2 else None,
        "judge_model": None,
        "picture_shows_entity": (True, False, None)[number % 3],
        "answer_supported": None,
        "language_right": None,
    }


def row(qid: int, split: str, picture: int | None = None, num_items: int = 4) -> Row:
    """A row of `schema.SHARDS`.

    Args:
        qid: the entity.
        split: of the row.
        picture: seed of the picture; None is one of its own.
        num_items: questions.
    """
    image = jpeg(qid if picture is None else picture)
    values = {
        "qid": qid,
        "sha256": hashlib.sha256(image).hexdigest(),
        "country": "egypt",
        "domain": "food",
        "num_sitelinks": qid % 5,
        "items": [item(qid, number) for number in range(num_items)],
        "split": split,
        "image": image,
        "width": 24,
        "height": 16,
        "title": f"Picture {qid}.jpg",
        "page_url": f"https://example.org/{qid}",
        "author": "A & B",
        "licence": "CC BY 4.0",
        "licence_url": f"https://example.org/by/{qid}" if qid % 2 else None,
        "attribution": f"Picture {qid}.jpg by A & B, CC BY 4.0",
    }
    # Whatever else the table has by now.
    return {**{field.name: None for field in SHARDS}, **values}


def assembled(directory: Storage, shards: Sequence[Sequence[Row]], card: str = "# A data set\n") -> StageOutput:
    """Write shards, documents and manifest as the stage would."""
    commits = []
    for number, rows in enumerate(shards):
        table = pa.Table.from_pylist(list(rows), schema=SHARDS)
        files = (write_table(directory, "shards", f"{number:06d}", table),)
        counts = Counts("pictures", len(rows), len(rows))
        commits.append(CommitRecord("assemble", f"{number:06d}", len(rows), counts, files))
    credits = io.BytesIO()
    pq.write_table(ATTRIBUTION.empty_table(), credits)
    documents = {"ATTRIBUTION.parquet": credits.getvalue(), "README.md": card.encode(), "preview.html": b"<p>"}
    records = []
    for path, data in documents.items():
        directory.write(f"documents/{path}", data)
        records.append(FileRecord("documents", f"documents/{path}", 0, len(data), hashlib.sha256(data).hexdigest()))
    manifest = Manifest("assemble", "f" * 16, tuple(commits), tuple(records))
    directory.write(MANIFEST, manifest.to_json())
    return StageOutput(directory, manifest)


def three_shards(directory: Storage, **changes: Any) -> StageOutput:
    """Three shards with all splits; one picture is used by two entities of one shard and by a third of another."""
    shards = [
        [row(1, "train"), row(2, "test", num_items=1), row(3, "train", picture=1), row(4, "validation")],
        [row(5, "train", picture=1), *(row(qid, "train", num_items=qid) for qid in range(6, 12)), row(12, "test")],
        [row(13, "train"), row(14, "validation", num_items=30)],
    ]
    return assembled(directory, shards, **changes)


def all_rows(output: StageOutput, split: str) -> list[Row]:
    """The rows of one split in the order of the shards."""
    return [each for each in output.read("shards").to_pylist() if each["split"] == split]
