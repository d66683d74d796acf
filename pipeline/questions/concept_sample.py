"""A sample of concepts with their pictures, read file by file: which ones are in it depends on their ids alone."""

from __future__ import annotations

import io
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import xxhash

from pipeline.commit import Counts
from pipeline.progress import Progress
from pipeline.questions.concept import COLUMNS, Concept, concepts_of
from pipeline.stage import StageOutput
from pipeline.tables import read_table

# The property that nearly every picture is named by.
_IMAGE = 18

Row = Mapping[str, Any]


def in_sample(qid: int, share: float) -> bool:
    """Whether an entity is in a sample of a share of all; in a larger one are all that are in a smaller one."""
    return int(xxhash.xxh3_64_intdigest(f"sample|{qid}".encode("ascii"))) < share * (1 << 64)


def sampled_concepts(
    select: StageOutput, images: StageOutput | None, size: int, properties: Collection[int],
    progress: Progress | None = None,
) -> Iterator[tuple[Concept, Sequence[Row]]]:  # fmt: skip
    """Concepts with their pictures, in the order of the table; memory holds one file and the pictures of the sample.

    Args:
        select: has the table `concepts`.
        images: has the table `images`; without it each concept is taken to have one picture.
        size: concepts of the sample, about: each is in it with the same probability.
        properties: P-numbers whose statements are wanted.
        progress: told of each file of concepts.
    """
    population = select.num_rows("concepts")
    share = min(1.0, size / population) if population else 0.0
    pictures = None if images is None else _pictures(images, share)
    for file in select.files("concepts"):
        concepts = list(_sampled(select.directory.read(file.path), share, {*properties, *_naming(pictures)}))
        for concept in concepts:
            if pictures is not None:
                yield concept, pictures.get(concept.qid, ())
            else:
                yield concept, [_assumed_picture(concept)]
        if progress is not None:
            progress.add(Counts("concepts", file.rows, len(concepts), {"not in the sample": file.rows - len(concepts)}))


def _naming(pictures: Mapping[int, Sequence[Row]] | None) -> set[int]:
    """Properties that pictures are named by."""
    return {_IMAGE, *(picture["property"] for own in (pictures or {}).values() for picture in own)}


def _sampled(data: bytes, share: float, properties: Collection[int]) -> Iterator[Concept]:
    file = pq.ParquetFile(io.BytesIO(data))
    qids = file.read(["qid"]).column("qid").to_pylist()
    is_in = [in_sample(qid, share) for qid in qids]
    if any(is_in):
        yield from concepts_of(file.read(list(COLUMNS)).filter(pa.array(is_in)), properties)


def _pictures(images: StageOutput, share: float) -> dict[int, list[Row]]:
    """Entity -> its pictures, one file under two titles once."""
    found: dict[int, dict[str, Row]] = {}
    for file in images.files("images"):
        table = read_table(images.directory, file.path, ["qid", "sha256", "statement_id", "property"])
        for row in table.to_pylist():
            if in_sample(row["qid"], share):
                found.setdefault(row["qid"], {}).setdefault(row["sha256"], row)
    return {qid: list(rows.values()) for qid, rows in found.items()}


def _assumed_picture(concept: Concept) -> Row:
    """A picture that some statement names, which is all that a question needs to know of it."""
    named = concept.stated([_IMAGE]) or concept.statements
    return {"sha256": "", "statement_id": named[0]["statement_id"] if named else ""}
