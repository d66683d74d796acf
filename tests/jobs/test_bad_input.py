"""What goes wrong outside the code gives one sentence and exit code 2, and leaves nothing that a rerun would trust."""

from __future__ import annotations

import gzip
import json
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from jobs.cli import main
from sample.commons_server import CommonsServer, Reply, Request
from sample.dump import gzip_members
from tests.kit.compare import results
from tests.kit.driver import ROOT, started
from tests.kit.sample_run import SampleRun
from tests.kit.seaweed import SeaweedServer
from tests.kit.unprivileged import PREFIX, can_give_up
from tests.wikidata.dumps import lines_of

pytestmark = pytest.mark.slow


def elsewhere(run: SampleRun, output: Path | str, *overrides: str) -> SampleRun:
    return SampleRun(run.sample, run.server, str(output), overrides)


def fails(run: SampleRun, capsys: pytest.CaptureFixture[str], *more: str) -> str:
    """Run it; the one sentence that it ends with."""
    capsys.readouterr()
    assert main(run.arguments("run", "--local", *more)) == 2
    printed = [line for line in capsys.readouterr().err.splitlines() if "partitions" not in line]
    assert len(printed) == 1, printed
    assert printed[0].startswith("error: ")
    return printed[0]


def mends(run: SampleRun, undisturbed: SampleRun, *more: str) -> None:
    """The same command, after the cause is gone, gives what an undisturbed run gives."""
    assert main(run.arguments("run", "--local", *more)) == 0
    assert main(run.arguments("verify")) == 0
    assert results(run.config) == results(undisturbed.config)


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (None, "there is no such file"),
        (b"", "is empty"),
        (gzip.compress(b"<!doctype html>\n<title>Not found</title>\n"), "is not a Wikidata JSON dump"),
        (b"<!doctype html>\n<title>Not found</title>\n", "damaged"),
    ],
    ids=["absent", "empty", "gzip_of_a_page", "page"],  # a gzip header holds the time: workers would name it apart
)
def test_a_dump_that_is_none(
    undisturbed: SampleRun, tmp_path: Path, capsys: pytest.CaptureFixture[str], content: bytes | None, says: str
) -> None:
    dump = tmp_path / "latest-all.json.gz"
    if content is not None:
        dump.write_bytes(content)
    run = elsewhere(undisturbed, tmp_path / "out", f"extract.dump=[{dump}]")
    sentence = fails(run, capsys)
    assert "latest-all.json.gz" in sentence
    assert says in sentence
    dump.write_bytes(undisturbed.sample.dump_gz.read_bytes())
    assert main(run.arguments("run", "--local")) == 0


def test_a_dump_cut_off(undisturbed: SampleRun, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    whole = undisturbed.sample.dump_gz.read_bytes()
    dump = tmp_path / "latest-all.json.gz"
    dump.write_bytes(whole[: len(whole) * 2 // 3])
    run = elsewhere(undisturbed, tmp_path / "out", f"extract.dump=[{dump}]")
    sentence = fails(run, capsys)
    assert "latest-all.json.gz" in sentence
    assert "cut off" in sentence
    dump.write_bytes(whole)
    # The whole file is another input, so nothing of the truncated one is used.
    assert main(run.arguments("run", "--local")) == 0
    assert main(run.arguments("verify")) == 0
    index = {
        name: value for name, value in results(run.config).items() if name.startswith(("pictures/", "assemble/tables"))
    }
    assert index.items() <= results(undisturbed.config).items()


def with_lines(run: SampleRun, tmp_path: Path, *added: bytes) -> Path:
    dump = tmp_path / "dump.json.gz"
    dump.write_bytes(gzip_members([*lines_of(run.sample.dump_gz), *added]))
    return dump


def test_a_line_that_is_not_json(undisturbed: SampleRun, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    dump = with_lines(undisturbed, tmp_path, b'{"type":"item","id":"Q1')
    run = elsewhere(undisturbed, tmp_path / "out", f"extract.dump=[{dump}]")
    sentence = fails(run, capsys)
    assert "1 not_json" in sentence
    assert "extract.max_quarantined" in sentence
    assert not list((tmp_path / "out").glob("select/*")), "nothing builds on it"
    # A user who looks at the quarantine and accepts the loss goes on without redoing anything.
    tolerant = elsewhere(undisturbed, tmp_path / "out", f"extract.dump=[{dump}]", "extract.max_quarantined=0.5")
    assert main(tolerant.arguments("run", "--local")) == 0
    assert main(tolerant.arguments("verify")) == 0


def test_an_entity_without_a_label(undisturbed: SampleRun, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    entities: list[dict[str, Any]] = [json.loads(line) for line in lines_of(undisturbed.sample.dump_gz)]
    concept = next(entity for entity in entities if "P18" in entity["claims"] and "P495" in entity["claims"])
    nameless = json.dumps({**concept, "id": "Q999999999", "labels": {}}).replace(f"{concept['id']}$", "Q999999999$")
    dump = with_lines(undisturbed, tmp_path, nameless.encode())
    run = elsewhere(
        undisturbed, tmp_path / "out", f"extract.dump=[{dump}]", "select.max_quarantined=0", "select.limit=null"
    )
    assert "1 no_label" in fails(run, capsys)
    tolerant = elsewhere(undisturbed, tmp_path / "out", f"extract.dump=[{dump}]", "select.limit=null")
    assert main(tolerant.arguments("run", "--local")) == 0


@contextmanager
def html_instead_of_pictures(run: SampleRun) -> Iterator[CommonsServer]:
    def behave(request: Request) -> Reply | None:
        if "/wikipedia/commons/" in request.path:
            return Reply(200, b"<!doctype html><title>Sign in to this network</title>", {"Content-Type": "image/jpeg"})
        return None

    with CommonsServer(run.sample.commons, behave=behave) as server:
        yield server


def test_pictures_that_are_html(undisturbed: SampleRun, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with html_instead_of_pictures(undisturbed) as server:
        run = SampleRun(undisturbed.sample, server, str(tmp_path / "out"))
        sentence = fails(run, capsys)
    assert " html)" in sentence
    assert "--retry-quarantined images" in sentence
    mends(elsewhere(undisturbed, tmp_path / "out"), undisturbed, "--retry-quarantined", "images")


@pytest.mark.parametrize(
    ("setting", "says"),
    [
        ("select.countries=[japna]", "did you mean japan"),
        ("questions.languages=[en, jp]", "unknown language 'jp'"),
        ("images.width=500", "unknown key"),
        ("selct.limit=3", "did you mean select"),
        ("budget.gpu_hours=lots", "budget.gpu_hours"),
    ],
)
def test_a_setting_that_is_wrong(
    undisturbed: SampleRun, tmp_path: Path, capsys: pytest.CaptureFixture[str], setting: str, says: str
) -> None:
    run = elsewhere(undisturbed, tmp_path / "out", setting)
    sentence = fails(run, capsys)
    assert says in sentence
    assert setting.partition("=")[0].partition(".")[0] in sentence
    assert not (tmp_path / "out").exists()


@can_give_up
def test_a_directory_that_may_not_be_written(undisturbed: SampleRun, tmp_path: Path) -> None:
    locked = tmp_path / "locked"
    locked.mkdir()
    locked.chmod(0o555)
    run = elsewhere(undisturbed, locked / "out")
    done = subprocess.run(
        [*PREFIX, sys.executable, "-m", "jobs.cli", *run.arguments("run", "--local")],
        cwd=ROOT, capture_output=True, text=True, check=False, timeout=120,
    )  # fmt: skip
    assert done.returncode == 2, done.stderr
    assert "permission denied" in done.stderr
    assert str(locked) in done.stderr
    assert "Traceback" not in done.stderr
    locked.chmod(0o755)
    mends(run, undisturbed)


@pytest.mark.s3
class TestS3:
    def test_no_such_bucket(self, undisturbed: SampleRun, s3_uri: str, capsys: pytest.CaptureFixture[str]) -> None:
        sentence = fails(elsewhere(undisturbed, "s3://no-such-bucket/run"), capsys)
        assert "no-such-bucket" in sentence
        assert "bucket does not exist" in sentence

    def test_a_bucket_that_is_read_only(
        self, undisturbed: SampleRun, seaweed: SeaweedServer, s3_uri: str, monkeypatch: pytest.MonkeyPatch,
        capsys: pytest.CaptureFixture[str],
    ) -> None:  # fmt: skip
        for name, value in seaweed.environment(read_only=True).items():
            monkeypatch.setenv(name, value)
        run = elsewhere(undisturbed, s3_uri)
        assert "access denied" in fails(run, capsys)
        for name, value in seaweed.environment().items():
            monkeypatch.setenv(name, value)
        mends(run, undisturbed)

    @pytest.mark.parametrize(
        ("variable", "says"), [("AWS_ACCESS_KEY_ID", "access"), ("AWS_SECRET_ACCESS_KEY", "AWS_SECRET_ACCESS_KEY")]
    )
    def test_wrong_credentials(
        self, undisturbed: SampleRun, s3_uri: str, monkeypatch: pytest.MonkeyPatch,
        capsys: pytest.CaptureFixture[str], variable: str, says: str,
    ) -> None:  # fmt: skip
        monkeypatch.setenv(variable, "not-the-right-one")
        assert says in fails(elsewhere(undisturbed, s3_uri), capsys)


def test_a_disk_that_is_full(undisturbed: SampleRun, tmp_path: Path) -> None:
    """A file system of 1 MB fills while partitions commit; with room made, the run goes on."""
    disk = tmp_path / "disk"
    disk.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", disk], check=False, capture_output=True)
    if mounted.returncode:
        pytest.skip("may not mount a small file system")
    run = elsewhere(undisturbed, disk / "out")
    try:
        done = subprocess.run(
            [sys.executable, "-m", "jobs.cli", *run.arguments("run", "--local")],
            cwd=ROOT, capture_output=True, text=True, check=False, timeout=120,
        )  # fmt: skip
        assert done.returncode == 2, done.stderr
        assert "the disk is full; free space and run again" in done.stderr
        assert "Traceback" not in done.stderr
        subprocess.run(["mount", "-o", "remount,size=64m", disk], check=True)
        mends(run, undisturbed)
    finally:
        subprocess.run(["umount", disk], check=True)


def test_two_drivers_on_one_run(undisturbed: SampleRun, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The second is told who is at work; the first, held up by a slow server, ends well."""

    def slow(request: Request) -> Reply | None:
        first.set()
        go_on.wait(60)
        return None

    first, go_on = threading.Event(), threading.Event()
    with CommonsServer(undisturbed.sample.commons, behave=slow) as server:
        run = SampleRun(undisturbed.sample, server, str(tmp_path / "out"))
        with started(run.arguments("run", "--local")) as driver:
            assert first.wait(60)
            sentence = fails(run, capsys)
            assert f"driver {driver.pid} on" in sentence
            go_on.set()
            code, printed = driver.wait()
            assert code == 0, printed
    assert main(run.arguments("verify")) == 0
