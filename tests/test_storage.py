"""The contract of `Storage`, on a directory and on a real S3 server alike, and what each says when it refuses."""

from __future__ import annotations

import multiprocessing
import os
import pickle
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pipeline.errors import StorageError
from pipeline.storage import Storage, open_object, open_storage
from tests.kit.proxy import FaultyProxy
from tests.kit.seaweed import SeaweedServer, free_ports

ROOT = Path(__file__).parents[1]
CREATORS = 8


def paths(storage: Storage, prefix: str = "") -> list[str]:
    return [info.path for info in storage.list(prefix)]


# The contract, on both kinds.


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


# Refusals of a directory. A test acts in a process of its own, which gives up what makes it mightier than a user.


def outcome(action: str, directory: Path, *, user: int | None = None, before: str = "") -> str:
    """The message of the StorageError that `action` on `storage` meets, or `done`.

    Args:
        action: an expression in which `storage` is the directory.
        directory: of the storage.
        user: id to change to after all imports; None stays.
        before: shell commands to run first in a mount namespace of its own, where `$D` is the directory.
    """
    program = (
        "import os, sys\n"
        "from pipeline.errors import StorageError\n"
        "from pipeline.storage import open_storage\n"
        "storage = open_storage(sys.argv[1])\n"
        f"{f'os.setgroups([]); os.setgid({user}); os.setuid({user})' if user is not None else ''}\n"
        "try:\n"
        f"    {action}\n"
        "    print('done')\n"
        "except StorageError as error:\n"
        "    print(error)\n"
    )
    command = [sys.executable, "-c", program, str(directory)]
    if before:
        script = f'set -e; D="$1"; shift; {before}; exec "$@"'
        command = [*_NAMESPACE, "sh", "-c", script, "sh", str(directory), *command]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


_NAMESPACE = ["unshare", "--mount", *([] if os.geteuid() == 0 else ["--map-root-user"])]


def _can_mount() -> bool:
    if shutil.which("unshare") is None:
        return False
    trial = [*_NAMESPACE, "mount", "-t", "tmpfs", "tmpfs", "/mnt"]
    return subprocess.run(trial, capture_output=True, check=False, timeout=20).returncode == 0


can_mount = pytest.mark.skipif(not _can_mount(), reason="this user may not mount a file system of their own")


@pytest.fixture
def shared_folder() -> Iterator[Path]:
    """A folder that everybody may enter and read, and only its owner write: pytest's own are closed to others."""
    with tempfile.TemporaryDirectory() as name:
        Path(name).chmod(0o755)
        yield Path(name)


UNPRIVILEGED = 65534 if os.geteuid() == 0 else None


def test_a_directory_that_may_not_be_written_is_named_with_advice(shared_folder: Path) -> None:
    open_storage(str(shared_folder)).write("there", b"1")
    shared_folder.chmod(0o555)
    for action in ("storage.write('x', b'')", "storage.create('x', b'')", "storage.delete('there')"):
        message = outcome(action, shared_folder, user=UNPRIVILEGED)
        assert str(shared_folder) in message
        assert "permission denied; choose another `output` or change the owner" in message
    assert outcome("assert storage.read('there') == b'1'", shared_folder, user=UNPRIVILEGED) == "done"
    shared_folder.chmod(0o755)


def test_a_folder_that_may_not_be_read_is_not_taken_for_an_empty_one(shared_folder: Path) -> None:
    open_storage(str(shared_folder)).write("commits/000000.json", b"{}")
    (shared_folder / "commits").chmod(0o000)
    for action in ("list(storage.list())", "list(storage.list('commits/'))", "list(storage.folders('commits/'))"):
        assert "permission denied" in outcome(action, shared_folder, user=UNPRIVILEGED), action
    (shared_folder / "commits").chmod(0o755)


@can_mount
def test_a_full_disk_is_named_and_leaves_no_half_object(tmp_path: Path) -> None:
    mounting = 'mount -t tmpfs -o size=64k tmpfs "$D"'
    for action in ("storage.write('x', bytes(200_000))", "storage.create('x', bytes(200_000))"):
        message = outcome(action, tmp_path, before=mounting)
        assert message == (
            f"{tmp_path}/x: cannot write: the disk is full; free space and run again, committed work is kept"
        )
    again = (
        "storage.write('kept', b'1')\n"
        "    try:\n        storage.write('kept', bytes(200_000))\n"
        "    except StorageError:\n        pass\n"
        "    assert storage.read('kept') == b'1' and os.listdir(sys.argv[1]) == ['kept']\n"
        "    storage.write('x', bytes(10_000))"
    )
    assert outcome(again, tmp_path, before=mounting) == "done", "the old object stays, and space is free for the next"


@can_mount
def test_a_read_only_file_system_is_named(tmp_path: Path) -> None:
    message = outcome("storage.write('x', b'')", tmp_path, before='mount -t tmpfs -o ro tmpfs "$D"')
    assert message == f"{tmp_path}/x: cannot write: the file system is read-only; choose another `output`"


def test_a_file_where_a_folder_is_needed_is_named(tmp_path: Path) -> None:
    storage = open_storage(str(tmp_path))
    storage.write("a", b"")
    for path in ("a/b", "a/b/c"):
        with pytest.raises(StorageError, match=rf"{path}: cannot write: a file stands where a folder is needed"):
            storage.write(path, b"")
        assert storage.stat(path) is None
    storage.write("folder/x", b"")
    with pytest.raises(StorageError, match="folder: cannot write: a folder stands where a file is needed"):
        storage.write("folder", b"")


# Refusals of S3: one sentence that names the place and says what to do.

EVERY_CALL: dict[str, Callable[[Storage], object]] = {
    "read": lambda storage: storage.read("x"),
    "write": lambda storage: storage.write("x", b"1"),
    "create": lambda storage: storage.create("x", b"1"),
    "list": lambda storage: list(storage.list()),
}


def message_of(call: Callable[[Storage], object], uri: str) -> str:
    with pytest.raises(StorageError) as caught:
        call(open_storage(uri))
    message = str(caught.value)
    assert message.startswith(uri)
    assert "\n" not in message
    return message


@pytest.mark.s3
@pytest.mark.parametrize("call", EVERY_CALL)
def test_an_absent_bucket_is_named(s3_uri: str, call: str) -> None:
    message = message_of(EVERY_CALL[call], "s3://no-such-bucket/run")
    assert "the bucket does not exist; create it or correct `output`" in message


@pytest.mark.s3
@pytest.mark.parametrize(
    ("variable", "advice"),
    [
        ("AWS_ACCESS_KEY_ID", "the access key is unknown; check AWS_ACCESS_KEY_ID"),
        ("AWS_SECRET_ACCESS_KEY", "the secret key is wrong; check AWS_SECRET_ACCESS_KEY"),
    ],
)
def test_wrong_credentials_are_named(s3_uri: str, monkeypatch: pytest.MonkeyPatch, variable: str, advice: str) -> None:
    monkeypatch.setenv(variable, "wrong")
    for call in EVERY_CALL.values():
        assert advice in message_of(call, s3_uri)
    assert "access denied" in message_of(lambda storage: storage.stat("x"), s3_uri), "an answer to HEAD has no words"


@pytest.mark.s3
def test_credentials_that_may_only_read_read_and_are_told_so(
    seaweed: SeaweedServer, s3_uri: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    open_storage(s3_uri).write("there", b"1")
    for name, value in seaweed.environment(read_only=True).items():
        monkeypatch.setenv(name, value)
    reader = open_storage(s3_uri)
    assert reader.read("there") == b"1"
    assert paths(reader) == ["there"]
    changes: list[Callable[[Storage], object]] = [
        EVERY_CALL["write"],
        EVERY_CALL["create"],
        lambda storage: storage.delete("there"),
    ]
    for call in changes:
        assert "access denied; the credentials may not do this (is the bucket read-only for them?)" in message_of(
            call, s3_uri
        )


def test_no_credentials_at_all_are_told_so(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "none"))
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "none"))
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    assert "Unable to locate credentials" in message_of(EVERY_CALL["read"], "s3://results/run")


def test_an_endpoint_that_is_no_address_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", "localhost:8333")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    assert "correct AWS_ENDPOINT_URL, such as https://host:port" in message_of(EVERY_CALL["read"], "s3://results/run")


def test_a_server_that_is_not_there_is_named_in_bounded_time(monkeypatch: pytest.MonkeyPatch) -> None:
    environment = SeaweedServer(Path("unused")).environment(endpoint=f"http://127.0.0.1:{free_ports(1)[0]}")
    for name, value in {**environment, "AWS_MAX_ATTEMPTS": "2"}.items():
        monkeypatch.setenv(name, value)
    for call in ("read", "create"):
        message = message_of(EVERY_CALL[call], "s3://results/run")
        assert "Could not connect to the endpoint URL" in message
        assert "check AWS_ENDPOINT_URL, credentials and the network" in message


# What a network and a busy server do, and what becomes of it.


@pytest.mark.s3
def test_a_blackhole_ends_in_bounded_time_and_is_named(
    proxy: FaultyProxy, s3_uri: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pipeline.storage_s3.READ_TIMEOUT_S", 0.5)
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "2")
    storage = open_storage(s3_uri)
    storage.write("x", b"1")
    proxy.blackhole()
    assert "Read timeout on endpoint URL" in message_of(EVERY_CALL["read"], s3_uri)
    proxy.resume()
    assert storage.read("x") == b"1"


@pytest.mark.s3
def test_a_server_that_comes_back_is_waited_for(
    seaweed: SeaweedServer, s3_uri: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    (port,) = free_ports(1)
    monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{port}")
    storage = open_storage(s3_uri)
    with ThreadPoolExecutor(1) as pool:
        writing = pool.submit(storage.write, "x", b"1")
        assert not writing.done()
        with FaultyProxy(seaweed.endpoint, port=port):
            writing.result()
            assert storage.read("x") == b"1"


@pytest.mark.s3
@pytest.mark.parametrize("fault", ["slow_down", "drop", "cut", "lose_answer"])
def test_a_request_that_fails_is_made_again(proxy: FaultyProxy, s3_uri: str, fault: str) -> None:
    storage = open_storage(s3_uri)
    data = os.urandom(200_000)
    storage.write("x", data)
    proxy.next(fault, 2, "GET")  # type: ignore[arg-type]
    assert storage.read("x") == data
    assert [seen.fault for seen in proxy.seen if seen.method == "GET"] == [fault, fault, None]


@pytest.mark.s3
def test_many_threads_survive_a_burst(proxy: FaultyProxy, s3_uri: str) -> None:
    storage = open_storage(s3_uri)
    storage.write("x", b"1")
    proxy.next("slow_down", 20)
    proxy.next("drop", 40)
    with ThreadPoolExecutor(40) as pool:
        assert set(pool.map(lambda _: storage.read("x"), range(40))) == {b"1"}
    assert sum(seen.fault is not None for seen in proxy.seen) == 60


@pytest.mark.s3
def test_a_server_that_is_busy_for_ever_is_given_up(
    proxy: FaultyProxy, s3_uri: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "2")
    proxy.share("slow_down", 1.0)
    message = message_of(EVERY_CALL["write"], s3_uri)
    assert "asks to slow down and did so for every retry; run again later, committed work is kept" in message


@pytest.mark.s3
def test_a_create_whose_answer_was_lost_knows_its_own_object(proxy: FaultyProxy, s3_uri: str) -> None:
    storage = open_storage(s3_uri)
    proxy.next("lose_answer", method="PUT")
    assert storage.create("mine", b"1")
    assert storage.read("mine") == b"1"
    assert storage.create("theirs", b"1")
    proxy.next("lose_answer", method="PUT")
    assert not storage.create("theirs", b"1"), "the same bytes of somebody else are not its own"
    assert [seen.fault for seen in proxy.seen if seen.method == "PUT"] == [
        "lose_answer",
        None,
        None,
        "lose_answer",
        None,
    ]


@pytest.mark.s3
def test_one_creates_though_every_answer_may_be_lost(proxy: FaultyProxy, s3_uri: str) -> None:
    storage = open_storage(s3_uri)
    proxy.next("lose_answer", CREATORS + 2, "PUT")
    with ThreadPoolExecutor(CREATORS) as pool:
        created = list(pool.map(lambda number: storage.create("x", b"%d" % number), range(CREATORS)))
    assert created.count(True) == 1
    assert storage.read("x") == b"%d" % created.index(True)


# The proxy itself.


@pytest.mark.s3
def test_the_proxy_decides_by_number_and_seed(seaweed: SeaweedServer) -> None:
    def faults(seed: int) -> list[str | None]:
        with FaultyProxy(seaweed.endpoint, seed=seed) as proxy:
            proxy.share("drop", 0.3)
            proxy.share("slow_down", 0.3)
            return [proxy.arrived("GET", "/x") for _ in range(200)]

    assert faults(1) == faults(1)
    assert faults(1) != faults(2)
    assert {fault: faults(3).count(fault) // 10 for fault in ("drop", "slow_down")} == {
        "drop": pytest.approx(6, abs=2),
        "slow_down": pytest.approx(6, abs=2),
    }


@pytest.mark.s3
def test_the_proxy_is_slow_where_told(proxy: FaultyProxy, s3_uri: str) -> None:
    storage = open_storage(s3_uri)
    storage.write("x", bytes(100_000))

    def seconds() -> float:
        started = time.monotonic()
        storage.read("x")
        return time.monotonic() - started

    proxy.bytes_per_s = 200_000
    assert seconds() >= 0.45
    proxy.bytes_per_s, proxy.latency_s = None, 0.4
    assert seconds() >= 0.4
