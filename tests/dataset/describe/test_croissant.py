"""Croissant metadata as its own library reads them: valid, and leading to every row."""

from __future__ import annotations

import hashlib
import json
import shutil
from pathlib import Path
from typing import Any

import mlcroissant
import pytest

from pipeline.schema import INDEX
from tests.dataset.describe.made import Made


@pytest.fixture
def beside(made: Made, tmp_path: Path) -> Path:
    """The metadata where a reader wants them: in the folder that their paths start from."""
    shutil.copytree(made.output.directory.uri.removeprefix("file://"), tmp_path / "set")
    return Path(shutil.copy(tmp_path / "set" / "documents" / "croissant.json", tmp_path / "set" / "croissant.json"))


def read(value: Any) -> Any:
    return value.decode() if isinstance(value, bytes) else value


def test_it_is_valid_and_every_record_is_a_row(made: Made, beside: Path) -> None:
    dataset = mlcroissant.Dataset(beside)
    assert not dataset.metadata.issues.errors
    # When it is published is not known here.
    assert all("datePublished" in warning for warning in dataset.metadata.issues.warnings)
    found = [{name.partition("/")[2]: read(value) for name, value in row.items()} for row in dataset.records("index")]
    expected = made.output.read("index").to_pylist()
    assert list(found[0]) == INDEX.names
    assert sorted(found, key=lambda row: row["qa_id"]) == sorted(expected, key=lambda row: row["qa_id"])


def test_a_record_of_the_shards_has_picture_and_questions(made: Made, beside: Path) -> None:
    rows = {(row["qid"], row["sha256"]): row for row in made.output.read("shards").to_pylist()}
    found = list(mlcroissant.Dataset(beside).records("shards"))
    assert len(found) == len(rows)
    for record in found:
        row = rows[record["shards/qid"], read(record["shards/sha256"])]
        assert record["shards/image"].size == (row["width"], row["height"])
        assert [read(text) for text in record["shards/items.question"]] == [item["question"] for item in row["items"]]
        assert record["shards/items.passes"] == [item["passes"] for item in row["items"]]


def test_files_are_named_with_their_bytes(beside: Path) -> None:
    metadata = json.loads(beside.read_bytes())
    files = [node for node in metadata["distribution"] if node["@type"] == "cr:FileObject"]
    assert {node["contentUrl"] for node in files} == {
        str(path.relative_to(beside.parent)) for name in ("shards", "index")
        for path in (beside.parent / "tables" / name).iterdir()
    }  # fmt: skip
    for node in files:
        data = (beside.parent / node["contentUrl"]).read_bytes()
        assert (node["sha256"], node["contentSize"]) == (hashlib.sha256(data).hexdigest(), f"{len(data)} B")
    assert metadata["inLanguage"] == ["ar", "en", "he", "nb", "sw", "zh"]
    assert set(metadata["license"][1:]) == {"CC0", "CC BY 4.0", "CC BY-SA | 3.0 <de>"}
