"""Labels in memory and labels in files by range are the same labels, wherever memory ends."""

from __future__ import annotations

import pickle
import tempfile
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.storage import Storage, open_storage
from pipeline.wikidata import label_loading
from pipeline.wikidata.label_loading import load_labels
from pipeline.wikidata.label_ranges import RANGE_BITS, RangedLabels
from pipeline.wikidata.labels import LabelIndex
from tests.kit.fused_storage import Fuse, FusedStorage, Killed
from tests.wikidata.label_tables import extract_of, labels_of

UNBOUNDED = 1e12
# Few items, so that they come again; around the edges of ranges, and far away.
items = st.sampled_from([1, 2, 7, (1 << RANGE_BITS) - 1, 1 << RANGE_BITS, (1 << RANGE_BITS) + 1, 139_999_999])
lists_of_items = st.lists(items, max_size=12)


@given(st.lists(lists_of_items, min_size=1, max_size=5), lists_of_items, lists_of_items, st.floats(0, 3000))
def test_both_ways_give_the_same_labels(
    labelled: list[list[int]], candidates: list[int], asked: list[int], most_bytes: float
) -> None:
    """Where memory ends after some files, those held and those to come are joined in their order."""
    tables = [labels_of(qids, 100 * number) for number, qids in enumerate(labelled)]
    wanted = np.array([*asked, 0], np.int64)
    with tempfile.TemporaryDirectory() as folder:
        extract = extract_of(open_storage(f"{folder}/extract"), tables, candidates)
        in_memory = load_labels(extract, UNBOUNDED, open_storage(f"{folder}/memory"))
        bounded = load_labels(extract, most_bytes, open_storage(f"{folder}/bounded"))
        in_files = load_labels(extract, -1, open_storage(f"{folder}/files"))
        assert isinstance(in_memory, LabelIndex)
        assert isinstance(in_files, RangedLabels)
        expected = in_memory.of(wanted)
        for labels in (bounded, in_files):
            found = labels.of(wanted)
            found.validate(full=True)
            assert found.equals(expected)
            assert found.type == expected.type
    named = [(row["qid"], row["label"]) for table in tables for row in table.to_pylist() if row["qid"] in candidates]
    assert [[label["label"] for label in own] for own in expected.to_pylist()] == [
        [name for qid, name in named if qid == item] for item in wanted
    ]


def test_text_that_one_array_cannot_hold_goes_to_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    extract = extract_of(open_storage(str(tmp_path / "extract")), [labels_of([1, 2, 3])], [1, 2])
    monkeypatch.setattr(label_loading, "MOST_BYTES_OF_A_COLUMN", 10)
    labels = load_labels(extract, UNBOUNDED, open_storage(str(tmp_path / "stage")))
    assert isinstance(labels, RangedLabels)
    assert [len(own) for own in labels.of(np.array([3, 2, 1])).to_pylist()] == [0, 1, 1]


def test_what_is_sent_to_workers_is_small_and_goes_on_there(storage: Storage, monkeypatch: pytest.MonkeyPatch) -> None:
    """On S3 the files are read from the machine's copies, the second time without asking the server."""
    monkeypatch.setattr(tempfile, "tempdir", tempfile.mkdtemp(dir=tempfile.gettempdir()))
    qids = [int(qid) for qid in np.random.default_rng(1).integers(1, 140_000_000, 2000)]
    extract = extract_of(storage.child("extract"), [labels_of(qids)], qids)
    labels = load_labels(extract, 0, storage.child("stage"))
    sent = pickle.dumps(labels)
    assert len(sent) < 40_000
    asked = np.array(qids[::-1] * 2)
    expected = load_labels(extract, UNBOUNDED, storage.child("other")).of(asked)
    there: RangedLabels = pickle.loads(sent)
    assert there.of(asked).equals(expected)
    fuse = Fuse()
    again = RangedLabels(FusedStorage(there.directory, fuse), there.files)
    assert again.of(asked).equals(expected)
    assert bool(fuse.operations) == (type(storage).__name__ == "LocalStorage"), "copies are made of what lies elsewhere"


def test_whenever_building_is_killed_the_next_attempt_ends_alike(tmp_path: Path) -> None:
    qids = [1, 5, 1 << RANGE_BITS, 1, 3 << RANGE_BITS]
    extract = extract_of(open_storage(str(tmp_path / "extract")), [labels_of(qids), labels_of(qids, 50)], qids)
    whole = open_storage(str(tmp_path / "whole"))
    expected = load_labels(extract, 0, whole).of(np.array(qids))
    written = {info.path: whole.read(info.path) for info in whole.list()}
    burns_at = 0
    survived = False
    while not survived:
        burns_at += 1
        for after in (False, True):
            stage = open_storage(str(tmp_path / f"stage{burns_at}{after}"))
            try:
                load_labels(extract, 0, FusedStorage(stage, Fuse(burns_at, after)))
                survived = True
            except Killed:
                assert load_labels(extract, 0, stage).of(np.array(qids)).equals(expected)
                assert {info.path: stage.read(info.path) for info in stage.list()} == written
    assert burns_at > len(written)


def test_what_was_published_is_used_and_what_is_damaged_is_made_again(tmp_path: Path) -> None:
    extract = extract_of(open_storage(str(tmp_path / "extract")), [labels_of([1, 1 << RANGE_BITS])], [1, 1 << 20])
    stage = open_storage(str(tmp_path / "stage"))
    first = load_labels(extract, 0, stage)
    assert isinstance(first, RangedLabels)
    fuse = Fuse()
    for most_bytes in (0, UNBOUNDED):
        again = load_labels(extract, most_bytes, FusedStorage(stage, fuse))
        assert isinstance(again, RangedLabels)
        assert again.files == first.files
    assert fuse.paths("write") == []
    for damage in (lambda path: stage.delete(path), lambda path: stage.write(path, b"cut off")):
        damage(first.files[1].path)
        assert load_labels(extract, 0, stage) == RangedLabels(stage, first.files)
        assert stage.stat(first.files[1].path).size == first.files[1].size  # type: ignore[union-attr]
