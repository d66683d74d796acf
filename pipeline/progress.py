"""One line per stage or transfer: how far, rate, time left. Rewritten in place on a terminal, repeated in a log."""

from __future__ import annotations

import shutil
import sys
import threading
import time
from collections.abc import Callable
from typing import TextIO

from pipeline.commit import Counts

LOG_INTERVAL_S = 10.0
TERMINAL_INTERVAL_S = 0.2


class Progress:
    """Progress of one stage over its partitions.

    Args:
        name: of the stage.
        total: partitions of the stage.
        done: partitions that an earlier run committed.
        stream: where the lines go; None is standard error.
        clock: seconds, monotonic.
        parts: what they are, where they are no partitions.
    """

    def __init__(
        self,
        name: str,
        total: int,
        done: int,
        stream: TextIO | None = None,
        clock: Callable[[], float] = time.monotonic,
        parts: str = "partitions",
    ) -> None:
        self._name, self._total, self._done, self._kept = name, total, done, done
        self._parts = parts
        self._clock = clock
        self._started = clock()
        self._counts: Counts | None = None
        self._shown = _Line(stream, clock)

    def add(self, counts: Counts | None = None) -> None:
        """Count one more committed partition, and its rows where they are told."""
        self._done += 1
        if counts is not None:
            self._counts = counts if self._counts is None else self._counts + counts
        self._shown.update(self.line)

    def line(self) -> str:
        """What is shown now."""
        elapsed = max(self._clock() - self._started, 1e-9)
        fresh = self._done - self._kept
        parts = [f"{self._name:<16} {self._done}/{self._total} {self._parts}"]
        if self._counts is not None:
            rate = self._counts.rows_in / elapsed
            parts.append(f"{self._counts.rows_in:,} {self._counts.unit}, {rate:,.0f}/s")
            parts.append(f"{self._counts.ok:,} ok")
            parts += [f"{number:,} {reason}" for reason, number in self._counts.not_selected.items()]
            aside = ", ".join(f"{number:,} {reason}" for reason, number in self._counts.quarantined.items())
            parts.append(f"{self._counts.num_quarantined:,} quarantined" + (f" ({aside})" if aside else ""))
        left = self._total - self._done
        if left and fresh:
            parts.append(f"{duration(elapsed / fresh * left)} left")
        return " | ".join(parts)

    def finish(self, note: str) -> None:
        """The stage's last line."""
        elapsed = self._clock() - self._started
        self._shown.write(f"{self.line()} | {note} in {duration(elapsed)}", final=True)


class ByteProgress:
    """Progress of a transfer; several threads may add to it.

    Args:
        name: of what is done.
        total: bytes.
        stream: where the lines go; None is standard error.
        clock: seconds, monotonic.
    """

    def __init__(
        self, name: str, total: int, stream: TextIO | None = None, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._name, self._total, self._done, self._kept = name, total, 0, 0
        self._clock = clock
        self._started = clock()
        self._shown = _Line(stream, clock)
        self._lock = threading.Lock()

    def add(self, size: int) -> None:
        """Count bytes that were moved."""
        with self._lock:
            self._done += size
            self._shown.update(self.line)

    def keep(self, size: int) -> None:
        """Count bytes that need not be moved: they say nothing about the rate."""
        with self._lock:
            self._done += size
            self._kept += size

    def line(self) -> str:
        """What is shown now."""
        fresh = self._done - self._kept
        rate = fresh / max(self._clock() - self._started, 1e-9)
        parts = [f"{self._name:<10} {self._done / 1e6:,.1f}/{self._total / 1e6:,.1f} MB", f"{rate / 1e6:,.1f} MB/s"]
        left = self._total - self._done
        if left > 0 and fresh:
            parts.append(f"{duration(left / rate)} left")
        return " | ".join(parts)

    def finish(self, note: str) -> None:
        """The last line."""
        with self._lock:
            self._shown.write(f"{self.line()} | {note} in {duration(self._clock() - self._started)}", final=True)


class _Line:
    """The one line, shown now and then."""

    def __init__(self, stream: TextIO | None, clock: Callable[[], float]) -> None:
        self._stream = sys.stderr if stream is None else stream
        self._clock = clock
        self._shown = clock()
        self._terminal = self._stream.isatty()

    def update(self, line: Callable[[], str]) -> None:
        """Show it, if the last time is long enough ago."""
        interval = TERMINAL_INTERVAL_S if self._terminal else LOG_INTERVAL_S
        if self._clock() - self._shown >= interval:
            self._shown = self._clock()
            self.write(line(), final=False)

    def write(self, line: str, *, final: bool) -> None:
        """Show it now; after the final one nothing is rewritten."""
        if self._terminal:
            # A line that wraps could not be rewritten in place.
            shown = line + "\n" if final else line[: shutil.get_terminal_size().columns - 1]
            self._stream.write(f"\r\x1b[K{shown}")
        else:
            self._stream.write(line + "\n")
        self._stream.flush()


def duration(seconds: float) -> str:
    """45 s, 12 min, 3 h 20 min, 2 d 4 h."""
    if seconds < 10:
        return f"{seconds:.1f} s"
    if seconds < 90:
        return f"{seconds:.0f} s"
    minutes = round(seconds / 60)
    if minutes < 60:
        return f"{minutes} min"
    hours, minutes = divmod(minutes, 60)
    if hours < 48:
        return f"{hours} h {minutes} min"
    return f"{hours // 24} d {hours % 24} h"
