"""What `culturalground status` says of a run in its middle, once and again and again."""

from __future__ import annotations

import io
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from jobs.chain import survey
from jobs.cli import main
from jobs.status_shown import Status, watch
from pipeline.errors import StorageError
from pipeline.lease import hold_lease
from pipeline.pace import QUIET_S
from pipeline.storage import Storage
from pipeline.storage_local import LocalStorage
from sample.build import BuiltSample
from sample.commons_server import CommonsServer
from tests.kit.sample_run import SampleRun

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def stopped(built_sample: BuiltSample, commons: CommonsServer, tmp_path_factory: pytest.TempPathFactory) -> SampleRun:
    """A run that a cap stopped in the middle of `images`."""
    changes = ("select.limit=24", "budget.fetched_gb=0.00001", "budget.money=5")
    run = SampleRun(built_sample, commons, str(tmp_path_factory.mktemp("stopped")), changes, last="images")
    assert main(run.arguments("run", "--local")) == 2
    return run


@pytest.fixture
def directory(stopped: SampleRun) -> Storage:
    """Of `images`."""
    found = next(stage.directory for stage in survey(stopped.config) if stage.name == "images")
    assert found is not None
    return found


def told(run: SampleRun, stage: str, ahead_s: float = 0.0) -> list[str]:
    """The lines of a stage, `ahead_s` from now."""
    lines = list(Status(run.config, lambda: time.time() + ahead_s).lines())
    [place] = [number for number, line in enumerate(lines) if line.split()[0] == stage]
    more = [line.strip() for line in lines[place + 1 :]]
    further = next(number for number, line in enumerate(lines[place + 1 :]) if not line.startswith(" " * 10))
    return [lines[place].strip(), *more[:further]]


def test_a_stage_at_work_tells_how_far_how_fast_and_when(stopped: SampleRun, directory: Storage) -> None:
    assert [line[:25] for line in told(stopped, "images")] == ["images           stopped,"]
    with hold_lease(directory, 60):
        running, far, ago = told(stopped, "images", ahead_s=5)
        assert re.fullmatch(
            r"images +running under driver \d+ on \S+, \d+ partitions committed, \d+ ok, .* a partition", running
        )
        assert re.fullmatch(r"1/6 partitions, 0\.0 pictures/s in the last [\d.]+ s, time left not known yet", far)
        assert re.fullmatch(r"[\d.]+ s since the last commit, or since the driver began", ago)
        *_, warning = told(stopped, "images", ahead_s=QUIET_S + 61)
        assert warning.startswith("WARNING: nothing was committed for 31 min; see the log of its job")
    assert told(stopped, "select")[0].startswith("select           complete  ")
    assert told(stopped, "questions") == ["questions        waiting"]


def test_what_is_spent_stands_against_its_caps(stopped: SampleRun, capsys: pytest.CaptureFixture[str]) -> None:
    [line] = [line for line in Status(stopped.config).lines() if line.split()[0] == "spent"]
    spent = r"0\.00 of 0 GPU-hours, 0\.\d{4} of 1e-05 GB fetched, 0\.0\d of 5 USD by prices of \d{4}-\d\d-\d\d"
    assert re.fullmatch(rf"  spent            {spent}", line)
    assert main([*stopped.arguments("status"), "--set", "budget.money=null", "--set", "budget.stored_gb=2"]) == 0
    printed = capsys.readouterr().out.splitlines()[-1]
    assert re.search(r", 0\.0\d USD by prices of \S+, 0\.00\d\d of 2 GB stored$", printed)


def test_a_second_look_reads_no_commit_again(stopped: SampleRun, monkeypatch: pytest.MonkeyPatch) -> None:
    status = Status(stopped.config)
    first = list(status.lines())
    read: list[str] = []
    original = LocalStorage.read

    def noted(self: LocalStorage, path: str, start: int = 0, length: int | None = None) -> bytes:
        read.append(f"{self.uri}/{path}")
        return original(self, path, start, length)

    monkeypatch.setattr(LocalStorage, "read", noted)
    assert list(status.lines()) == first
    assert {Path(path).parent.name for path in read if path.startswith(stopped.output)} == {"lease"}


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def shown(stream: io.StringIO, *looks: list[str] | Exception) -> str:
    """What a watcher of these looks writes, until Ctrl-C after the last."""
    waiting = list(looks)

    def lines() -> Iterator[str]:
        look = waiting.pop(0)
        if isinstance(look, Exception):
            raise look
        yield from look

    def sleep(seconds: float) -> None:
        assert seconds == 3
        if not waiting:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        watch(lines, 3, stream, sleep)
    return stream.getvalue()


def test_a_log_has_plain_lines_under_their_time() -> None:
    text = shown(io.StringIO(), ["a", "b"], ["c"])
    stamp = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d[+-]\d{4}"
    assert re.fullmatch(rf"{stamp}\na\nb\n\n{stamp}\nc\n\n", text)


def test_a_terminal_is_drawn_over_and_never_overrun(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "20")
    monkeypatch.setenv("LINES", "5")
    _, one, other = shown(Terminal(), ["a"], [str(number) * 30 for number in range(9)]).split("\x1b[H\x1b[J")
    assert one == "a\n"
    assert other.splitlines() == [str(number) * 19 for number in range(5, 9)]


def test_a_watcher_outlives_storage_that_refuses_for_a_while() -> None:
    assert "\nerror: s3: HTTP 503\n" in (text := shown(io.StringIO(), ["a"], StorageError("s3: HTTP 503"), ["b"]))
    assert text.index("a") < text.index("error") < text.rindex("b")


def test_interrupting_a_watcher_is_no_failure(stopped: SampleRun) -> None:
    command = [sys.executable, "-m", "jobs.cli", *stopped.arguments("status", "--watch", "0.1")]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        seen = 0
        while seen < 2:
            seen += process.stdout.readline().startswith("  spent ")
        process.send_signal(signal.SIGINT)
        _, errors = process.communicate(timeout=60)
    assert process.returncode == 0
    assert errors == ""


@pytest.mark.parametrize("seconds", ["0", "-1", "inf", "often"])
def test_a_watcher_needs_a_time_to_wait(seconds: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["status", "--config", "configs/debug.yaml", "--watch", seconds])
    assert "--watch" in capsys.readouterr().err
