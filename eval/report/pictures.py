"""Which pictures a gallery shows: of as many countries and domains as possible, by their ids alone."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any

import pyarrow as pa
import xxhash

LIMIT = 24


def places(index: pa.Table, limit: int = LIMIT) -> list[tuple[str, int]]:
    """Where the rows of a gallery are: (shard, row).

    Countries take turns; each gives a picture of the domain shown least so far, one with many languages first.

    Args:
        index: the columns shard, row, qid, country, domain and language of the table `index`.
        limit: most pictures.
    """
    pictures = index.group_by(["shard", "row", "qid", "country", "domain"]).aggregate([("language", "count_distinct")])
    left: dict[str, list[dict[str, Any]]] = {}
    for picture in pictures.to_pylist():
        left.setdefault(picture["country"], []).append(picture)
    shown: Counter[str] = Counter()
    chosen: list[tuple[str, int]] = []
    for country in _turns(left):
        if len(chosen) == limit:
            break
        best = min(
            left[country],
            key=lambda picture: (
                shown[picture["domain"]],
                -picture["language_count_distinct"],
                _draw(f"{picture['qid']}|{picture['shard']}|{picture['row']}"),
            ),
        )
        left[country].remove(best)
        shown[best["domain"]] += 1
        chosen.append((best["shard"], best["row"]))
    return chosen


def _turns(left: dict[str, list[dict[str, Any]]]) -> Iterator[str]:
    """Countries one after another, again and again while they have pictures left."""
    order = sorted(left, key=_draw)
    while order:
        yield from order
        order = [country for country in order if left[country]]


def _draw(text: str) -> int:
    return int(xxhash.xxh3_64_intdigest(f"report|{text}".encode()))
