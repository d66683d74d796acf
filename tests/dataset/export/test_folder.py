"""What a target holds after an export was stopped, damaged, repeated or refused."""

from __future__ import annotations

import hashlib
import io
import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from pipeline.dataset.export.form import Form
from pipeline.dataset.export.hub import Hub
from pipeline.dataset.export.llava import Llava
from pipeline.dataset.export.run import export
from pipeline.dataset.export.webdataset import WebDataset
from pipeline.errors import InputError, UserError, VerificationError
from pipeline.schema import SPLITS
from pipeline.stage import StageOutput
from pipeline.storage import ObjectInfo, Storage, open_storage
from pipeline.storage_local import LocalStorage
from pipeline.tables import read_table
from tests.kit.assembled import Row, all_rows, assembled, row, three_shards
from tests.kit.unprivileged import PREFIX, can_give_up

ROOT = Path(__file__).parents[3]
FORMS: dict[str, Form] = {"llava": Llava(), "datasets": Hub(), "webdataset": WebDataset(20_000)}
every_form = pytest.mark.parametrize("form", FORMS)


class StoppedError(Exception):
    """The process ends here."""


class Memory(Storage):
    """A folder in memory that remembers what is written, and stops before a certain change of it.

    Args:
        stop_at: changes that are made before it stops; None never does.
        start: what is in it.
    """

    def __init__(self, stop_at: int | None = None, start: dict[str, bytes] | None = None) -> None:
        self.uri = "memory"
        self.objects = dict(start or {})
        self.written: list[str] = []
        self._changes, self._stop_at = 0, stop_at

    def _change(self) -> None:
        if self._changes == self._stop_at:
            raise StoppedError
        self._changes += 1

    def read(self, path: str, start: int = 0, length: int | None = None) -> bytes:
        return self.objects[path][start : None if length is None else start + length]

    def stat(self, path: str) -> ObjectInfo | None:
        return ObjectInfo(path, len(self.objects[path]), "") if path in self.objects else None

    def write(self, path: str, data: bytes) -> None:
        self._change()
        self.objects[path] = data
        self.written.append(path)

    def create(self, path: str, data: bytes) -> bool:
        raise NotImplementedError("no export asks for this")

    def list(self, prefix: str = "") -> Iterator[ObjectInfo]:
        return (
            ObjectInfo(path, len(self.objects[path]), "") for path in sorted(self.objects) if path.startswith(prefix)
        )

    def folders(self, prefix: str = "") -> Iterator[str]:
        raise NotImplementedError("no export asks for this")

    def delete(self, path: str) -> None:
        self._change()
        self.objects.pop(path, None)

    def child(self, path: str) -> Storage:
        raise NotImplementedError("no export asks for this")


@pytest.fixture
def made(tmp_path: Path) -> StageOutput:
    return three_shards(open_storage(str(tmp_path / "assemble")))


def contents(storage: Storage) -> dict[str, bytes]:
    return {info.path: storage.read(info.path) for info in storage.list("")}


def shard_rows(output: StageOutput, number: int) -> list[Row]:
    return list(read_table(output.directory, output.files("shards")[number].path).to_pylist())


def fill(output: StageOutput, form: Form, target: Storage) -> dict[str, bytes]:
    export(output, "run", form, SPLITS, target)
    return contents(target)


@every_form
def test_stopped_before_each_change_it_goes_on_to_the_same_bytes(made: StageOutput, form: str) -> None:
    whole = fill(made, FORMS[form], Memory())
    for stop_at in range(1000):
        target = Memory(stop_at)
        try:
            fill(made, FORMS[form], target)
        except StoppedError:
            again = Memory(start=target.objects)
            assert fill(made, FORMS[form], again) == whole
            assert num_done(again) == 3 - num_done(target)
        else:
            assert stop_at > 10
            return
    pytest.fail("it never ended")


def num_done(target: Memory) -> int:
    """Shards that were written."""
    return sum(path.startswith(".export/shards/") for path in target.written)


@every_form
def test_a_second_call_writes_nothing(made: StageOutput, form: str, capsys: pytest.CaptureFixture[str]) -> None:
    fill(made, FORMS[form], Memory(start=fill(made, FORMS[form], Memory()), stop_at=0))
    assert "complete already, checked" in capsys.readouterr().err


def flipped(data: bytes) -> bytes:
    return data[: len(data) // 2] + bytes([data[len(data) // 2] ^ 1]) + data[len(data) // 2 + 1 :]


@every_form
@pytest.mark.parametrize("damage", [flipped, lambda data: None, lambda data: data[:10]])
def test_every_file_is_mended(made: StageOutput, form: str, damage: Callable[[bytes], bytes | None]) -> None:
    whole = fill(made, FORMS[form], Memory())
    for path in whole:
        if path != "manifest.json":
            damaged = {**whole, path: damage(whole[path])}
            start = {name: data for name, data in damaged.items() if data is not None}
            assert fill(made, FORMS[form], Memory(start=start)) == whole, path


@every_form
def test_after_a_takedown_nothing_of_the_picture_is_left(made: StageOutput, tmp_path: Path, form: str) -> None:
    """Shards made again without some rows: the folder becomes what a fresh export is, only what changed is written."""
    before = fill(made, FORMS[form], Memory())
    gone = all_rows(made, "test")[0]
    kept = [[each for each in shard_rows(made, number) if each["sha256"] != gone["sha256"]] for number in range(3)]
    other = assembled(open_storage(str(tmp_path / "again")), kept)
    target = Memory(start=before)
    after = fill(other, FORMS[form], target)
    assert after == fill(other, FORMS[form], Memory())
    assert [path for path in target.written if path.startswith(".export/shards/")] == [".export/shards/000000.json"]
    assert set(before) > set(after)
    assert holds(before, gone["image"])
    assert not holds(after, gone["image"])


def holds(files: dict[str, bytes], picture: bytes) -> bool:
    for path, data in files.items():
        if path.startswith("pictures/"):
            images = pq.read_table(io.BytesIO(data), columns=["image"]).column("image").to_pylist()
            if picture in [image["bytes"] for image in images]:
                return True
        elif picture in data:
            return True
    return False


@every_form
def test_stopped_while_it_is_brought_up_to_date(made: StageOutput, tmp_path: Path, form: str) -> None:
    """Fewer shards than before, one of them changed; never a manifest over files that it does not describe."""
    rows = [row(qid, SPLITS[qid % 3]) for qid in range(20, 30)]
    other = assembled(open_storage(str(tmp_path / "again")), [shard_rows(made, 0), rows])
    before, fresh = fill(made, FORMS[form], Memory()), fill(other, FORMS[form], Memory())
    for stop_at in range(1000):
        target = Memory(stop_at, before)
        try:
            fill(other, FORMS[form], target)
        except StoppedError:
            if "manifest.json" in target.objects:
                described(target)
            assert fill(other, FORMS[form], Memory(start=target.objects)) == fresh
        else:
            assert stop_at > 10
            return
    pytest.fail("it never ended")


def described(target: Storage) -> None:
    """Every file that the manifest names is there with its bytes' digest."""
    manifest = json.loads(target.read("manifest.json"))
    files = [file for unit in manifest["shards"] for file in unit["files"]] + manifest["documents"]
    assert files
    for file in files:
        assert hashlib.sha256(target.read(file["path"])).hexdigest() == file["sha256"], file["path"]


def test_the_manifest_names_every_file(made: StageOutput, tmp_path: Path) -> None:
    target = open_storage(str(tmp_path / "out"))
    found = fill(made, Hub(), target)
    described(target)
    manifest = json.loads(found["manifest.json"])
    named = {file["path"] for unit in manifest["shards"] for file in unit["files"]}
    named |= {file["path"] for file in manifest["documents"]}
    assert named == set(found) - {"manifest.json"}
    assert manifest["export"] == {"run": "run", "format": "datasets", "splits": list(SPLITS)}


class TestRefused:
    def test_a_folder_with_something_else(self, made: StageOutput, tmp_path: Path) -> None:
        target = open_storage(str(tmp_path / "out"))
        target.write("letters/a.txt", b"mine")
        with pytest.raises(UserError, match=r"out: is not empty \(letters/a.txt\) and holds no export"):
            fill(made, Hub(), target)
        assert list(contents(target)) == ["letters/a.txt"]

    @pytest.mark.parametrize(
        ("form", "run", "splits", "says"),
        [
            (WebDataset(), "run", SPLITS, "format llava, this one has webdataset"),
            (Llava(quotes=True), "run", SPLITS, "quotes False, this one has True"),
            (Llava(), "other", SPLITS, "run run, this one has other"),
            (Llava(), "run", ["train"], "this one has \\['train'\\]; name another folder"),
        ],
    )
    def test_a_folder_with_another_export(
        self, made: StageOutput, tmp_path: Path, form: Form, run: str, splits: list[str], says: str
    ) -> None:
        target = open_storage(str(tmp_path / "out"))
        before = fill(made, Llava(), target)
        with pytest.raises(UserError, match=says):
            export(made, run, form, splits, target)
        assert contents(target) == before

    def test_a_folder_where_another_export_is_under_way(self, made: StageOutput) -> None:
        with pytest.raises(StoppedError):
            fill(made, Llava(), target := Memory(stop_at=4))
        with pytest.raises(UserError, match="format llava, this one has datasets"):
            fill(made, Hub(), target)

    @pytest.mark.parametrize("content", [b"{", b"{}", b"[]", b'{"export": 1}'])
    def test_a_manifest_that_is_none(self, made: StageOutput, tmp_path: Path, content: bytes) -> None:
        target = open_storage(str(tmp_path / "out"))
        target.write("manifest.json", content)
        with pytest.raises(VerificationError, match=r"manifest.json: is no record of an export .* empty the folder"):
            fill(made, Hub(), target)

    def test_a_split_without_pictures(self, tmp_path: Path) -> None:
        made = assembled(open_storage(str(tmp_path / "assemble")), [[row(1, "train")]])
        with pytest.raises(InputError, match="--split validation: no picture of the data set is in it; leave it out"):
            fill(made, Hub(), open_storage(str(tmp_path / "out")))

    def test_a_damaged_shard(self, made: StageOutput, tmp_path: Path) -> None:
        path = made.files("shards")[1].path
        made.directory.write(path, flipped(made.directory.read(path)))
        with pytest.raises(VerificationError, match=rf"{path}: its bytes do not match the manifest"):
            fill(made, Hub(), open_storage(str(tmp_path / "out")))
        assert not (tmp_path / "out" / "manifest.json").exists()

    def test_a_data_set_that_changes_meanwhile(self, made: StageOutput, tmp_path: Path) -> None:
        class Meddling(LocalStorage):
            def write(self, path: str, data: bytes) -> None:
                made.directory.delete("manifest.json")
                super().write(path, data)

        with pytest.raises(InputError, match="was changed during the export"):
            fill(made, Hub(), Meddling(tmp_path / "out"))
        assert not (tmp_path / "out" / "manifest.json").exists()


@pytest.mark.s3
@every_form
def test_a_bucket_gets_the_same_bytes(made: StageOutput, tmp_path: Path, s3_uri: str, form: str) -> None:
    whole = fill(made, FORMS[form], open_storage(str(tmp_path / "out")))
    target = open_storage(s3_uri)
    assert fill(made, FORMS[form], target) == whole
    path = made.files("shards")[0].path
    victim = next(path for path in whole if "000001" in path)
    target.write(victim, b"damaged")
    assert fill(made, FORMS[form], target) == whole, path


PROGRAM = """
import sys
from pipeline.commit import load_manifest
from pipeline.dataset.export.llava import Llava
from pipeline.dataset.export.run import export
from pipeline.errors import StorageError
from pipeline.stage import StageOutput
from pipeline.storage import open_storage
source = open_storage(sys.argv[1])
try:
    export(StageOutput(source, load_manifest(source)), "run", Llava(), ["train", "validation", "test"],
           open_storage(sys.argv[2]))
    print("done")
except StorageError as error:
    print(error)
"""


def in_process(made: StageOutput, target: Path, *before: str) -> str:
    command = [*before, sys.executable, "-c", PROGRAM, made.directory.uri, str(target)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True, timeout=60)
    return done.stdout.strip()


def test_a_full_disk_is_one_sentence_and_with_room_it_goes_on(tmp_path: Path) -> None:
    made = assembled(
        open_storage(str(tmp_path / "assemble")),
        [[row(qid, SPLITS[qid % 3], num_items=40) for qid in range(start, start + 9)] for start in (10, 20, 30)],
    )
    whole = fill(made, Llava(), open_storage(str(tmp_path / "whole")))
    disk = tmp_path / "disk"
    disk.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=200k", "tmpfs", disk], check=False, capture_output=True
    )
    if mounted.returncode:
        pytest.skip("may not mount a small file system")
    try:
        said = in_process(made, disk / "out")
        assert said.startswith(f"--to: {disk}/out/")
        assert said.endswith("cannot write: the disk is full; free space and run again, committed work is kept")
        assert (disk / "out/.export/shards/000000.json").exists()
        subprocess.run(["mount", "-o", "remount,size=64m", disk], check=True)
        assert in_process(made, disk / "out") == "done"
        assert contents(open_storage(str(disk / "out"))) == whole
    finally:
        subprocess.run(["umount", disk], check=True)


@can_give_up
def test_a_target_that_may_not_be_written_is_one_sentence(made: StageOutput, tmp_path: Path) -> None:
    locked = tmp_path / "locked"
    locked.mkdir(mode=0o555)
    said = in_process(made, locked / "out", *PREFIX)
    assert said.startswith(f"--to: {locked}/out/")
    assert "cannot write: permission denied" in said
