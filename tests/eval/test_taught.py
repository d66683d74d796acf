"""What an evaluation knows of the training data: samples of an entity, pictures, how much of a benchmark is in it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from eval.errors_shown import shown
from eval.overlap import overlaps
from eval.tasks.stored import row as stored_row
from eval.tasks.task import Item
from eval.taught import Taught
from pipeline.commit import CommitRecord, Counts, Manifest
from pipeline.dataset.protected.keys import hash_or_none, picture_hash
from pipeline.schema import TABLES
from pipeline.stage import StageOutput
from pipeline.storage import Storage, open_storage
from pipeline.tables import write_table
from tests.eval.predicted import predicted
from tests.kit.assembled import all_rows, three_shards
from tests.sample.drawn import drawings

Row = dict[str, Any]
EMPTY = {pa.string(): "", pa.int64(): 0, pa.int32(): 0, pa.int16(): 0, pa.bool_(): False}


def table(name: str, rows: list[Row]) -> pa.Table:
    """Rows of a table with what is not told filled in."""
    filled = [
        {field.name: None if field.nullable else EMPTY.get(field.type, []) for field in TABLES[name]} | row
        for row in rows
    ]
    return pa.Table.from_pylist(filled, schema=TABLES[name])


def output_of(storage: Storage, stage: str, parts: list[tuple[str, list[Row]]]) -> StageOutput:
    """A complete stage with one table's rows in each part."""
    directory = storage.child(f"{stage}/by-hand")
    commits = tuple(
        CommitRecord(
            stage, f"{number:06d}", None, Counts("rows", len(rows), len(rows)),
            (write_table(directory, name, f"{number:06d}", table(name, rows)),),
        )
        for number, (name, rows) in enumerate(parts)
    )  # fmt: skip
    return StageOutput(directory, Manifest(stage, "by-hand", commits))


@pytest.fixture
def taught(tmp_path: Path) -> Taught:
    """Three shards with their index; the pictures of four entities are drawings of the sample."""
    storage = open_storage(str(tmp_path))
    shards = three_shards(storage.child("assemble/by-hand"))
    index, images = [], []
    for commit in shards.manifest.commits:
        [file] = commit.files
        rows = replace(shards, manifest=Manifest("assemble", "", (commit,))).read("shards").to_pylist()
        for place, row in enumerate(rows):
            index += [
                {**{name: item[name] for name in ("qa_id", "language", "kind", "property")}, "shard": commit.partition,
                 "row": place, "item": number, **{name: row[name] for name in ("qid", "sha256", "split")}}
                for number, item in enumerate(row["items"])
            ]  # fmt: skip
            images.append(
                {"qid": row["qid"], "sha256": row["sha256"], "phash": picture_hash(drawings()[row["qid"] % 4])}
            )
        assert file.rows == len(rows)
    directory = shards.directory
    file = write_table(directory, "index", "000000", table("index", index))
    first, *others = shards.manifest.commits
    commits = (replace(first, files=(*first.files, file)), *others)
    indexed = StageOutput(directory, Manifest("assemble", "by-hand", commits))
    return Taught(indexed, output_of(storage, "images", [("images", images)]))


def test_entities_and_pictures_are_those_of_the_training_split(taught: Taught) -> None:
    train = all_rows(taught.assemble, "train")
    assert taught.qids().tolist() == sorted({row["qid"] for row in train})
    digests = {row["sha256"] for row in train}
    images = taught.images.read("images").to_pylist()
    assert set(taught.phashes().tolist()) == {row["phash"] & (2**64 - 1) for row in images if row["sha256"] in digests}


def test_samples_of_an_entity_come_in_the_language_first_and_from_training_alone(taught: Taught) -> None:
    found = taught.samples({11: "zh", 12: "de", 999: "de"})
    assert found.keys() == {11}, "12 is held out, 999 is nobody"
    assert [sample.language for sample in found[11]] == ["zh", "zh", "zh"]
    [row] = [row for row in all_rows(taught.assemble, "train") if row["qid"] == 11]
    told = {item["qa_id"]: item for item in row["items"]}
    for sample in found[11]:
        assert sample.question == told[sample.qa_id]["question"]
        assert list(sample.statement_ids) == told[sample.qa_id]["statement_ids"]


def test_a_benchmark_overlaps_by_entity_and_by_picture(taught: Taught, tmp_path: Path) -> None:
    item = Item("1", "en", None, (), "?", "open", (), ("a",), None, {}, "1")
    unlike, alike = drawings()[10], drawings()[1]
    rows = [
        stored_row("merlin", replace(item, item_id="1", qid=11, pictures=(unlike,), cluster="u")),
        stored_row("merlin", replace(item, item_id="2", qid=12, pictures=(alike,), cluster="a")),
        stored_row("merlin", replace(item, item_id="3", qid=0, pictures=(alike,), cluster="a")),
        stored_row("marvl", replace(item, item_id="1", pictures=(b"no picture",), cluster="n")),
        stored_row("marvl", replace(item, item_id="2")),
    ]
    benchmarks = output_of(
        open_storage(str(tmp_path)), "benchmarks", [("benchmark_items", rows[:2]), ("benchmark_items", rows[2:])]
    )
    marvl, merlin = overlaps(benchmarks, taught.qids(), taught.phashes(), hash_or_none)
    assert (merlin.num_items, merlin.by_qid, merlin.by_picture) == (3, 1, 2)
    assert (marvl.num_items, marvl.by_qid, marvl.by_picture) == (2, None, None)
    [_, nothing] = overlaps(benchmarks, np.empty(0, np.int64), np.empty(0, np.uint64), hash_or_none)
    assert (nothing.by_qid, nothing.by_picture) == (0, 0)


def test_errors_are_shown_with_their_pictures_and_samples(taught: Taught, tmp_path: Path) -> None:
    [held_out] = [row for row in all_rows(taught.assemble, "test") if row["qid"] == 12]
    item = Item("7", "en", None, (b"one", b"two"), "?", "open", (), ("a",), None, {}, "c")
    benchmarks = output_of(
        open_storage(str(tmp_path)), "benchmarks",
        [("benchmark_items", [stored_row("cvqa", item)]), ("benchmark_items", [stored_row("xgqa", item)])],
    )  # fmt: skip
    predictions = [
        predicted("7", 0.0, task="xgqa", model="trained", qid=11, cluster="c"),
        predicted("7", 0.0, task="xgqa", model="base", qid=11, cluster="c"),
        predicted("9", 0.0, task="culturalground", model="trained", qid=12, cluster=held_out["sha256"]),
        predicted("10", 1.0, task="culturalground", model="trained", qid=12, cluster=held_out["sha256"]),
    ]
    errors = {error.prediction["task"]: error for error in shown(predictions, "base", benchmarks, taught)}
    assert errors.keys() == {"xgqa", "culturalground"}
    assert errors["xgqa"].picture == b"one"
    assert len(errors["xgqa"].samples) == 3
    assert errors["xgqa"].baseline is not None
    assert errors["culturalground"].picture == held_out["image"]
    assert errors["culturalground"].samples == ()
    alone = shown(predictions, None, benchmarks, None)
    assert {error.prediction["model"] for error in alone} == {"base", "trained"}
