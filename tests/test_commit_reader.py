from __future__ import annotations

from pathlib import Path

import pytest

from pipeline.commit import MANIFEST, commit_path, load_manifest, take_back
from pipeline.commit_reader import CommitReader
from pipeline.storage import open_storage
from tests.kit.fused_storage import Fuse, FusedStorage
from tests.kit.toy import Fail, Numbers, run_toy


def test_only_what_is_new_or_changed_is_read(tmp_path: Path) -> None:
    storage, reader, fuse = open_storage(str(tmp_path)), CommitReader(), Fuse()
    with pytest.raises(OSError, match="gone"):
        run_toy(Numbers(before=Fail(OSError("gone"), frozenset(["000002"]))), storage)
    [fingerprint] = storage.folders("numbers/")
    directory = storage.child(f"numbers/{fingerprint}")
    watched = FusedStorage(directory, fuse)
    assert [record.partition for record in reader.commits(watched)] == ["000000", "000001"]
    assert reader.manifest(watched) is None
    take_back(directory, reader.commits(watched)[0])
    assert [record.partition for record in reader.commits(watched)] == ["000001"]
    assert [record.partition for record in reader.taken_back(watched)] == ["000000"]
    run_toy(Numbers(), storage)
    directory.delete(MANIFEST)
    assert [record.partition for record in reader.commits(watched)] == [f"{n:06d}" for n in range(4)]
    read = [path for path in fuse.paths("read") if path.startswith("commits/")]
    again = [commit_path(f"{n:06d}") for n in (0, 2, 3)]
    assert sorted(read) == sorted([commit_path("000000"), commit_path("000001"), *again])


def test_a_manifest_is_read_once_and_again_when_it_is_another(tmp_path: Path) -> None:
    storage, reader, fuse = open_storage(str(tmp_path)), CommitReader(), Fuse()
    directory = run_toy(Numbers(bad=frozenset([1]), max_quarantined=1.0), storage).directory
    watched = FusedStorage(directory, fuse)
    for _ in range(3):
        assert reader.manifest(watched) == load_manifest(directory)
    assert fuse.paths("read") == [MANIFEST]
    assert len(reader.commits(watched)) == 4
    directory.delete(MANIFEST)
    assert reader.manifest(watched) is None
    run_toy(Numbers(bad=frozenset([1]), max_quarantined=1.0), storage)
    assert reader.manifest(watched) == load_manifest(directory)
