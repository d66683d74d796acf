"""What may be published: a finished export whose files are those of its manifest."""

from __future__ import annotations

import io
import json
from pathlib import Path

import pytest

from pipeline.dataset.export.hub import Hub
from pipeline.dataset.export.llava import Llava
from pipeline.dataset.export.run import export
from pipeline.dataset.publish.contents import check, load
from pipeline.dataset.publish.sent_file import SentFile
from pipeline.errors import UserError, VerificationError
from pipeline.storage import open_storage
from tests.kit.assembled import three_shards
from tests.kit.exported import bytes_of, contents, exported, some_files


@pytest.mark.parametrize("form", [Llava(), Hub()])
def test_a_real_export_is_known_by_its_manifest(tmp_path: Path, form: Llava | Hub) -> None:
    target = open_storage(str(tmp_path / "out"))
    export(three_shards(open_storage(str(tmp_path / "run"))), "r", form, ("train", "test"), target)
    found = load(target)
    assert {*found.paths, "manifest.json"} == set(contents(target))
    check(target, found)


def test_a_folder_without_manifest_is_refused(tmp_path: Path) -> None:
    (tmp_path / "README.md").write_text("x")
    with pytest.raises(UserError, match=r"--from .*: has no manifest.json, so it is no finished export"):
        load(open_storage(str(tmp_path)))


@pytest.mark.parametrize(
    ("manifest", "says"),
    [
        (b"{}", "it is no manifest of an export"),
        (b"no JSON", "it is no manifest of an export"),
        (b'{"stage": "assemble", "commits": []}', "it is no manifest of an export"),
    ],
)
def test_a_manifest_of_something_else_is_refused(tmp_path: Path, manifest: bytes, says: str) -> None:
    (tmp_path / "manifest.json").write_bytes(manifest)
    with pytest.raises(UserError, match=says):
        load(open_storage(str(tmp_path)))


@pytest.mark.parametrize("path", ["/etc/passwd", "../secret", "a/../../b", "a//b", "manifest.json"])
def test_a_manifest_reaches_no_file_outside_its_folder(tmp_path: Path, path: str) -> None:
    entry = {"path": path, "size": 1, "sha256": "0" * 64}
    (tmp_path / "manifest.json").write_text(json.dumps({"shards": [], "documents": [entry]}))
    with pytest.raises(UserError, match="is no path of a file in its folder"):
        load(open_storage(str(tmp_path)))


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (lambda file: file.unlink(), "is missing"),
        (lambda file: file.write_bytes(file.read_bytes()[:-1]), "bytes, manifest.json says"),
        (lambda file: file.write_bytes(b"X" + file.read_bytes()[1:]), "its bytes are not those"),
    ],
)
def test_a_file_that_differs_is_named(tmp_path: Path, change: object, says: str) -> None:
    source = exported(tmp_path, some_files())
    change(tmp_path / "pictures/train-000003.parquet")  # type: ignore[operator]
    with pytest.raises(VerificationError, match=f"--from .*/pictures/train-000003.parquet: .*{says}"):
        check(source, load(source))


def test_a_sent_file_reads_as_the_file_does_and_counts_each_byte_once(tmp_path: Path) -> None:
    data = bytes_of(1, 20_000_000)
    source = exported(tmp_path, {"a/b": data})
    (file,) = load(source).files
    told: list[int] = []
    sent, other = SentFile(source, file, told.append), io.BytesIO(data)
    for offset, whence, size in [(0, 0, 100), (50, 0, 9_000_000), (-10, 2, 20), (8_000_000, 0, 1), (0, 0, -1)]:
        assert sent.seek(offset, whence) == other.seek(offset, whence)
        assert sent.read(size) == other.read(size)
        assert sent.tell() == other.tell()
    assert sent.read(5) == b""
    assert sum(told) == len(data)
    sent.check()


def test_a_file_that_changes_while_it_is_sent_is_told(tmp_path: Path) -> None:
    source = exported(tmp_path, {"a/b": b"before"})
    (file,) = load(source).files
    (tmp_path / "a/b").write_bytes(b"after!")
    sent = SentFile(source, file)
    assert sent.read() == b"after!"
    with pytest.raises(VerificationError, match="a/b: was changed while it was published"):
        sent.check()
    (tmp_path / "a/b").write_bytes(b"")
    with pytest.raises(VerificationError, match="a/b: was changed while it was published"):
        SentFile(source, file).read()
