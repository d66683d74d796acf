"""What the driver tells of stages: from commit records as they come, and from the spend guard."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from pipeline import metrics
from pipeline.commit import CommitRecord
from pipeline.meter import Meter
from pipeline.metrics import Point


def tell_start(stage: str, num_left: int, max_quarantined: float) -> None:
    """Told once Ray is there, so that a stage that never commits anything is seen to stand still."""
    Meter().tell(
        [
            Point(metrics.PARTITIONS_LEFT, num_left, (stage,)),
            Point(metrics.QUARANTINE_LIMIT, max_quarantined, (stage,)),
        ]
    )


class StageMeter:
    """Tells of one stage while a driver works on it.

    Args:
        stage: its name.
        num_left: partitions that are to be done.
        meter: that is told.
    """

    def __init__(self, stage: str, num_left: int, meter: Meter | None = None) -> None:
        self._stage, self._num_left, self._meter = stage, num_left, meter or Meter()

    def committed(self, record: CommitRecord) -> None:
        """Tell of one more partition."""
        self._num_left -= 1
        self._meter.tell(_of_commit(record))
        self._meter.tell([Point(metrics.PARTITIONS_LEFT, self._num_left, (self._stage,))])

    def spent(self, used: Mapping[str, tuple[float, float | None]]) -> None:
        """Tell what is spent, as `SpendGuard.used` has it."""
        for cap, (spent, most) in used.items():
            self._meter.tell([Point(metrics.SPENT, spent, (cap,))])
            if most is not None:
                self._meter.tell([Point(metrics.CAP, most, (cap,))])

    def ended(self) -> None:
        """Nobody works on the stage any more, complete or not."""
        self._meter.tell([Point(metrics.PARTITIONS_LEFT, 0, (self._stage,))])


def _of_commit(record: CommitRecord) -> Iterator[Point]:
    stage, counts, log = record.stage, record.counts, record.log
    yield Point(metrics.PARTITIONS, 1, (stage,))
    yield Point(metrics.ROWS, counts.ok, (stage, "ok", ""))
    for fate, by_reason in (("not_selected", counts.not_selected), ("quarantined", counts.quarantined)):
        for reason, number in by_reason.items():
            yield Point(metrics.ROWS, number, (stage, fate, reason))
    yield Point(metrics.WORK_SECONDS, log.get("seconds", 0), (stage,))
    yield Point(metrics.GPU_SECONDS, record.spend.gpu_seconds, (stage,))
    yield Point(metrics.FETCHED_BYTES, record.spend.fetched_bytes, (stage,))
    for kind in ("prompt", "cached", "output"):
        yield Point(metrics.TOKENS, log.get(f"{kind}_tokens", 0), (stage, kind))
    for source in ("generated", "from_store", "failed"):
        yield Point(metrics.REPLIES, log.get(source, 0), (stage, source))
    for event in ("pictures", "pictures_encoded", "pictures_processed", "pictures_ready"):
        yield Point(metrics.ENGINE_PICTURES, log.get("caches", {}).get(event, 0), (stage, event))
