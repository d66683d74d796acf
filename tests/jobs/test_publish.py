"""`culturalground publish`: no config, one line of result, one sentence for what is wrong."""

from __future__ import annotations

from pathlib import Path

import pytest

from jobs.cli import main
from pipeline.storage import open_storage
from tests.kit.exported import contents, exported, some_files
from tests.kit.hub_server import WRITER, hub_server


def test_to_a_hub(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    source = exported(tmp_path, some_files())
    with hub_server() as hub:
        monkeypatch.setenv("HF_ENDPOINT", hub.url)
        monkeypatch.setenv("HF_TOKEN", WRITER)
        command = ["publish", "--from", str(tmp_path), "--to", "hub:datasets/team/food@v2", "--private"]
        assert main([*command, "--message", "Second edition"]) == 0
        assert hub.files("team/food", "v2") == contents(source)
        assert set(hub.repos["team/food"].commits) == {"Second edition"}
        assert hub.repos["team/food"].private
    printed = capsys.readouterr()
    assert printed.out.startswith("hub:datasets/team/food@v2: 11 files, ")
    assert "all verified; 10 sent, 0 of earlier publications deleted" in printed.out
    assert "publish    0.2/0.2 MB" in printed.err
    assert WRITER not in printed.out + printed.err


@pytest.mark.s3
def test_to_a_bucket(tmp_path: Path, s3_uri: str) -> None:
    source = exported(tmp_path, some_files())
    assert main(["publish", "--from", str(tmp_path), "--to", s3_uri]) == 0
    assert contents(open_storage(s3_uri)) == contents(source)


@pytest.mark.parametrize(
    ("more", "says"),
    [
        (["--to", "hub:food"], "write hub:datasets/OWNER/NAME"),
        (["--to", "/tmp/elsewhere"], "--to /tmp/elsewhere: write hub:datasets/OWNER/NAME[@BRANCH] or s3://bucket"),
        (["--to", "s3://bucket/x", "--private"], "--private, --message: only a hub knows them"),
        (["--to", "s3://bucket/x", "--from", "/nowhere"], "--from /nowhere: has no manifest.json"),
        (["--to", "s3://"], "s3://: names no bucket"),
    ],
)
def test_refused_in_one_sentence(
    tmp_path: Path, more: list[str], says: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["publish", "--from", str(tmp_path), *more]) == 2
    error = capsys.readouterr().err
    assert says in error
    assert error.count("\n") == 1
