"""What rank 0 tells Prometheus of a training, step by step."""

from __future__ import annotations

import math
from collections.abc import Iterator

from pipeline import metrics
from pipeline.meter import Meter
from pipeline.metrics import Point
from training.watch.measures import Measured


class StepMeter:
    """Tells of the steps of one attempt.

    Args:
        first_step: of the attempt.
        num_steps: of the whole run.
        peak_flops_per_s: of all devices together; None where it is not known.
        meter: that is told.
    """

    def __init__(
        self, first_step: int, num_steps: int, peak_flops_per_s: float | None, meter: Meter | None = None
    ) -> None:
        self._num_steps, self._peak, self._meter = num_steps, peak_flops_per_s, meter or Meter()
        self._num_not_finite = 0
        # Told from the start: an alert sees a gauge change, and one that begins at 1 does not change.
        self._meter.tell([Point(metrics.TRAIN_STEPS_LEFT, num_steps - first_step), Point(metrics.TRAIN_NOT_FINITE, 0)])

    def step(self, measured: Measured) -> None:
        """Tell of one more step."""
        self._meter.tell(self._points(measured))

    def _points(self, seen: Measured) -> Iterator[Point]:
        self._num_not_finite += not (math.isfinite(seen.loss) and math.isfinite(seen.grad_norm))
        yield Point(metrics.TRAIN_NOT_FINITE, self._num_not_finite)
        yield Point(metrics.TRAIN_STEPS, 1)
        yield Point(metrics.TRAIN_STEPS_LEFT, self._num_steps - seen.step - 1)
        yield Point(metrics.TRAIN_TOKENS, seen.num_tokens)
        yield Point(metrics.TRAIN_SECONDS, seen.seconds)
        yield Point(metrics.TRAIN_DATA_WAIT_SECONDS, seen.data_wait_s)
        yield Point(metrics.TRAIN_CHECKPOINT_STALL_SECONDS, seen.checkpoint_stall_s)
        if math.isfinite(seen.loss):
            yield Point(metrics.TRAIN_LOSS, seen.loss)
        if math.isfinite(seen.grad_norm):
            yield Point(metrics.TRAIN_GRADIENT_NORM, seen.grad_norm)
        if self._peak is not None:
            yield Point(metrics.TRAIN_MFU, seen.flops / seen.seconds / self._peak)
        yield Point(metrics.TRAIN_PEAK_MEMORY_BYTES, seen.peak_memory_bytes)
