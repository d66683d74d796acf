"""The contract of `Storage`, on a directory and on a real S3 server alike."""

from __future__ import annotations

import multiprocessing
import pickle
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pipeline.errors import StorageError
from pipeline.storage import Storage, open_object, open_storage

CREATORS = 8


def paths(storage: Storage, prefix: str = "") -> list[str]:
    return [info.path for info in storage.list(prefix)]


def test_what_was_written_is_read_and_replaced_and_deleted(storage: Storage) -> None:
    assert storage.stat("a/b.bin") is None
    storage.write("a/b.bin", b"first")
    before = storage.stat("a/b.bin")
    assert before is not None
    assert before.size == 5
    assert storage.read("a/b.bin") == b"first"
    storage.write("a/b.bin", b"other")
    after = storage.stat("a/b.bin")
    assert after is not None
    assert after.etag != before.etag, "the tag of other bytes is another"
    assert storage.read("a/b.bin") == b"other"
    storage.delete("a/b.bin")
    assert storage.stat("a/b.bin") is None
    storage.delete("a/b.bin")


@pytest.mark.parametrize("size", [0, 100, 40_000_000], ids=["empty", "small", "in-parts"])
def test_a_file_is_written_as_its_bytes_are(storage: Storage, tmp_path: Path, size: int) -> None:
    data = bytes(range(256)) * (size // 256) + b"x" * (size % 256)
    (tmp_path / "file").write_bytes(data)
    with (tmp_path / "file").open("rb") as file:
        storage.write_from("a/b", file)
    assert storage.read("a/b") == data


def test_empty_objects_and_long_non_latin_names_are_objects_too(storage: Storage) -> None:
    names = ["empty", "naïve/दीपावली 祭.json", "a+b&c%20d=é?.txt"]
    for name in names:
        storage.write(name, b"")
    assert sorted(paths(storage)) == sorted(names)
    assert all(storage.read(name) == b"" for name in names)
    assert [storage.read("empty", start, 3) for start in (0, 5)] == [b"", b""]


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(start=st.integers(0, 120), length=st.none() | st.integers(0, 120))
def test_a_ranged_read_is_a_slice_also_past_the_end(storage: Storage, start: int, length: int | None) -> None:
    data = bytes(range(100))
    if storage.stat("bytes") is None:
        storage.write("bytes", data)
    assert storage.read("bytes", start, length) == data[start : None if length is None else start + length]


def test_reading_what_is_not_there_names_it(storage: Storage) -> None:
    storage.write("folder/object", b"")
    for path in ("nothing", "folder/nothing", "folder"):
        with pytest.raises(StorageError, match=rf"{path}: cannot read: (there is no such|a folder stands)"):
            storage.read(path)
        assert storage.stat(path) is None


def test_create_leaves_what_is_there(storage: Storage) -> None:
    assert storage.create("a/once", b"first")
    assert not storage.create("a/once", b"second")
    assert not storage.create("a/once", b"first"), "not even the same bytes are created twice"
    assert storage.read("a/once") == b"first"


def test_one_of_many_threads_creates(storage: Storage) -> None:
    starting = threading.Barrier(CREATORS)

    def create(number: int) -> bool:
        starting.wait()
        return storage.create("lease/000001", b"%d" % number)

    with ThreadPoolExecutor(CREATORS) as pool:
        created = list(pool.map(create, range(CREATORS)))
    assert created.count(True) == 1
    assert storage.read("lease/000001") == b"%d" % created.index(True)


def _create_in_process(uri: str, number: int, starting: threading.Barrier) -> bool:
    starting.wait()
    return open_storage(uri).create("once", b"%d" % number * 10_000)


def test_one_of_many_processes_creates(tmp_path: Path) -> None:
    context = multiprocessing.get_context("fork")
    with context.Manager() as manager, context.Pool(CREATORS) as pool:
        starting = manager.Barrier(CREATORS)
        created = pool.starmap(_create_in_process, [(str(tmp_path), number, starting) for number in range(CREATORS)])
    assert created.count(True) == 1
    assert open_storage(str(tmp_path)).read("once") == b"%d" % created.index(True) * 10_000


OBJECTS = ["a", "a.txt", "a/1", "a/2/x", "ab/1", "b/.hidden", "b/1", "B/1", "ä/1"]


def test_a_prefix_means_the_same_on_both_kinds(storage: Storage) -> None:
    objects = [name for name in OBJECTS if name != "a"]
    for name in objects:
        storage.write(name, name.encode())
    for prefix in ("", "a", "a/", "a/2", "a/2/", "ab", "b/", "b/.", "c", "c/d/", "ä"):
        assert paths(storage, prefix) == sorted(name for name in objects if name.startswith(prefix)), prefix
    assert {info.path: info.size for info in storage.list()} == {name: len(name.encode()) for name in objects}


def test_folders_are_those_directly_below(storage: Storage) -> None:
    for name in ("top", "a/1/x", "a/2/y", "a/z", "b/1/x"):
        storage.write(name, b"")
    assert list(storage.folders()) == ["a", "b"]
    assert list(storage.folders("a/")) == ["1", "2"]
    assert list(storage.folders("a/1/")) == []
    assert list(storage.folders("nothing/")) == []


def test_a_child_is_the_folder_of_that_name(storage: Storage) -> None:
    child = storage.child("stage/0123").child("tables")
    child.write("x", b"1")
    assert storage.read("stage/0123/tables/x") == b"1"
    assert paths(child) == ["x"]
    assert child.uri == f"{storage.uri}/stage/0123/tables"
    storage.write("stage/0123x", b"")
    assert paths(storage.child("stage/0123")) == ["tables/x"], "a neighbour with a longer name is no child"


def test_a_pickled_storage_is_the_same_place(storage: Storage) -> None:
    storage.write("x", b"1")
    again = pickle.loads(pickle.dumps(storage))
    assert again.uri == storage.uri
    assert again.read("x") == b"1"
    assert len(pickle.dumps(storage)) < 1000, "it travels with every task"


def test_a_reader_never_sees_half_a_write(storage: Storage) -> None:
    contents = [bytes([number]) * 300_000 for number in range(4)]
    storage.write("x", contents[0])
    stop = threading.Event()

    def write() -> None:
        while not stop.is_set():
            for content in contents:
                storage.write("x", content)

    with ThreadPoolExecutor(1) as pool:
        writing = pool.submit(write)
        try:
            for _ in range(60):
                assert storage.read("x") in contents
        finally:
            stop.set()
        writing.result()


@pytest.mark.s3
def test_more_than_a_page_of_keys_is_listed(s3_uri: str) -> None:
    storage = open_storage(s3_uri)
    names = [f"commits/{number:06d}.json" for number in range(1050)]
    with ThreadPoolExecutor(16) as pool:
        list(pool.map(lambda name: storage.write(name, b"{}"), names))
    assert paths(storage, "commits/") == names


# Names.


def test_addresses() -> None:
    for uri, parts in {
        "s3://bucket/some/prefix/": ("bucket", "some/prefix"),
        "s3://bucket": ("bucket", ""),
    }.items():
        storage = open_storage(uri)
        assert (storage.bucket, storage.prefix) == parts  # type: ignore[attr-defined]
    assert open_storage("file:///some/where").uri == "/some/where"
    assert open_storage("runs/x").uri == str(Path("runs/x").absolute())
    storage, name = open_object("s3://bucket/dumps/latest.json.gz")
    assert (storage.uri, name) == ("s3://bucket/dumps", "latest.json.gz")
    storage, name = open_object("latest.json.gz")
    assert (storage.uri, name) == (str(Path.cwd()), "latest.json.gz")
    storage, name = open_object("/latest.json.gz")
    assert (storage.uri, name) == ("/", "latest.json.gz")


@pytest.mark.parametrize("uri", ["s3://", "gs://bucket/x", "s3:///x"])
def test_an_address_that_names_nothing_is_refused(uri: str) -> None:
    with pytest.raises(StorageError, match=uri):
        open_storage(uri)


def test_a_folder_is_no_file() -> None:
    with pytest.raises(StorageError, match="names a folder, not a file"):
        open_object("s3://bucket/folder/")
