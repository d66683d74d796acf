"""`arrange` and `assemble` on rows made by hand: the same shards however the work was cut, nothing parted or lost."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from pipeline.dataset.arrange import ArrangeStage
from pipeline.dataset.assemble import AssembleStage
from pipeline.dataset.filters import LeftOut, Passing, filters_of, leave_out
from pipeline.dataset.order import place_of
from pipeline.dataset.settings import Assemble
from pipeline.errors import InputError
from pipeline.picture_store import PictureStore
from pipeline.review.acceptance import Reviewed
from pipeline.stage import Inputs, StageOutput
from pipeline.storage import Storage, open_storage
from pipeline.tables import read_table
from tests.dataset.world import NEAR, NO_ITEMS, NUM, SAME, SHARED, UNTRUE, World, world
from tests.kit.toy import run_toy
from tests.training.toy import toy_model

Row = dict[str, Any]


def config(**changes: Any) -> Assemble:
    return Assemble(
        **{"validation": 0.2, "test": 0.2, "shard_mb": 0.04, "rows_per_partition": 13, "alike": None, **changes}
    )


def arranged(output: Storage, given: World, settings: Assemble, *filters: Any) -> StageOutput:
    stage = ArrangeStage(settings)
    stage.filters = (*stage.filters, *filters)
    return run_toy(stage, output, given.inputs)


def assembled(output: Storage, given: World, settings: Assemble) -> StageOutput:
    inputs = {**given.inputs, "arrange": arranged(output, given, settings)}
    return run_toy(AssembleStage(settings, "run", output, Reviewed()), output, inputs)


def rows_of(output: StageOutput, table: str) -> dict[str, list[Row]]:
    """Partition -> rows."""
    return {
        commit.partition: [
            row
            for file in commit.files
            if file.table == table
            for row in read_table(output.directory, file.path).to_pylist()
        ]
        for commit in output.manifest.commits
    }


def digests(output: StageOutput) -> dict[str, str]:
    return {file.path: file.sha256 for commit in output.manifest.commits for file in commit.files}


@pytest.fixture(autouse=True)
def undrawn(monkeypatch: pytest.MonkeyPatch) -> None:
    """Plots have tests of their own, and take longer than all else here."""
    monkeypatch.setattr("pipeline.dataset.describe.documents.plots", lambda *numbers: [])


@pytest.fixture
def output(tmp_path: Path) -> Storage:
    return open_storage(str(tmp_path / "run"))


@pytest.mark.parametrize(("per_file", "rows_per_partition"), [(11, 5), (3, 1000), (50, 9)])
def test_the_bytes_do_not_depend_on_how_the_work_was_cut(
    output: Storage, tmp_path: Path, per_file: int, rows_per_partition: int
) -> None:
    one = assembled(output, world(output), config())
    again = open_storage(str(tmp_path / "again"))
    other = assembled(again, world(again, per_file), config(rows_per_partition=rows_per_partition))
    assert digests(one) == digests(other)
    assert len(one.manifest.commits) > 5
    read = [{document.path: document.sha256 for document in each.manifest.documents} for each in (one, other)]
    # They tell the settings by which the work was cut.
    told = {f"documents/{name}" for name in ("README.md", "croissant.json", "provenance.json")}
    assert read[0].keys() == read[1].keys()
    assert {path for path in read[0] if read[0][path] != read[1][path]} <= told


def test_every_picture_with_questions_is_there_once_in_the_order_of_the_seed(output: Storage) -> None:
    given = world(output)
    found = {seed: rows_of(assembled(output, given, config(seed=seed)), "shards") for seed in (0, 5)}
    for seed, shards in found.items():
        asked = {row["qid"]: row["items"] for row in given.judged if row["items"]}
        rows = [row for shard in shards.values() for row in shard]
        assert len(rows) == len(asked) == NUM - 2
        for row in rows:
            assert [item["qa_id"] for item in row["items"]] == [item["qa_id"] for item in asked[row["qid"]]]
            assert row["image"] == PictureStore(output).load(row["sha256"])
        for split in ("train", "validation", "test"):
            inside = [row for name, shard in sorted(shards.items()) if name.startswith(split) for row in shard]
            assert {row["split"] for row in inside} == {split}
            places = [place_of(row["sha256"], seed) for row in inside]
            assert places == sorted(places)
    qids = [[row["qid"] for name in sorted(shards) for row in shards[name]] for shards in found.values()]
    assert qids[0] != qids[1] != sorted(qids[1])


def test_shards_are_of_the_size_that_is_asked_for(output: Storage) -> None:
    given = world(output)
    for shard_mb in (0.02, 0.05, 10):
        shards = rows_of(assembled(output, given, config(shard_mb=shard_mb)), "shards")
        sizes = [sum(len(row["image"]) for row in rows) for name, rows in shards.items() if name.startswith("train")]
        largest = max(len(row["image"]) for rows in shards.values() for row in rows)
        assert max(sizes) <= shard_mb * 1e6 + largest
        assert (len(sizes) > 1) == (shard_mb < 1)


@pytest.mark.parametrize("shares", [0.1, 0.3, 0.45])
def test_what_belongs_together_is_in_one_split(output: Storage, shares: float) -> None:
    given = world(output)
    found = arranged(output, given, config(validation=shares, test=shares)).read("arranged").to_pylist()
    group = {row["qid"]: row["group"] for row in found}
    split = {row["qid"]: row["split"] for row in found}
    assert {group[qid] for qid in SHARED} == {1}
    assert {group[qid] for qid in NEAR} == {3}
    assert {group[qid] for qid in SAME} == {6}, "through one that has no picture"
    assert [group[qid] for qid in (*UNTRUE, *UNTRUE.values())] == [9, 10]
    joined = {*SHARED, *NEAR, *SAME}
    assert all(group[qid] == qid for qid in group.keys() - joined)
    for row in found:
        assert split[row["qid"]] == split[group[row["qid"]]]
    assert len(set(split.values())) == 3
    of_picture = {row["sha256"]: row["split"] for row in found}
    assert all(of_picture[row["sha256"]] == row["split"] for row in found)


class OneIn:
    """Leaves out every n-th item, and all of one entity."""

    def deciding(self) -> dict[str, Any]:
        return {"filter": "one in three"}

    def prepare(self, inputs: Inputs, directory: Storage) -> int:
        return inputs["judge"].num_rows("judged") % 47 + 3

    def reasons(self, rows: Sequence[Row], prepared: int) -> Mapping[int, LeftOut]:
        ids = [item["qa_id"] for row in rows for item in row["items"]]
        third = {qa_id: LeftOut("third") for qa_id in ids if qa_id % prepared == 0}
        return {**third, **{qa_id: LeftOut("entity", "Q12") for qa_id in ids if qa_id // 10 == 12}}


def test_what_a_filter_takes_is_counted_by_reason_and_nothing_else_goes(output: Storage) -> None:
    given = world(output)
    plain, filtered = arranged(output, given, config()), arranged(output, given, config(), OneIn())
    assert plain.directory.uri != filtered.directory.uri
    before, after = (
        {item["qa_id"] for row in each.read("arranged").to_pylist() for item in row["items"]}
        for each in (plain, filtered)
    )
    gone = {qa_id for qa_id in before if qa_id % 3 == 0 or qa_id // 10 == 12}
    assert after == before - gone
    counts = filtered.manifest.counts
    entity = sum(qa_id // 10 == 12 for qa_id in gone)
    told = {row["qa_id"]: (row["reason"], row["evidence"]) for row in filtered.read("left_out").to_pylist()}
    assert told == {qa_id: ("entity", "Q12") if qa_id // 10 == 12 else ("third", None) for qa_id in gone}
    assert plain.num_rows("left_out") == 0
    assert counts.details == {
        "items": len(after), "left out: entity": entity, "left out: third": len(gone) - entity,
    }  # fmt: skip
    emptied = {qa_id // 10 for qa_id in before} - {qa_id // 10 for qa_id in after}
    assert counts.not_selected == {"no_item_left": len(emptied), "no_question": 1}
    assert counts.balance() == 0
    assert NO_ITEMS not in {row["qid"] for row in filtered.read("arranged").to_pylist()}


def test_what_benchmarks_hold_is_left_out_of_all_splits(output: Storage, tmp_path: Path) -> None:
    given = world(output)
    benchmark = tmp_path / "benchmark.jsonl"
    benchmark.write_text('{"qid": "Q12"}\n{"phash": 14}\n')
    settings = config(protected=(str(benchmark),), protected_bits=0)
    plain, without = arranged(output, given, config()), arranged(output, given, settings)
    before, after = (
        [item["qa_id"] for row in each.read("arranged").to_pylist() for item in row["items"]]
        for each in (plain, without)
    )
    assert sorted(set(before) - set(after)) == [qa_id for qa_id in sorted(before) if qa_id // 10 in (12, 14)]
    assert without.manifest.counts.details == {
        "items": len(after), "left out: protected_qid:benchmark": 1, "left out: protected_picture:benchmark": 3,
    }  # fmt: skip
    report = without.directory.read("documents/overlaps.md").decode()
    assert "| benchmark | 2 | 1 | 1 | 0 | 1 | 3 | 0 |" in report
    assert "## benchmark, the same picture: 3 items of 1 pictures" in report
    assert "| Q12 | en | From which country is thing 12? | Q12 |" in report
    benchmark.write_text('{"qid": "Q13"}\n')
    assert arranged(output, given, settings).directory.uri != without.directory.uri
    absent = config(protected=(str(tmp_path / "nothing.jsonl"),))
    for tell in (ArrangeStage(absent).check, lambda: arranged(output, given, absent)):
        with pytest.raises(InputError, match=r"nothing\.jsonl: is not there"):
            tell()


def test_passing_keeps_only_what_passes() -> None:
    known = {"qid": 1, "language": "en", "question": "?"}
    items = [{"qa_id": 1, "passes": True}, {"qa_id": 2, "passes": False}, {"qa_id": 3}]
    rows = [{"sha256": "a", "items": [{**known, **each} for each in part]} for part in (items[:2], items[2:])]
    kept, gone = leave_out(rows, filters_of(config(keep="passing")), [None])
    assert [[item["qa_id"] for item in row["items"]] for row in kept] == [[1], []]
    assert [(row["qa_id"], row["reason"]) for row in gone] == [(2, "not_passing"), (3, "not_judged")]
    assert filters_of(config()) == ()
    assert Passing().reasons([], None) == {}


def test_token_counts_stand_in_the_index(output: Storage, tmp_path: Path) -> None:
    processor = toy_model(1)[1]
    processor.save_pretrained(tmp_path / "processor")
    from training.data.encode import encode

    given = world(output)
    plain = assembled(output, given, config())
    counted = assembled(output, given, config(processor=str(tmp_path / "processor")))
    assert plain.directory.uri != counted.directory.uri
    assert set(plain.read("index").column("num_text_tokens").to_pylist()) == {None}
    shards, index = rows_of(counted, "shards"), counted.read("index").to_pylist()
    assert rows_of(plain, "shards") == shards
    for entry in index:
        row = shards[entry["shard"]][entry["row"]]
        ids = encode(processor, row["image"], row["items"][entry["item"]]).input_ids.tolist()
        assert entry["num_image_tokens"] == ids.count(processor.image_token_id)
        assert entry["num_text_tokens"] == len(ids) - entry["num_image_tokens"]
