"""A sample of concepts with their pictures, read file by file: which ones are in it depends on their ids alone."""

from __future__ import annotations

import io
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import xxhash

from pipeline.commit import Counts
from pipeline.progress import Progress
from pipeline.stage import StageOutput
from pipeline.tables import read_table

# What facts, labels and groups are read from.
_COLUMNS = (
    "qid", "dump_date", "country", "domain", "popularity", "class_path", "labels", "statements",
)  # fmt: skip

Row = Mapping[str, Any]


def in_sample(qid: int, share: float) -> bool:
    """Whether an entity is in a sample of a share of all; in a larger one are all that are in a smaller one."""
    return int(xxhash.xxh3_64_intdigest(f"sample|{qid}".encode("ascii"))) < share * (1 << 64)


def sampled_concepts(
    select: StageOutput, images: StageOutput | None, size: int, progress: Progress | None = None
) -> Iterator[tuple[Row, Sequence[Row]]]:
    """Concepts with their pictures, in the order of the table; memory holds one file and the pictures of the sample.

    Args:
        select: has the table `concepts`.
        images: has the table `images`; without it each concept is taken to have one picture.
        size: concepts of the sample, about: each is in it with the same probability.
        progress: told of each file of concepts.
    """
    population = select.num_rows("concepts")
    share = min(1.0, size / population) if population else 0.0
    pictures = None if images is None else _pictures(images, share)
    for file in select.files("concepts"):
        concepts = _sampled_rows(select.directory.read(file.path), share)
        for concept in concepts:
            if pictures is not None:
                yield concept, pictures.get(concept["qid"], ())
            else:
                yield concept, [_assumed_picture(concept)]
        if progress is not None:
            progress.add(Counts("concepts", file.rows, len(concepts), {"not in the sample": file.rows - len(concepts)}))


def _sampled_rows(data: bytes, share: float) -> list[dict[str, Any]]:
    file = pq.ParquetFile(io.BytesIO(data))
    qids = file.read(["qid"]).column("qid").to_pylist()
    is_in = [in_sample(qid, share) for qid in qids]
    if not any(is_in):
        return []
    rows: list[dict[str, Any]] = file.read(list(_COLUMNS)).filter(pa.array(is_in)).to_pylist()
    return rows


def _pictures(images: StageOutput, share: float) -> dict[int, list[Row]]:
    """Entity -> its pictures, one file under two titles once."""
    found: dict[int, dict[str, Row]] = {}
    for file in images.files("images"):
        table = read_table(images.directory, file.path, ["qid", "sha256", "statement_id"])
        for row in table.to_pylist():
            if in_sample(row["qid"], share):
                found.setdefault(row["qid"], {}).setdefault(row["sha256"], row)
    return {qid: list(rows.values()) for qid, rows in found.items()}


def _assumed_picture(concept: Row) -> Row:
    """A picture that some statement names, which is all that a question needs to know of it."""
    statements = concept["statements"]
    return {"sha256": "", "statement_id": statements[0]["statement_id"] if statements else ""}
