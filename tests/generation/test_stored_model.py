"""A model in object storage, from a real S3 server."""

from __future__ import annotations

import multiprocessing
import os
import random
import signal
import time
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from pipeline.errors import ConfigError, UserError
from pipeline.generation import stored_model
from pipeline.generation.model import identify, location
from pipeline.generation.settings import Generation
from pipeline.generation.stored_model import fetch
from pipeline.storage import Storage, open_storage
from pipeline.storage_s3 import S3Storage

pytestmark = pytest.mark.s3

FILES = {
    "config.json": b"{}",
    "model-1.safetensors": random.Random(0).randbytes(700_001),
    "model-2.safetensors": b"",
    "tokenizer.json": b"{}" * 40_000,
}


@pytest.fixture(autouse=True)
def small_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stored_model, "_BLOCK", 1 << 16)


@pytest.fixture
def model(s3_uri: str) -> str:
    storage = open_storage(f"{s3_uri}/models/small-7B")
    for path, data in FILES.items():
        storage.write(path, data)
    storage.write("onnx/model.onnx", b"not loaded by anything here")
    storage.write(".gitattributes", b"")
    return storage.uri


def settings(model: str, **fields: Any) -> Generation:
    return Generation(engine="vllm", model=model, **fields)


def content(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def count_reads(monkeypatch: pytest.MonkeyPatch) -> Counter[str]:
    reads: Counter[str] = Counter()
    read = S3Storage.read

    def counted(self: S3Storage, path: str, start: int = 0, length: int | None = None) -> bytes:
        reads[path] += 1
        return read(self, path, start, length)

    monkeypatch.setattr(S3Storage, "read", counted)
    return reads


def test_it_is_known_without_being_read_and_fetched_once(
    model: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    reads = count_reads(monkeypatch)
    it = settings(model, cache=str(tmp_path))
    known = identify(it)
    assert known.name == "small-7B"
    assert identify(settings(f"{model}/")) == known
    assert not reads
    folder = Path(location(it))
    assert folder == tmp_path / str(known).replace("@", "-")
    assert content(folder) == FILES
    assert reads["model-1.safetensors"] == 11
    before = reads.copy()
    assert location(it) == str(folder)
    assert reads == before


def test_changed_weights_of_the_same_size_are_another_revision(model: str, tmp_path: Path) -> None:
    it = settings(model, cache=str(tmp_path))
    first, folder = identify(it), location(it)
    open_storage(model).write("model-1.safetensors", FILES["model-1.safetensors"][::-1])
    assert identify(it) != first
    assert identify(settings(model, revision="v2")).revision == "v2"
    other = Path(location(it))
    assert content(other)["model-1.safetensors"] == FILES["model-1.safetensors"][::-1]
    assert content(Path(folder)) == FILES


def test_what_is_not_a_model_is_named(s3_uri: str, model: str) -> None:
    with pytest.raises(ConfigError, match=r"generation.model: s3://.*/nothing holds no files"):
        identify(settings(f"{s3_uri}/nothing"))
    with pytest.raises(ConfigError, match=r"holds no files"):
        identify(settings(s3_uri))
    open_storage(model).delete("config.json")
    with pytest.raises(ConfigError, match=r"holds no config\.json; name the prefix of a Hugging Face folder"):
        identify(settings(model))
    with pytest.raises(UserError, match="the bucket does not exist"):
        identify(settings("s3://no-such-bucket-here/model"))


def test_a_disk_without_room_is_said_before_anything_is_fetched(
    model: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    reads = count_reads(monkeypatch)
    monkeypatch.setattr(stored_model.shutil, "disk_usage", lambda path: type("Usage", (), {"free": 10_000})())
    with pytest.raises(UserError, match=r"small-7B-.* needs 0\.0 GB and 0\.0 GB are free; .*generation\.cache"):
        fetch(model, tmp_path)
    assert not reads


def test_a_cache_that_cannot_be_written_is_named(model: str, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(UserError, match=r"file/cache: cannot be written.*set generation.cache"):
        fetch(model, tmp_path / "file" / "cache")


def test_a_model_that_changes_meanwhile_is_not_kept(
    model: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fetch_files = stored_model._fetch_files

    def and_then_another_upload(storage: Storage, *rest: Any) -> None:
        fetch_files(storage, *rest)
        storage.write("tokenizer.json", b"[]")

    monkeypatch.setattr(stored_model, "_fetch_files", and_then_another_upload)
    with pytest.raises(UserError, match="changed while it was fetched"):
        fetch(model, tmp_path)
    assert [path.name for path in tmp_path.iterdir() if not path.name.endswith(".lock")] == []
    monkeypatch.undo()


class _Journal:
    """Stands in for `Storage.read` in other processes: one line for each block, slowly."""

    def __init__(self, path: Path) -> None:
        self.path, self.read = path, S3Storage.read

    def install(self) -> None:
        journal, read = self.path, self.read

        def slow(self: S3Storage, path: str, start: int = 0, length: int | None = None) -> bytes:
            with journal.open("a") as file:
                file.write(f"{path} {start}\n")
            time.sleep(0.05)
            return read(self, path, start, length)

        S3Storage.read = slow  # type: ignore[method-assign]

    def lines(self) -> list[str]:
        return self.path.read_text().splitlines() if self.path.exists() else []


def _fetch_in_child(model: str, cache: Path, journal: Path) -> None:
    stored_model._BLOCK = 1 << 16
    _Journal(journal).install()
    fetch(model, cache)


def test_several_workers_fetch_once_and_a_killed_one_holds_nobody_up(model: str, tmp_path: Path) -> None:
    context = multiprocessing.get_context("spawn")
    journal = _Journal(tmp_path / "journal")
    cache = tmp_path / "cache"

    def worker() -> Any:
        process = context.Process(target=_fetch_in_child, args=(model, cache, journal.path))
        process.start()
        return process

    first = worker()
    while "model-1.safetensors 0" not in journal.lines():
        time.sleep(0.01)
    os.kill(first.pid, signal.SIGKILL)
    first.join()
    # Killed between the first file, which it had whole, and the second.
    assert not [path for path in cache.iterdir() if not path.name.startswith(".")]
    journal.path.unlink()
    others = [worker() for _ in range(3)]
    for process in others:
        process.join(60)
        assert process.exitcode == 0
    [folder] = [path for path in cache.iterdir() if not path.name.startswith(".")]
    assert content(folder) == FILES
    lines = journal.lines()
    assert len(lines) == len(set(lines)), "one of the three fetched"
    assert "config.json 0" not in lines, "what the first had completed was kept"
