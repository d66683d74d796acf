"""Event files of TensorBoard in the run's storage, written without holding up a step.

    <folder>/events.out.tfevents.<attempt>.<file>

Events are made in memory; a thread stores the file that they make, again and again while it grows. A file that is large
enough is left alone and the next begins, so that what is stored at a time stays small. Each attempt has files of its
own, and the first tells readers to forget the steps that are done again: no step stands twice.
"""

from __future__ import annotations

import io
import logging
import threading
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from tensorboard.compat.proto.event_pb2 import Event, SessionLog
from tensorboard.compat.proto.summary_pb2 import Summary
from tensorboard.summary.writer.record_writer import RecordWriter

from pipeline.errors import StorageError
from pipeline.storage import Storage
from training.watch.measures import Window

INTERVAL_S = 30.0
FILE_BYTES = 4 << 20
_NAME = "events.out.tfevents."
_VERSION = "brain.Event:2"


@dataclass
class _File:
    """An event file: its path, its bytes so far, and how many of them are stored."""

    path: str
    data: io.BytesIO = field(default_factory=io.BytesIO)
    stored: int = 0

    def add(self, event: Event) -> None:
        RecordWriter(self.data).write(event.SerializeToString())


class TensorBoard:
    """The events of one attempt, for rank 0. `close` it, or use it in a `with`.

    What storage refuses is kept in memory and offered again; that it did is logged, and training goes on.

    Args:
        folder: of the run's event files and nothing else.
        first_step: that this attempt does; what earlier attempts told of it and of later ones is forgotten.
        interval_s: between one storing and the next.
        file_bytes: from which on a file is left alone.

    Raises:
        StorageError: not even the first file can be made.
    """

    def __init__(
        self, folder: Storage, first_step: int, interval_s: float = INTERVAL_S, file_bytes: int = FILE_BYTES
    ) -> None:
        self._folder, self._file_bytes = folder, file_bytes
        self._attempt, self._num_files = _claim(folder), 0
        self._lock = threading.Lock()
        self._files: list[_File] = []
        self._begin()
        self._put(Event(wall_time=time.time(), step=first_step, session_log=SessionLog(status=SessionLog.START)))
        self._ending = threading.Event()
        self._thread = threading.Thread(target=self._store_regularly, args=(interval_s,), name="tensorboard")
        self._thread.daemon = True
        self._thread.start()

    def __enter__(self) -> TensorBoard:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def scalars(self, step: int, values: Mapping[str, float]) -> None:
        """Tell values of a step, by tag."""
        summary = Summary(value=[Summary.Value(tag=tag, simple_value=value) for tag, value in values.items()])
        self._put(Event(wall_time=time.time(), step=step, summary=summary))

    def close(self) -> None:
        """Store what is left; nothing can be told any more."""
        self._ending.set()
        self._thread.join()

    def _put(self, event: Event) -> None:
        with self._lock:
            self._files[-1].add(event)
            if self._files[-1].data.tell() >= self._file_bytes:
                self._begin()

    def _begin(self) -> None:
        file = _File(_path(self._attempt, self._num_files))
        file.add(Event(wall_time=time.time(), file_version=_VERSION))
        self._files.append(file)
        self._num_files += 1

    def _store_regularly(self, interval_s: float) -> None:
        while not self._ending.wait(interval_s):
            self._store()
        self._store()

    def _store(self) -> None:
        with self._lock:
            grown = [(file, file.data.getvalue()) for file in self._files if file.data.tell() > file.stored]
        for file, data in grown:
            try:
                self._folder.write(file.path, data)
            except StorageError as error:
                logging.getLogger(__name__).warning("%s; the newest events of TensorBoard are not stored yet", error)
                return
            file.stored = len(data)
        with self._lock:
            self._files = [file for file in self._files[:-1] if file.data.tell() > file.stored] + self._files[-1:]


def _claim(folder: Storage) -> int:
    """The number of this attempt: the first file of no other, not even of one that is still about to end."""
    taken = [int(info.path.removeprefix(_NAME).split(".")[0]) for info in folder.list(_NAME)]
    attempt = max(taken, default=-1) + 1
    while not folder.create(_path(attempt, 0), b""):
        attempt += 1
    return attempt


def _path(attempt: int, number: int) -> str:
    return f"{_NAME}{attempt:04d}.{number:04d}"


def scalars_of(seen: Window) -> dict[str, float]:
    """Tag -> value of what a window of steps is told by."""
    return dict(_scalars_of(seen))


def _scalars_of(seen: Window) -> Iterator[tuple[str, float]]:
    yield "loss/train", seen.loss
    yield "loss/gradient_norm", seen.grad_norm
    yield "speed/tokens_per_s", seen.tokens_per_s
    yield "speed/seconds_per_step", seen.seconds_per_step
    yield "speed/useful_share", seen.useful_share
    yield "speed/data_wait_share", seen.data_wait_share
    yield "speed/checkpoint_stall_share", seen.checkpoint_stall_share
    if seen.mfu is not None:
        yield "speed/mfu", seen.mfu
    yield "memory/peak_gib", seen.peak_memory_bytes / 2**30
    for part, rate in seen.learning_rates.items():
        yield f"learning_rate/{part}", rate
    for language, loss in seen.by_language.items():
        yield f"loss_by_language/{language}", loss
    for source, loss in seen.by_source.items():
        yield f"loss_by_source/{source}", loss
