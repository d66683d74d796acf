"""What is said when files of labels are not what was written."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from pipeline.errors import StorageError, VerificationError
from pipeline.storage import open_storage
from pipeline.wikidata.label_ranges import FOLDER, RangedLabels, published_labels
from pipeline.wikidata.label_sorting import sort_into_ranges
from tests.kit.fused_storage import Fuse, FusedStorage
from tests.wikidata.label_tables import labels_of


@pytest.fixture
def labels(tmp_path: Path) -> RangedLabels:
    return sort_into_ranges([labels_of([1, 2])], open_storage(str(tmp_path)))


def test_only_ranges_that_hold_wanted_items_are_opened(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    fuse = Fuse()
    stage = FusedStorage(open_storage(str(tmp_path / "stage")), fuse)
    labels = sort_into_ranges([labels_of([1, 2 << 20, 9 << 20])], stage)
    fuse.operations.clear()
    labels.of(np.array([(2 << 20) + 5, 2 << 20, 4 << 20]))
    assert fuse.paths("read") == [labels.files[2].path]


@pytest.mark.parametrize("damage", ["gone", "cut off"])
def test_a_damaged_file_is_named(labels: RangedLabels, damage: str) -> None:
    path = labels.files[0].path
    data = labels.directory.read(path)
    labels.directory.delete(path)
    if damage == "cut off":
        labels.directory.write(path, data[: len(data) // 2])
    with pytest.raises(VerificationError) as caught:
        labels.of(np.array([1]))
    assert path in str(caught.value)
    assert f"delete {labels.directory.uri}/{FOLDER} and run again" in str(caught.value)


def test_a_damaged_index_is_named(labels: RangedLabels) -> None:
    labels.directory.write(f"{FOLDER}/index.json", b'{"0": {"path": "x"}}')
    with pytest.raises(VerificationError, match=r"index\.json: is not an index that a run wrote .* delete it"):
        published_labels(labels.directory)


def test_a_full_temporary_disk_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("pyarrow.output_stream", full)
    with pytest.raises(StorageError, match="No space left on device; free space, or name a larger disk in TMPDIR"):
        sort_into_ranges([labels_of([1])], open_storage(str(tmp_path)))
