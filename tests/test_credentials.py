"""No credentials in what a run stores or prints, nor in what it says when something is refused."""

from __future__ import annotations

from pathlib import Path

import pytest

from jobs.run_config import load_config
from pipeline.errors import ConfigError, StorageError, UserError
from pipeline.storage import open_storage
from tests.generation.chat_server import ChatServer
from tests.generation.test_endpoint import REQUEST, ask
from tests.kit.seaweed import ADMIN, READER, SeaweedServer
from tests.kit.toy import Numbers, run_toy

ROOT = Path(__file__).parents[1]
SECRET = "sk-7f3c9e1b5a"


@pytest.mark.s3
def test_a_run_stores_and_prints_none(s3_uri: str, capfd: pytest.CaptureFixture[str]) -> None:
    storage = open_storage(s3_uri)
    run_toy(Numbers(), storage)
    objects = list(storage.list())
    assert any(info.path.endswith("manifest.json") for info in objects)
    stored = b"\n".join(storage.read(info.path) for info in objects)
    printed = "".join(capfd.readouterr())
    assert "numbers" in printed
    for word in ADMIN:
        assert word.encode() not in stored
        assert word not in printed


@pytest.mark.s3
def test_a_store_that_refuses_is_told_of_without_them(
    seaweed: SeaweedServer, s3_uri: str, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    for secret in (READER[1], SECRET):
        for name, value in seaweed.environment(read_only=True).items():
            monkeypatch.setenv(name, value)
        monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", secret)
        with pytest.raises(StorageError) as refused:
            open_storage(s3_uri).write("a", b"")
        assert secret not in f"{refused.value} {''.join(capfd.readouterr())}"


@pytest.mark.parametrize("status", [401, 403])
def test_nor_is_the_key_of_an_endpoint_in_what_is_refused(status: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", SECRET)
    refusal = {"error": {"message": f"Incorrect API key provided: {SECRET}"}}
    with ChatServer(lambda number, body: (status, {}, refusal)) as server, pytest.raises(UserError) as refused:
        ask(server, REQUEST)
    assert server.headers
    assert SECRET not in str(refused.value)
    assert "OPENAI_API_KEY" in str(refused.value)


@pytest.mark.parametrize(("status", "answer"), [(400, "HTTP 400"), (500, "gave up after 2 attempts: HTTP 500")])
def test_nor_in_the_error_of_a_row(status: int, answer: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", SECRET)
    with ChatServer(lambda number, body: (status, {}, {"error": f"your key {SECRET} is not paid for"})) as server:
        [reply] = ask(server, REQUEST, max_attempts=2)
    assert reply.error is not None
    assert answer in reply.error
    assert "your key [key] is not paid for" in reply.error


@pytest.mark.parametrize(
    ("setting", "address"),
    [
        ("output", f"s3://AKIA:{SECRET}@bucket/run"),
        ("extract.dump", f"[https://me:{SECRET}@mirror.example/dump.gz]"),
        ("extract.dump", f"['https://mirror.example/dump.gz?X-Amz-Signature={SECRET}']"),
        ("generation.endpoint_url", f"https://:{SECRET}@models.example/v1"),
        ("generation.endpoint_url", f"https://models.example/v1?api_key={SECRET}"),
    ],
)
def test_a_config_that_holds_one_is_refused_without_repeating_it(setting: str, address: str) -> None:
    with pytest.raises(ConfigError, match=rf"{setting} is an address with a password or a signature") as refused:
        load_config(ROOT / "configs/debug.yaml", [f"{setting}={address}"])
    assert SECRET not in str(refused.value)


@pytest.mark.parametrize("name", ["debug", "paper"])
def test_configs_hold_none(name: str) -> None:
    load_config(ROOT / f"configs/{name}.yaml", ["images.user_agent='a bot (https://example.org/; me@example.org)'"])
