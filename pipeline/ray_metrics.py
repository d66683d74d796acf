"""Points to Ray's exporter, from which Prometheus scrapes them: one port on every node."""

from __future__ import annotations

from functools import cache
from typing import Any

from ray.util.metrics import Counter, Gauge

from pipeline.metrics import Metric, Point


class RayRecorder:
    """Keeps Ray's counterpart of each metric that was told."""

    def __init__(self) -> None:
        self._found: dict[str, Any] = {}

    def record(self, point: Point) -> None:
        """See `meter.Recorder`; some microseconds, since Ray passes on what it was told every few seconds."""
        tags = dict(zip(point.metric.labels, point.labels, strict=True))
        if point.metric.kind == "gauge":
            self._of(point.metric).set(float(point.value), tags)
        elif point.value > 0:
            # Ray refuses to count nothing.
            self._of(point.metric).inc(float(point.value), tags)

    def _of(self, metric: Metric) -> Any:
        if metric.name not in self._found:
            made = Counter if metric.kind == "counter" else Gauge
            self._found[metric.name] = made(metric.name, metric.meaning, metric.labels)
        return self._found[metric.name]


@cache
def recorder() -> RayRecorder:
    """The one of this process: Ray knows a metric by its name."""
    return RayRecorder()
