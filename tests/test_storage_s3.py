"""S3: what it says when it refuses, and what becomes of a request on a bad network or a busy server."""

from __future__ import annotations

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from pipeline.errors import StorageError
from pipeline.storage import Storage, open_storage
from tests.kit.proxy import FaultyProxy
from tests.kit.seaweed import SeaweedServer, free_ports

CREATORS = 8
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
    assert [info.path for info in reader.list()] == ["there"]
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
