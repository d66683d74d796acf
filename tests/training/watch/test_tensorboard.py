"""Event files read back with TensorBoard's own reader."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

from pipeline.errors import StorageError
from pipeline.storage import ObjectInfo, Storage, open_storage
from tests.training.watch.test_measures import measured
from training.watch.measures import GroupLoss, window
from training.watch.tensorboard import TensorBoard, scalars_of

TAG = "loss/train"


class Refusing(Storage):
    """Refuses as many writes as it is told to, and holds each until it is let go."""

    def __init__(self, inner: Storage, refusals: int) -> None:
        self.inner, self.uri, self.refusals = inner, inner.uri, refusals
        self.open = threading.Event()
        self.written: list[int] = []

    def read(self, path: str, start: int = 0, length: int | None = None) -> bytes:
        return self.inner.read(path, start, length)

    def stat(self, path: str) -> ObjectInfo | None:
        return self.inner.stat(path)

    def write(self, path: str, data: bytes) -> None:
        self.open.wait()
        self.refusals -= 1
        if self.refusals >= 0:
            raise StorageError(f"{path}: busy")
        self.written.append(len(data))
        self.inner.write(path, data)

    def create(self, path: str, data: bytes) -> bool:
        return self.inner.create(path, data)

    def list(self, prefix: str = "") -> Iterator[ObjectInfo]:
        return self.inner.list(prefix)

    def folders(self, prefix: str = "") -> Iterator[str]:
        return self.inner.folders(prefix)

    def delete(self, path: str) -> None:
        self.inner.delete(path)

    def child(self, path: str) -> Storage:
        return self.inner.child(path)


def read(folder: Path) -> Mapping[str, list[tuple[int, float]]]:
    events = EventAccumulator(str(folder), size_guidance={"scalars": 0})
    events.Reload()
    return {
        tag: [(event.step, event.value) for event in events.Scalars(tag)] for tag in sorted(events.Tags()["scalars"])
    }


@pytest.mark.parametrize("file_bytes", [1 << 20, 200])
def test_after_a_resume_no_step_stands_twice(tmp_path: Path, file_bytes: int) -> None:
    folder = open_storage(str(tmp_path))
    for first, last, value in ((0, 7, 1.0), (5, 9, 2.0), (9, 11, 3.0)):
        with TensorBoard(folder, first, file_bytes=file_bytes) as board:
            for step in range(first, last):
                board.scalars(step, {TAG: value + step, "memory/peak_gib": 1.0})
    assert read(tmp_path)[TAG] == [(step, step + (1.0 if step < 5 else 2.0 if step < 9 else 3.0)) for step in range(11)]
    assert len(list(tmp_path.iterdir())) == (3 if file_bytes > 1000 else 7)


def test_storage_that_refuses_and_waits_holds_up_nothing(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    folder = Refusing(open_storage(str(tmp_path)), refusals=2)
    board = TensorBoard(folder, 0, interval_s=0.001, file_bytes=300)
    with caplog.at_level(logging.WARNING):
        for step in range(50):
            board.scalars(step, {TAG: step})
        assert folder.written == []
        folder.open.set()
        while not folder.written:
            time.sleep(0.001)
        board.close()
    assert read(tmp_path)[TAG] == [(step, float(step)) for step in range(50)]
    assert max(folder.written) < 400
    assert [record.message for record in caplog.records][-1].endswith("not stored yet")


def test_an_attempt_that_has_not_ended_keeps_its_files(tmp_path: Path) -> None:
    folder = open_storage(str(tmp_path))
    lingering = TensorBoard(folder, 0, interval_s=60)
    with TensorBoard(folder, 2) as board:
        board.scalars(2, {TAG: 2.0})
    lingering.scalars(0, {TAG: 0.0})
    lingering.scalars(3, {TAG: -1.0})
    lingering.close()
    assert read(tmp_path)[TAG] == [(0, 0.0), (2, 2.0)]


def test_what_is_told_of_a_window(tmp_path: Path) -> None:
    seen = window([measured(by_language={"am": GroupLoss(6.0, 2)}, by_source={"open": GroupLoss(1.0, 1)})], None)
    with TensorBoard(open_storage(str(tmp_path)), 0) as board:
        board.scalars(seen.step, scalars_of(seen))
    found = read(tmp_path)
    assert found["loss_by_language/am"] == [(3, 3.0)]
    assert found["loss_by_source/open"] == [(3, 1.0)]
    assert found["learning_rate/connector"] == [(3, pytest.approx(2e-5))]
    assert "speed/mfu" not in found
