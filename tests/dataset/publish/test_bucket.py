"""A bucket that is published to, stopped anywhere, damaged, published to again."""

from __future__ import annotations

import itertools
from pathlib import Path

import pytest

from pipeline.commit import MANIFEST
from pipeline.dataset.publish.bucket import Bucket
from pipeline.dataset.publish.run import publish
from pipeline.errors import StorageError, UserError, VerificationError
from pipeline.storage import Storage, open_storage
from tests.kit.exported import contents, exported, some_files
from tests.kit.fused_storage import Fuse, FusedStorage, Killed
from tests.kit.proxy import FaultyProxy
from tests.kit.seaweed import SeaweedServer


def test_all_files_are_there_and_the_manifest_came_last(tmp_path: Path, storage: Storage) -> None:
    source, fuse = exported(tmp_path / "a", some_files()), Fuse()
    done = publish(source, Bucket(FusedStorage(storage, fuse)))
    assert contents(storage) == contents(source)
    assert (done.num_files, done.num_sent, done.num_deleted) == (len(some_files()) + 1, len(some_files()), 0)
    written = [path for path in fuse.paths("write") if not path.startswith(".publishing/")]
    assert written[-1] == MANIFEST


def test_what_is_there_is_not_sent_again_and_what_is_damaged_is(tmp_path: Path, storage: Storage) -> None:
    source = exported(tmp_path / "a", some_files())
    publish(source, Bucket(storage))
    fuse = Fuse()
    assert publish(source, Bucket(FusedStorage(storage, fuse))).num_sent == 0
    assert not fuse.paths("write")
    assert not fuse.paths("delete")
    damaged, path = bytearray(storage.read("pictures/train-000002.parquet")), "pictures/train-000002.parquet"
    damaged[7] ^= 1
    storage.write(path, bytes(damaged))
    storage.delete("empty.txt")
    assert publish(source, Bucket(storage)).num_sent == 2
    assert contents(storage) == contents(source)


def test_a_new_publication_leaves_nothing_of_the_earlier_one(tmp_path: Path, storage: Storage) -> None:
    publish(exported(tmp_path / "a", some_files(0)), Bucket(storage))
    storage.write("notes/of-somebody.txt", b"not ours")
    source = exported(tmp_path / "b", some_files(1, num_large=3))
    done = publish(source, Bucket(storage))
    assert done.num_sent == 2, "the table of questions and the card changed"
    assert done.num_deleted == 4
    assert contents(storage) == {**contents(source), "notes/of-somebody.txt": b"not ours"}


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
def test_killed_at_any_operation_the_next_publication_ends_right(tmp_path: Path, after: bool) -> None:
    """An earlier publication stands; a second is killed at operation n; a third, of other files, is to be alone."""
    first = exported(tmp_path / "a", some_files(0, num_large=1, size=50))
    second = exported(tmp_path / "b", some_files(1, num_large=2, size=50))
    third = exported(tmp_path / "c", some_files(2, num_large=1, size=50))
    expected = {"second": contents(second), "third": contents(third)}
    for number in itertools.count(1):
        storage, fuse = open_storage(str(tmp_path / f"to-{number}")), Fuse(number, after)
        publish(first, Bucket(storage))
        try:
            publish(second, Bucket(FusedStorage(storage, fuse)))
            break
        except Killed:
            there = contents(storage)
            if MANIFEST in there:
                whole = contents(first) if there[MANIFEST] == contents(first)[MANIFEST] else expected["second"]
                assert there.items() >= whole.items(), "a manifest stands only beside all its files"
        name, source = ("second", second) if number % 2 else ("third", third)
        publish(source, Bucket(storage))
        assert contents(storage) == expected[name], f"killed at operation {number}"
    assert number > 20


def test_a_prefix_with_other_things_is_refused(tmp_path: Path, storage: Storage) -> None:
    storage.write("thesis.pdf", b"mine")
    with pytest.raises(UserError, match=r"--to .*: is not empty \(thesis.pdf\) and holds no publication"):
        publish(exported(tmp_path / "a", some_files()), Bucket(storage))
    storage.write(MANIFEST, b"{}")
    with pytest.raises(VerificationError, match=r"manifest.json: it is no manifest of an export"):
        publish(exported(tmp_path / "a", some_files()), Bucket(storage))
    assert set(contents(storage)) == {"thesis.pdf", MANIFEST}


class Liar(FusedStorage):
    """Changes a byte of what is written to one path."""

    def write(self, path: str, data: bytes) -> None:
        super().write(path, b"X" + data[1:] if path == "statistics.json" else data)


def test_bytes_that_changed_on_the_way_are_found(tmp_path: Path) -> None:
    storage = open_storage(str(tmp_path / "to"))
    with pytest.raises(VerificationError, match=r"--to .*/statistics.json: its bytes are not those"):
        publish(exported(tmp_path / "a", some_files()), Bucket(Liar(storage, Fuse())))
    assert storage.stat(MANIFEST) is None
    source = open_storage(str(tmp_path / "a"))
    publish(source, Bucket(storage))
    assert contents(storage) == contents(source)


@pytest.mark.s3
def test_large_objects_go_in_parts_through_a_bad_network(tmp_path: Path, proxy: FaultyProxy, s3_uri: str) -> None:
    source = exported(tmp_path / "a", {"pictures/large.tar": b"tar" * 13_000_000, **some_files(num_large=2)})
    storage = open_storage(s3_uri)
    proxy.next("drop", method="PUT", path="partNumber=2")
    proxy.next("slow_down", method="PUT", path="partNumber=3")
    proxy.next("lose_answer", method="PUT", path="statistics.json")
    proxy.next("cut", method="GET", path="README.md")
    publish(source, Bucket(storage))
    assert contents(storage) == contents(source)
    assert sum("partNumber=" in seen.path and seen.fault is None for seen in proxy.seen) == 3


@pytest.mark.s3
def test_a_bucket_to_a_bucket(tmp_path: Path, s3_uri: str) -> None:
    publish(exported(tmp_path / "a", some_files()), Bucket(open_storage(f"{s3_uri}/one")))
    publish(open_storage(f"{s3_uri}/one"), Bucket(open_storage(f"{s3_uri}/two")))
    assert contents(open_storage(f"{s3_uri}/two")) == contents(open_storage(str(tmp_path / "a")))


@pytest.mark.s3
def test_a_key_that_may_only_read_is_told(
    tmp_path: Path, seaweed: SeaweedServer, s3_uri: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in seaweed.environment(read_only=True).items():
        monkeypatch.setenv(name, value)
    with pytest.raises(StorageError, match=r"--to: s3://.*: cannot write: access denied"):
        publish(exported(tmp_path / "a", some_files()), Bucket(open_storage(s3_uri)))
