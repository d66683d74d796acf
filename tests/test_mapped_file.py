"""Copies on a machine: fetched once, checked, bounded in size."""

from __future__ import annotations

import hashlib
import time
from pathlib import Path

import pytest

from pipeline import mapped_file
from pipeline.errors import VerificationError
from pipeline.mapped_file import copies_folder, open_mapped
from pipeline.storage import open_storage
from pipeline.tables import FileRecord
from tests.kit.fused_storage import Fuse, FusedStorage

SIZE = 1000
# Within a tick of the kernel, files get the same time.
TICK_S = 0.01


class Remote:
    """Objects that do not lie in a directory, as far as one can see."""

    def __init__(self, folder: Path) -> None:
        self.fuse = Fuse()
        self.storage = FusedStorage(open_storage(str(folder)), self.fuse)

    def file(self, number: int) -> FileRecord:
        data = bytes([number]) * SIZE
        self.storage.write(str(number), data)
        return FileRecord("labels", str(number), 1, SIZE, hashlib.sha256(data).hexdigest())

    def content(self, file: FileRecord) -> bytes:
        with open_mapped(self.storage, file) as opened:
            return bytes(opened.read())


@pytest.fixture
def remote(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Remote:
    (tmp_path / "tmp").mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "tmp"))
    return Remote(tmp_path / "remote")


def test_a_file_is_fetched_once(remote: Remote) -> None:
    file = remote.file(1)
    assert {remote.content(file) for _ in range(3)} == {b"\x01" * SIZE}
    assert remote.fuse.paths("read") == ["1"]


def test_bytes_that_are_not_those_of_the_record_are_refused_and_not_kept(remote: Remote) -> None:
    file = remote.file(1)
    remote.storage.write("1", b"\x02" * SIZE)
    with pytest.raises(VerificationError, match="/1: its bytes do not match"):
        remote.content(file)
    assert not copies_folder().exists()


def test_what_was_used_longest_ago_makes_room(remote: Remote, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mapped_file, "MOST_COPIED_BYTES", 3 * SIZE)
    files = [remote.file(number) for number in range(5)]
    mapped = open_mapped(remote.storage, files[0])
    for number in (1, 2, 0, 3, 4):
        time.sleep(2 * TICK_S)
        remote.content(files[number])
        assert sum(path.stat().st_size for path in copies_folder().iterdir()) <= 3 * SIZE
    assert {path.name for path in copies_folder().iterdir()} == {files[number].sha256 for number in (0, 3, 4)}
    assert mapped.read() == b"\x00" * SIZE
    assert remote.content(files[1]) == b"\x01" * SIZE


def test_no_room_at_all_does_no_harm(remote: Remote, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mapped_file, "MOST_COPIED_BYTES", 0)
    files = [remote.file(number) for number in range(3)]
    assert [remote.content(file)[:1] for file in (*files, *files)] == [b"\x00", b"\x01", b"\x02"] * 2
    assert len(list(copies_folder().iterdir())) == 1
