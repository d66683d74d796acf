"""`culturalground status`: how far a run is, by its manifests and commit records alone; once, or again and again."""

from __future__ import annotations

import argparse
import json
import math
import shutil
import signal
import sys
import time
from collections.abc import Callable, Iterator
from typing import NoReturn, TextIO

from jobs.chain import build_stages
from jobs.cost_shown import spent_lines
from jobs.run_config import RunConfig
from jobs.way import Progress, survey_of
from pipeline.budget import STAGE_INFO, SpendGuard, open_guard, stored_bytes
from pipeline.commit import CommitRecord, total_accounts, total_caches, total_counts
from pipeline.commit_reader import CommitReader
from pipeline.errors import StorageError
from pipeline.lease import Holder, lease_holder
from pipeline.pace import LATELY_S, pace
from pipeline.progress import duration
from pipeline.storage import Storage, open_storage

WATCH_S = 10.0
# A listing of all that is stored takes a request for a thousand objects.
_LIST_EVERY_S = 600.0
_CLEAR = "\x1b[H\x1b[J"
# How soon Ctrl-C is heeded in a pause.
_LOOK_S = 0.2
_SPENT = {"gpu_hours": ".2f", "fetched_gb": ".4f", "money": ".2f", "stored_gb": ".4f"}
_UNIT = {"gpu_hours": "GPU-hours", "fetched_gb": "GB fetched", "stored_gb": "GB stored"}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What `culturalground status` takes besides a config."""
    parser.add_argument(
        "--watch", nargs="?", type=_seconds, const=WATCH_S, metavar="SECONDS", help="again every 10 s, or so many"
    )
    parser.set_defaults(command=status)


def status(config: RunConfig, options: argparse.Namespace) -> int:
    """Print how far a run is; with `--watch` until Ctrl-C."""
    shown = Status(config)
    if options.watch is None:
        for line in shown.lines():
            print(line)
        return 0
    told = _Told()
    before = signal.signal(signal.SIGINT, told.interrupt)
    try:
        watch(shown.lines, options.watch, sys.stdout, told.sleep)
    except KeyboardInterrupt:
        return 0
    finally:
        signal.signal(signal.SIGINT, before)


class _Told:
    """Ctrl-C that waits for the next pause: threads that read storage would print what it does to them."""

    def __init__(self) -> None:
        self._interrupted = False

    def interrupt(self, number: int, frame: object) -> None:
        """The handler of the signal."""
        self._interrupted = True

    def sleep(self, seconds: float) -> None:
        """Raises KeyboardInterrupt once it was told, by then or meanwhile."""
        until = time.monotonic() + seconds
        while not self._interrupted and (left := until - time.monotonic()) > 0:
            time.sleep(min(left, _LOOK_S))
        if self._interrupted:
            raise KeyboardInterrupt


def watch(
    lines: Callable[[], Iterator[str]],
    seconds: float,
    stream: TextIO,
    sleep: Callable[[float], None] = time.sleep,
) -> NoReturn:
    """Show lines again and again: on a terminal in their place, else one after another with the time before them.

    Storage that refuses is told of and asked again: a watcher outlives what a run outlives.
    """
    terminal = stream.isatty()
    while True:
        try:
            shown = list(lines())
        except StorageError as error:
            shown = [f"error: {error}"]
        if terminal:
            columns, rows = shutil.get_terminal_size()
            # Lines that wrap or leave the screen could not be drawn over.
            text = _CLEAR + "\n".join(line[: columns - 1] for line in shown[-(rows - 1) :])
        else:
            text = "\n".join([time.strftime("%Y-%m-%dT%H:%M:%S%z"), *shown, ""])
        stream.write(text + "\n")
        stream.flush()
        sleep(seconds)


class Status:
    """How far a run is; what has not changed since the last look is not read again.

    Args:
        config: of the run.
        clock: seconds since the epoch.
    """

    def __init__(self, config: RunConfig, clock: Callable[[], float] = time.time) -> None:
        self._config, self._clock = config, clock
        self._storage = open_storage(config.output)
        self._reader = CommitReader()
        self._listed = -math.inf
        self._stored = 0

    def lines(self) -> Iterator[str]:
        """A line or some for each stage, and what is spent and stored."""
        yield f"{self._config.name}: {self._storage.uri}"
        for stage in survey_of(build_stages(self._config, self._storage), self._storage, self._reader.manifest):
            yield from self._stage(stage)
        yield f"  {'spent':<16} {self._spent()}"

    def _stage(self, stage: Progress) -> Iterator[str]:
        records: tuple[CommitRecord, ...] = ()
        more: list[str] = []
        if stage.output is not None:
            records, counts = stage.output.manifest.commits, stage.output.manifest.counts
            told = (
                f"complete   {len(records)} partitions, {counts.rows_in:,} {counts.unit}, {counts.ok:,} ok, "
                f"{counts.num_quarantined:,} quarantined   {stage.output.directory.uri}"
            )
        elif stage.directory is None:
            told = "waiting"
        else:
            records, holder = self._reader.commits(stage.directory), lease_holder(stage.directory)
            told = _unfinished(records, holder)
            if holder is not None:
                more = list(_at_work(stage.directory, records, holder, self._clock()))
        yield f"  {stage.name:<16} {told}"
        for line in (*more, *spent_lines(total_accounts(records), total_caches(records))):
            yield f"  {'':<16} {line}"

    def _spent(self) -> str:
        guard = open_guard(self._config.budget, self._storage, self._reader)
        if self._config.budget.stored_gb is not None:
            if self._clock() - self._listed > _LIST_EVERY_S:
                self._stored, self._listed = stored_bytes(self._storage), self._clock()
            guard.stored = self._stored
        return _against_caps(guard)


def _unfinished(records: tuple[CommitRecord, ...], holder: Holder | None) -> str:
    if not records:
        return f"started by driver {holder.name}" if holder else "not started"
    counts = total_counts(records)
    work = duration(sum(record.log["seconds"] for record in records) / len(records))
    state = f"running under driver {holder.name}" if holder else "stopped"
    return f"{state}, {len(records)} partitions committed, {counts.ok:,} ok, {work} a partition"


def _at_work(directory: Storage, records: tuple[CommitRecord, ...], holder: Holder, now: float) -> Iterator[str]:
    """Of a stage that a driver works on: how far, how fast, what was set aside, when it last committed something."""
    if directory.stat(STAGE_INFO) is None:
        return
    number = json.loads(directory.read(STAGE_INFO))["num_partitions"]
    counts, found = total_counts(records), pace(records, number, holder.since, now)
    left = "time left not known yet" if found.left_s is None else f"{duration(found.left_s)} left"
    yield (
        f"{len(records)}/{number} partitions, {found.rows_per_s:,.1f} {counts.unit}/s in the last "
        f"{duration(min(LATELY_S, now - holder.since))}, {left}"
    )
    if counts.num_quarantined:
        reasons = ", ".join(f"{each:,} {reason}" for reason, each in counts.quarantined.items())
        yield f"{counts.num_quarantined:,} quarantined: {reasons}"
    if found.stands_still:
        yield (
            f"WARNING: nothing was committed for {duration(found.quiet_s)}; see the log of its job, or end that and "
            "run again: committed work is kept"
        )
    else:
        yield f"{duration(found.quiet_s)} since the last commit, or since the driver began"


def _against_caps(guard: SpendGuard) -> str:
    prices, used = guard.prices, guard.used()
    assert prices is not None
    parts = []
    for cap, form in _SPENT.items():
        if cap in used:
            spent, most = used[cap]
            unit = f"{prices.currency} by prices of {prices.date}" if cap == "money" else _UNIT[cap]
            of = "" if most is None else f" of {most:g}"
            parts.append(f"{spent:{form}}{of} {unit}")
    return ", ".join(parts)


def _seconds(text: str) -> float:
    seconds = float(text)
    if not 0 < seconds < math.inf:
        raise argparse.ArgumentTypeError(f"{text} is no number of seconds")
    return seconds
