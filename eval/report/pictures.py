"""Which pictures a gallery shows: of as many countries and domains as possible, by their ids alone."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple

import pyarrow as pa
import xxhash

LIMIT = 24
PLACE_COLUMNS = ("shard", "row", "qid", "country", "domain", "language")


def places(indexes: Iterable[pa.Table], limit: int = LIMIT) -> list[tuple[str, int]]:
    """Where the rows of a gallery are: (shard, row).

    Countries take turns; each gives a picture of the domain shown least so far, one with many languages first. Of a
    country and domain no more than `limit` pictures can be shown, so no more are held.

    Args:
        indexes: the columns PLACE_COLUMNS of the table `index`, each table with whole shards.
        limit: most pictures.
    """
    left: dict[str, dict[str, list[_Candidate]]] = {}
    for index in indexes:
        found = index.group_by(["shard", "row", "qid", "country", "domain"]).aggregate([("language", "count_distinct")])
        for picture in found.to_pylist():
            left.setdefault(picture["country"], {}).setdefault(picture["domain"], []).append(_candidate(picture))
        for domains in left.values():
            for domain, candidates in domains.items():
                domains[domain] = sorted(candidates)[:limit]
    shown: Counter[str] = Counter()
    chosen: list[tuple[str, int]] = []
    for country in _turns(left):
        if len(chosen) == limit:
            break
        of_country = left[country]
        domain = min(of_country, key=lambda name: (shown[name], of_country[name][0]))
        best = of_country[domain].pop(0)
        if not of_country[domain]:
            del of_country[domain]
        shown[domain] += 1
        chosen.append((best.shard, best.row))
    return chosen


class _Candidate(NamedTuple):
    """A picture, in the order of preference within its country and domain."""

    few_languages: int
    draw: int
    shard: str
    row: int


def _candidate(picture: Mapping[str, Any]) -> _Candidate:
    draw = _draw(f"{picture['qid']}|{picture['shard']}|{picture['row']}")
    return _Candidate(-picture["language_count_distinct"], draw, picture["shard"], picture["row"])


def _turns(left: Mapping[str, Mapping[str, Any]]) -> Iterator[str]:
    """Countries one after another, again and again while they have pictures left."""
    order = sorted(left, key=_draw)
    while order:
        yield from order
        order = [country for country in order if left[country]]


def _draw(text: str) -> int:
    return int(xxhash.xxh3_64_intdigest(f"report|{text}".encode()))
