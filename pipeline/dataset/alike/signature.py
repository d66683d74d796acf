"""First pass: what two items must have in common to be compared at all, and what they are then compared by.

Two items are compared where they have the language, the kind, the answer's label and the subject in common. In the
scope `entity` the subject is the entity; in the scope `across` it is the name that the question tells, or where it
tells none, the picture and its near duplicates, since such a question is about nothing else.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import pyarrow as pa
import xxhash

from pipeline.dataset.alike.words import normalised, shingles
from pipeline.generation.text import without
from pipeline.questions.subject import family_of, told_name
from pipeline.reading import comparable

SCOPES = ("entity", "across")


def _column(name: str, dtype: pa.DataType, meaning: str) -> pa.Field:
    return pa.field(name, dtype, nullable=False, metadata={"meaning": meaning})


SIGNATURES = pa.schema(
    [
        _column("scope", pa.int8(), "0 within an entity, 1 across entities"),
        _column("bucket", pa.uint64(), "hash of scope, language, kind, answer and subject"),
        _column("order", pa.uint64(), "hash of qa_id: of those alike the lowest stay"),
        _column("qa_id", pa.int64(), "the item"),
        _column("family", pa.uint32(), "hash of the template family: what is asked; 0 where it is not known"),
        _column("shingles", pa.list_(pa.uint32()), "hashes of the wording's shingles, ascending; no names"),
    ]
)
_SORTED = [("scope", "ascending"), ("bucket", "ascending"), ("order", "ascending"), ("qa_id", "ascending")]


def signatures(groups: Iterable[Mapping[str, Any]], picture_groups: Mapping[str, str]) -> pa.Table:
    """The rows of a partition's items: two an item, one for each scope, about 280 bytes together before compression.

    Args:
        groups: rows of `schema.JUDGED`; of items, the columns that `questions` fills are read.
        picture_groups: of a picture with near duplicates, the digest of its group's best (commons/near_duplicates.py).

    Returns:
        `SIGNATURES`, sorted by scope, bucket, order and qa_id: the same whatever the order of the groups.
    """
    columns: dict[str, list[Any]] = {name: [] for name in SIGNATURES.names}
    for group in groups:
        picture = picture_groups.get(group["sha256"], group["sha256"])
        for item in group["items"]:
            for row in _rows(item, picture):
                for name, value in zip(SIGNATURES.names, row, strict=True):
                    columns[name].append(value)
    return pa.table(columns, schema=SIGNATURES).sort_by(_SORTED)


def _rows(item: Mapping[str, Any], picture: str) -> Iterator[tuple[Any, ...]]:
    name = told_name(item)
    family = family_of(item)
    answer = normalised(item["original_answer"])
    subjects = (f"qid {item['qid']}", f"name {comparable(name)}" if name else f"picture {picture}")
    wording = shingles(without(item["question"], name))
    for scope, subject in enumerate(subjects):
        # No part holds a line feed: all are single lines.
        key = "\n".join((SCOPES[scope], item["language"], item["kind"], answer, subject))
        bucket = xxhash.xxh3_64_intdigest(key.encode())
        yield scope, bucket, order_of(item["qa_id"]), item["qa_id"], _hash_of(family), wording


def order_of(qa_id: int) -> int:
    """Where an item stands among those that are alike: the lowest stay."""
    return int(xxhash.xxh3_64_intdigest(f"alike|{qa_id}".encode()))


def _hash_of(family: str) -> int:
    return (xxhash.xxh3_64_intdigest(family.encode()) & 0xFFFFFFFF) if family else 0
