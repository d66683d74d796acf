"""Counts of one shard by everything that the card tells: summed over shards, they stand for the rows."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from typing import Any

import pyarrow as pa

from pipeline import vocabulary
from pipeline.generation.scores import POINTS
from pipeline.schema import TALLIES

Row = Mapping[str, Any]
# What is counted, and the two names that it is counted by; the second is empty where there is one.
Key = tuple[str, str, str]


def tally(rows: Sequence[Row]) -> pa.Table:
    """A row of `schema.TALLIES` for each thing that occurs, in order.

    Args:
        rows: of `schema.SHARDS`.
    """
    counts = Counter[Key]()
    for row in rows:
        counts.update(_of_picture(row))
        for item in row["items"]:
            counts.update(_of_item(row, item))
    found = sorted(counts.items())
    columns = [*(pa.array([key[at] for key, _ in found], pa.string()) for at in range(3)),
               pa.array([number for _, number in found], pa.int64())]  # fmt: skip
    return pa.Table.from_arrays(columns, schema=TALLIES)


def _of_picture(row: Row) -> Iterable[Key]:
    return (
        ("pictures country", row["country"], row["domain"]),
        ("pictures split", row["split"], ""),
        ("pictures licence", row["licence"], ""),
        ("pictures sitelinks", str(row["num_sitelinks"]), ""),
        ("pictures items", str(len(row["items"])), ""),
    )


def _of_item(row: Row, item: Row) -> Iterable[Key]:
    language, kind = item["language"], item["kind"]
    yield "split", row["split"], kind
    yield "country", row["country"], language
    yield "country kind", row["country"], kind
    yield "domain", row["domain"], kind
    yield "language", language, kind
    yield "family", item["template_id"].partition("/")[0], kind
    yield "property", str(item["property"]), ""
    yield "sitelinks", str(row["num_sitelinks"]), kind
    yield "label", language, label_source(language, item["answer_label_language"])
    yield "dump date", item["dump_date"], ""
    yield "question characters", language, str(len(item["question"]))
    yield "answer characters", language, str(len(item["answer"]))
    yield "rephrase", language, item["rephrase_status"] or "none"
    yield "answer rephrase", language, item["answer_status"] or "none"
    yield "judge", language, item["judge_status"] or "none"
    yield "passes", language, _verdict(item["passes"])
    yield "blind", _verdict(item["answered_blind"]), ""
    for stage in ("rephrase", "judge"):
        if item[f"{stage}_model"]:
            yield "model", stage, item[f"{stage}_model"]
    for point in POINTS:
        if item[f"score_{point}"] is not None:
            yield "score", point, str(item[f"score_{point}"])


def _verdict(value: bool | None) -> str:
    return "none" if value is None else "yes" if value else "no"


@cache
def label_source(language: str, label_language: str) -> str:
    """Where the words of an answer come from.

    Args:
        language: the data set's code.
        label_language: Wikidata's code of the label, as in `answer_label_language`.

    Returns:
        own: the language's own label, or written in it; variant: that of a variant of it; mul: Wikidata's label for all
        languages; other: a text in the language that it has by itself, such as a motto.
    """
    codes = vocabulary.languages()[language].wikidata
    if label_language == codes[0]:
        return "own"
    if label_language in codes:
        return "variant"
    return "mul" if label_language == "mul" else "other"
