"""What was aimed at beside what is there: every group, also one of which nothing is there."""

from __future__ import annotations

import json
from pathlib import Path

import pyarrow as pa

from pipeline.commit import Manifest
from pipeline.dataset.describe.reached import reached, short_groups
from pipeline.dataset.describe.sums import Sums
from pipeline.schema import TALLIES
from pipeline.stage import StageOutput
from pipeline.storage import Storage, open_storage
from pipeline.tables import FileRecord

ASKED = {
    "kinds": {
        "open": {
            "target": 10, "possible": 90,
            "by": {"country": {"india": {"possible": 60, "target": 6}, "kenya": {"possible": 30, "target": 4}},
                   "language": {"sw": {"possible": 90, "target": 10}},
                   "popularity": {"tail": {"possible": 70, "target": 4}}},
        }
    },
    "warnings": [],
}  # fmt: skip


def questions(directory: Storage, asked: object) -> StageOutput:
    documents = ()
    if asked is not None:
        directory.write("documents/balance.json", json.dumps(asked).encode())
        documents = (FileRecord("documents", "documents/balance.json", 0, 1, ""),)
    return StageOutput(directory, Manifest("questions", "f" * 16, (), documents))


def test_every_group_has_what_is_there(tmp_path: Path) -> None:
    rows = [("country kind", "india", "open", 6), ("country kind", "india", "choice", 9), ("language", "sw", "open", 6)]
    sums = Sums([pa.Table.from_pylist([dict(zip(TALLIES.names, row, strict=True)) for row in rows], schema=TALLIES)])
    directory = open_storage(str(tmp_path))
    assert reached(questions(directory, None), sums, {}) is None
    found = reached(questions(directory, ASKED), sums, {"tail": {"open": 5, "choice": 1}})
    assert found is not None
    assert found["kinds"]["open"]["reached"] == 6
    assert found["kinds"]["open"]["by"]["country"] == {
        "india": {"possible": 60, "target": 6, "reached": 6}, "kenya": {"possible": 30, "target": 4, "reached": 0},
    }  # fmt: skip
    assert found["kinds"]["open"]["by"]["popularity"] == {"tail": {"possible": 70, "target": 4, "reached": 5}}
    assert [(kind, name) for kind, name, _ in short_groups(found, "country")] == [("open", "kenya")]
    assert [name for _, name, _ in short_groups(found, "language")] == ["sw"]
    assert list(short_groups(found, "domain")) == []
