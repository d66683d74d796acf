"""Documents of the set against its shards: an attribution for every picture and for no other, and true counts."""

from __future__ import annotations

import io
import json
from collections import Counter

import pyarrow.parquet as pq

from pipeline.schema import ATTRIBUTION
from pipeline.stage import StageOutput
from pipeline.verify.ids import groups_of, key
from pipeline.verify.shards import UNREADABLE, Row, RowCheck

_COUNTED = ("split", "country", "domain", "language", "kind", "property")


class Documents(RowCheck):
    """Counts of the shards on the way, compared with `ATTRIBUTION.parquet` and `statistics.json` at the end.

    Args:
        images: the complete stage, which says what each picture asks for.
        assemble: the complete stage, with its documents.
    """

    name = "attribution and statistics tell what the shards hold"

    def __init__(self, images: StageOutput, assemble: StageOutput) -> None:
        super().__init__()
        self._images, self._assemble = images, assemble
        # (picture, title) by a hash of both: 100 bytes each.
        self._shown: set[int] = set()
        self._entities: set[int] = set()
        self._counts: dict[str, Counter[str]] = {name: Counter() for name in _COUNTED}
        self._num_pictures = self._num_samples = 0

    def look(self, row: Row, shard: str, number: int) -> None:
        self._num_pictures += 1
        self._shown.add(_key(row))
        self._entities.add(row["qid"])
        for item in row["items"]:
            self._num_samples += 1
            for name in _COUNTED:
                self._counts[name][str(row[name] if name in row else item[name])] += 1

    def end(self) -> None:
        self.looked_at = self._num_pictures
        for compare in (self._compare_attribution, self._compare_statistics):
            try:
                compare()
            except (*UNREADABLE, ValueError) as error:
                self.findings.add(f"cannot be checked: {error}")

    def _compare_attribution(self) -> None:
        data = self._assemble.directory.read("documents/ATTRIBUTION.parquet")
        credited: dict[int, str] = {}
        said: set[int] = set()
        # One picture may have several titles, each with its line; the shard says one of them.
        for batch in pq.ParquetFile(io.BytesIO(data)).iter_batches(4096):
            for row in batch.to_pylist():
                credited[_key(row)] = f"{row['sha256']}, {row['title']}"
                said.add(key(repr([row[name] for name in ATTRIBUTION.names])))
        for group in groups_of(self._images, "images", ATTRIBUTION.names):
            for row in group.to_pylist():
                if _key(row) in credited and key(repr([row[name] for name in ATTRIBUTION.names])) not in said:
                    self.findings.add(f"ATTRIBUTION.parquet: {credited[_key(row)]}: is not as images says")
        missing = len(self._shown - credited.keys())
        if missing:
            self.findings.add(f"ATTRIBUTION.parquet: lacks {missing:,} of {len(self._shown):,} pictures in the shards")
        shown = {name.partition(",")[0] for place, name in credited.items() if place in self._shown}
        for place, name in credited.items():
            if place not in self._shown and name.partition(",")[0] not in shown:
                self.findings.add(f"ATTRIBUTION.parquet: {name}: is in no shard")

    def _compare_statistics(self) -> None:
        said = json.loads(self._assemble.directory.read("documents/statistics.json"))
        found = {
            "num_samples": self._num_samples, "num_pictures": self._num_pictures, "num_entities": len(self._entities),
            **{f"samples_by_{name}": dict(counts) for name, counts in self._counts.items()},
        }  # fmt: skip
        for name, value in found.items():
            if said.get(name) != value:
                self.findings.add(
                    f"statistics.json: {name} is {_short(said.get(name))}, the shards have {_short(value)}"
                )


def _key(row: Row) -> int:
    return key(f"{row['sha256']}|{row['title']}")


def _short(value: object) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 80 else f"{text[:77]}..."
