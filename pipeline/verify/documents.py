"""Documents of the set against its shards: an attribution for every picture and for no other, and true counts."""

from __future__ import annotations

import io
import json
from collections import Counter
from collections.abc import Iterator

import numpy as np
import pyarrow.parquet as pq

from pipeline.schema import ATTRIBUTION
from pipeline.stage import StageOutput
from pipeline.verify.ids import groups_of, key, place_in
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
        # Of each row of the shards: a hash of picture and title, one of the picture, and the entity.
        self._row: list[tuple[int, int, int]] = []
        self._rows = [np.empty((0, 3), np.int64)]
        self._counts: dict[str, Counter[str]] = {name: Counter() for name in _COUNTED}
        self._num_samples = 0

    def look(self, row: Row, shard: str, number: int) -> None:
        self.looked_at += 1
        self._row.append((_key(row), key(row["sha256"]), row["qid"]))
        for item in row["items"]:
            self._num_samples += 1
            for name in _COUNTED:
                self._counts[name][str(row[name] if name in row else item[name])] += 1

    def finish(self) -> None:
        # As an array, which takes a tenth of the memory.
        self._rows.append(np.array(self._row, np.int64).reshape(-1, 3))
        self._row = []

    def end(self) -> None:
        for compare in (self._compare_attribution, self._compare_statistics):
            try:
                compare()
            except (*UNREADABLE, ValueError) as error:
                self.findings.add(f"cannot be checked: {error}")

    def _compare_attribution(self) -> None:
        shown, pictures, _ = (np.unique(column) for column in np.concatenate(self._rows).T)
        said, credited = [np.empty(0, np.int64)], [np.empty(0, np.int64)]
        for rows in self._credits():
            credited.append(np.array([_key(row) for row in rows], np.int64))
            said.append(np.array([_whole(row) for row in rows], np.int64))
            for row in rows:
                # One picture may have several titles, each with its line; a shard says one of them.
                if not place_in(pictures, np.array([key(row["sha256"])]))[1][0]:
                    self.findings.add(f"ATTRIBUTION.parquet: {row['sha256']}, {row['title']}: is in no shard")
        known, lines = np.unique(np.concatenate(credited)), np.unique(np.concatenate(said))
        missing = int((~place_in(known, shown)[1]).sum())
        if missing:
            self.findings.add(f"ATTRIBUTION.parquet: lacks {missing:,} of {len(shown):,} pictures in the shards")
        for group in groups_of(self._images, "images", ATTRIBUTION.names):
            rows = group.to_pylist()
            has_line = place_in(known, np.array([_key(row) for row in rows], np.int64))[1]
            is_said = place_in(lines, np.array([_whole(row) for row in rows], np.int64))[1]
            for at in np.flatnonzero(has_line & ~is_said).tolist():
                name = f"{rows[at]['sha256']}, {rows[at]['title']}"
                self.findings.add(f"ATTRIBUTION.parquet: {name}: is not as images says")

    def _credits(self) -> Iterator[list[Row]]:
        data = self._assemble.directory.read("documents/ATTRIBUTION.parquet")
        for batch in pq.ParquetFile(io.BytesIO(data)).iter_batches(4096):
            yield batch.to_pylist()

    def _compare_statistics(self) -> None:
        said = json.loads(self._assemble.directory.read("documents/statistics.json"))
        entities = len(np.unique(np.concatenate(self._rows)[:, 2]))
        found = {
            "num_samples": self._num_samples, "num_pictures": self.looked_at, "num_entities": entities,
            **{f"samples_by_{name}": dict(counts) for name, counts in self._counts.items()},
        }  # fmt: skip
        for name, value in found.items():
            if said.get(name) != value:
                self.findings.add(
                    f"statistics.json: {name} is {_short(said.get(name))}, the shards have {_short(value)}"
                )


def _key(row: Row) -> int:
    return key(f"{row['sha256']}|{row['title']}")


def _whole(row: Row) -> int:
    return key(repr([row[name] for name in ATTRIBUTION.names]))


def _short(value: object) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 80 else f"{text[:77]}..."
