"""First pass: what two items must have in common to be compared at all, and what they are then compared by.

Two items are compared where they have the language, the kind, the answer's label and the subject in common. In the
scope `within` the subject is the entity; in the scope `across` it is the name that the question tells, or where it
tells none, the picture and its near duplicates, since such a question is about nothing else.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple

import pyarrow as pa
import xxhash

from pipeline.dataset.alike.words import normalised, shingles
from pipeline.generation.text import without
from pipeline.questions.subject import family_of, told_name
from pipeline.reading import comparable
from pipeline.schema import SIGNATURES

SORTED = [(name, "ascending") for name in ("bucket", "order", "qa_id")]


class Signatures(NamedTuple):
    """Two tables of `schema.SIGNATURES`, a row an item in each, sorted by bucket, order and qa_id."""

    within: pa.Table
    across: pa.Table


def signatures(groups: Iterable[Mapping[str, Any]], picture_groups: Mapping[str, str]) -> Signatures:
    """The rows of a partition's items in both scopes, about 115 bytes each before compression.

    Args:
        groups: rows of `schema.JUDGED`; of items, the columns that `questions` fills are read.
        picture_groups: of a picture with near duplicates, the digest of its group's best (commons/near_duplicates.py).

    Returns:
        The same whatever the order of the groups.
    """
    scopes: list[dict[str, list[Any]]] = [{name: [] for name in SIGNATURES.names} for _ in Signatures._fields]
    for group in groups:
        picture = picture_groups.get(group["sha256"], group["sha256"])
        for item in group["items"]:
            for columns, row in zip(scopes, _rows(item, picture), strict=True):
                for name, value in zip(SIGNATURES.names, row, strict=True):
                    columns[name].append(value)
    return Signatures(*(pa.table(columns, schema=SIGNATURES).sort_by(SORTED) for columns in scopes))


def _rows(item: Mapping[str, Any], picture: str) -> Iterator[tuple[Any, ...]]:
    name = told_name(item)
    family = family_of(item)
    answer = normalised(item["original_answer"])
    subjects = (f"qid {item['qid']}", f"name {comparable(name)}" if name else f"picture {picture}")
    wording = shingles(without(item["question"], name))
    for subject in subjects:
        # No part holds a line feed: all are single lines.
        key = "\n".join((item["language"], item["kind"], answer, subject))
        bucket = xxhash.xxh3_64_intdigest(key.encode())
        yield bucket, order_of(item["qa_id"]), item["qa_id"], _hash_of(family), wording


def order_of(qa_id: int) -> int:
    """Where an item stands among those that are alike: the lowest stay."""
    return int(xxhash.xxh3_64_intdigest(f"alike|{qa_id}".encode()))


def _hash_of(family: str) -> int:
    return (xxhash.xxh3_64_intdigest(family.encode()) & 0xFFFFFFFF) if family else 0
