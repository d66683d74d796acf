"""Credentials that stand in the environment of a whole run, and everything that it and the commands around it leave."""

from __future__ import annotations

import gzip
import json
import logging
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from jobs.chain import survey
from jobs.cli import main
from sample.build import BuiltSample
from sample.commons_server import CommonsServer
from tests.generation.chat_server import Answer, ChatServer, completion
from tests.kit.sample_run import SampleRun

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]

KEY_VARIABLE = "KEY_OF_THE_MODELS"
SECRETS = {
    "AWS_ACCESS_KEY_ID": "AKIA7Q2M9X4T",
    "AWS_SECRET_ACCESS_KEY": "aws-5d1e8c3b7f",
    "AWS_SESSION_TOKEN": "session-9a6b2c4d",
    "HF_TOKEN": "hf_3e7d1f9b5a",
    KEY_VARIABLE: "sk-7f3c9e1b5a",
}


def answer(number: int, body: Mapping[str, Any]) -> Answer:
    """Every third request is refused by a server that repeats the key; of the rest a judge would be glad."""
    if number % 3 == 0:
        return 400, {}, {"error": {"message": f"no credit left on {SECRETS[KEY_VARIABLE]}"}}
    return completion(json.dumps({"reason": "Fine.", "answerable": 5, "answer_supported": 5, "fluent": 5}))


@pytest.fixture
def chat() -> Iterator[ChatServer]:
    with ChatServer(answer) as server:
        yield server


def read(file: Path) -> str:
    """What a file says: its bytes, and what they hold where they are compressed."""
    data = file.read_bytes()
    text = data.decode("latin-1")
    if data[:2] == b"\x1f\x8b":
        text += gzip.decompress(data).decode("latin-1")
    if data[:4] == b"PAR1":
        table = pq.read_table(file)
        text += f"{table.to_pylist()} {table.schema.metadata}"
    return text


def test_a_run_and_the_commands_around_it_leave_none(
    built_sample: BuiltSample,
    commons: CommonsServer,
    chat: ChatServer,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
    caplog: pytest.LogCaptureFixture,
) -> None:
    for name, value in SECRETS.items():
        monkeypatch.setenv(name, value)
    caplog.set_level(logging.INFO)
    settings = (
        "generation.engine=endpoint", f"generation.endpoint_url={chat.url}", "generation.model=made-up",
        'generation.revision="1"', "generation.languages=[en]", "generation.max_failed=1",
        f"generation.endpoint_key_variable={KEY_VARIABLE}", "rephrase.share=0.2", "judge.share=0.2",
        "select.limit=8", "questions.languages=[en, sw]", "budget.money=1", "budget.stored_gb=1",
    )  # fmt: skip
    run = SampleRun(built_sample, commons, str(tmp_path / "output"), settings)
    assert main(run.arguments("run", "--local", "--set", "generation.max_failed=0")) == 2
    assert main(run.arguments("run", "--local")) == 0
    with_config = run.arguments("status")[1:]
    assert main(["status", *with_config]) == 0
    assert main(["verify", *with_config, "--to", "assemble"]) in (0, 1)
    assert main(["plan", *with_config, "--csv", str(tmp_path / "matrix.csv")]) == 0
    assert main(["review", *with_config, "--language", "en", "--n", "5", "--into", str(tmp_path / "sheets")]) == 0
    assert (
        main(["export", *with_config, "--format", "llava", "--split", "train", "--to", str(tmp_path / "export")]) == 0
    )

    printed = capfd.readouterr()
    files = {str(file.relative_to(tmp_path)): read(file) for file in tmp_path.rglob("*") if file.is_file()}
    told = files | {"printed": printed.out + printed.err, "log": caplog.text}
    assert {header["Authorization"] for header in chat.headers} == {f"Bearer {SECRETS[KEY_VARIABLE]}"}
    assert "no credit left on [key]" in told["printed"]
    # What is compressed is looked into.
    assert any("answer_supported" in text for name, text in files.items() if "replies/" in name)
    assert any("country/en/" in text for name, text in files.items() if "tables/judged/" in name)
    for name in (
        "output/debug.json",
        "output/records/",
        "replies/",
        "manifest.json",
        "stage.json",
        "sheets/",
        "export/",
    ):
        assert any(name in file for file in files), name
    assert "spent" in told["printed"]
    assert len([stage for stage in survey(run.config) if stage.output is not None]) >= 10
    for variable, secret in SECRETS.items():
        assert not [place for place, text in told.items() if secret in text], variable
