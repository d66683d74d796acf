from __future__ import annotations

import io

import pytest

from pipeline.commit import Counts
from pipeline.progress import LOG_INTERVAL_S, TERMINAL_INTERVAL_S, ByteProgress, Progress, duration

PARTITION = Counts("lines", 100, 60, {"no_picture": 30}, {"not_json": 10})


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True

    def screen(self) -> list[str]:
        """What a terminal shows: each line as it was last rewritten."""
        return [line.rpartition("\r\x1b[K")[2] for line in self.getvalue().split("\n")]


def test_a_log_has_one_line_now_and_then_and_one_at_the_end() -> None:
    clock, log = Clock(), io.StringIO()
    progress = Progress("extract", 40, 0, log, clock)
    for _ in range(40):
        clock.now += 1.0
        progress.add(PARTITION)
    progress.finish("done")
    lines = log.getvalue().splitlines()
    assert len(lines) == 40 / LOG_INTERVAL_S + 1
    assert lines[0] == (
        "extract          10/40 partitions | 1,000 lines, 100/s | 600 ok | 300 no_picture | "
        "100 quarantined (100 not_json) | 30 s left"
    )
    assert lines[-1] == (
        "extract          40/40 partitions | 4,000 lines, 100/s | 2,400 ok | 1,200 no_picture"
        " | 400 quarantined (400 not_json) | done in 40 s"
    )
    assert "\r" not in log.getvalue()


def test_a_terminal_shows_one_line_that_is_rewritten(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "60")
    clock, terminal = Clock(), Terminal()
    progress = Progress("extract", 100, 0, terminal, clock)
    for _ in range(100):
        clock.now += TERMINAL_INTERVAL_S / 2
        progress.add(PARTITION)
        (shown,) = terminal.screen()
        assert len(shown) < 60, "a line that wraps could not be rewritten"
    assert terminal.getvalue().count("\r") == 50
    progress.finish("done")
    line, after = terminal.screen()
    assert line.startswith("extract          100/100 partitions | 10,000 lines, 1,000/s | 6,000 ok")
    assert line.endswith("| done in 10 s")
    assert after == ""


def test_what_an_earlier_run_did_counts_for_the_total_not_for_the_rate() -> None:
    clock = Clock()
    progress = Progress("extract", 100, 90, io.StringIO(), clock)
    assert progress.line() == "extract          90/100 partitions"
    clock.now += 5
    for _ in range(5):
        progress.add(PARTITION)
    assert progress.line().startswith("extract          95/100 partitions | 500 lines, 100/s | ")
    assert progress.line().endswith(" | 5.0 s left")


def test_nothing_quarantined_is_said_too() -> None:
    progress = Progress("select", 1, 0, io.StringIO(), Clock())
    progress.add(Counts("entities", 5, 5))
    assert progress.line().endswith(" | 5 ok | 0 quarantined")


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0, "0.0 s"),
        (9.94, "9.9 s"),
        (45, "45 s"),
        (89.4, "89 s"),
        (90, "2 min"),
        (59.4 * 60, "59 min"),
        (59.6 * 60, "1 h 0 min"),
        (200 * 60, "3 h 20 min"),
        (52 * 3600, "2 d 4 h"),
    ],
)
def test_durations_read_as_a_person_says_them(seconds: float, words: str) -> None:
    assert duration(seconds) == words


def test_a_transfer_tells_its_rate_and_what_is_left_by_what_was_moved() -> None:
    clock, log = Clock(), io.StringIO()
    progress = ByteProgress("publish", 1_000_000_000, log, clock)
    progress.keep(500_000_000)
    for _ in range(20):
        clock.now += 1.0
        progress.add(20_000_000)
    progress.finish("stopped")
    assert log.getvalue().splitlines() == [
        "publish    700.0/1,000.0 MB | 20.0 MB/s | 15 s left",
        "publish    900.0/1,000.0 MB | 20.0 MB/s | 5.0 s left",
        "publish    900.0/1,000.0 MB | 20.0 MB/s | 5.0 s left | stopped in 20 s",
    ]


def test_a_transfer_of_nothing_has_a_line() -> None:
    log = io.StringIO()
    ByteProgress("check", 0, log, Clock()).finish("done")
    assert log.getvalue() == "check      0.0/0.0 MB | 0.0 MB/s | done in 0.0 s\n"
