"""Metrics of a run by name: what Prometheus scrapes from Ray's exporter, what panels and alerts in `deploy/` ask for.

Ray puts `ray_` before a name and `_total` behind a counter's. It drops values that are no number or infinite, so what
is not finite has to be counted.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class Metric:
    """A declared metric.

    Attributes:
        name: as it is told to Ray.
        kind: a counter grows from 0 while its process lives, a gauge is what was told last.
        meaning: with unit; of its labels where their names do not say it.
        labels: that every value has.
    """

    name: str
    kind: Literal["counter", "gauge"]
    meaning: str
    labels: tuple[str, ...] = ()

    @property
    def exported(self) -> str:
        """The name in Prometheus."""
        return f"ray_{self.name}" + ("_total" if self.kind == "counter" else "")


@dataclass(frozen=True)
class Point:
    """A value of a metric: what a counter grows by, or what a gauge is now. `labels` are the values of its labels."""

    metric: Metric
    value: float
    labels: tuple[str, ...] = ()


def _counter(name: str, meaning: str, *labels: str) -> Metric:
    return Metric(f"culturalground_{name}", "counter", meaning, labels)


def _gauge(name: str, meaning: str, *labels: str) -> Metric:
    return Metric(f"culturalground_{name}", "gauge", meaning, labels)


ROWS = _counter(
    "rows",
    "rows of committed partitions; fate is ok, not_selected or quarantined, reason says why, empty for ok",
    "stage", "fate", "reason",
)  # fmt: skip
PARTITIONS = _counter("partitions", "partitions committed", "stage")
PARTITIONS_LEFT = _gauge("partitions_left", "partitions still to commit; 0 once the stage has ended", "stage")
QUARANTINE_LIMIT = _gauge("quarantine_limit", "share of rows that may be quarantined: max_quarantined", "stage")
WORK_SECONDS = _counter("work_seconds", "time that partitions took, s, summed over workers", "stage")
GPU_SECONDS = _counter("gpu_seconds", "time of GPUs held, s", "stage")
FETCHED_BYTES = _counter("fetched_bytes", "bytes fetched from outside", "stage")
TOKENS = _counter(
    "tokens",
    "tokens of replies made now; kind is prompt, cached (those of the prompts that the engine had computed before) or "
    "output",
    "stage", "kind",
)  # fmt: skip
REPLIES = _counter(
    "replies", "replies of models; source is generated, from_store (an earlier attempt paid for it) or failed",
    "stage", "source",
)  # fmt: skip
ENGINE_PICTURES = _counter(
    "engine_pictures",
    "what became of pictures in engines; event is pictures (asked about), pictures_encoded, pictures_processed (to be "
    "made ready) or pictures_ready (of these, ready before)",
    "stage", "event",
)  # fmt: skip
SPENT = _gauge("spent", "spent by the run so far, all attempts; cap and unit are those of the section budget", "cap")
CAP = _gauge("cap", "what may be spent; cap and unit as above", "cap")

TRAIN_STEPS = _counter("train_steps", "steps done, repeated ones too")
TRAIN_TOKENS = _counter("train_tokens", "tokens trained on, picture tokens included, padding not")
TRAIN_SECONDS = _counter("train_seconds", "time of steps, s, with all waiting")
TRAIN_DATA_WAIT_SECONDS = _counter("train_data_wait_seconds", "of it, waiting for samples, s, mean over ranks")
TRAIN_CHECKPOINT_STALL_SECONDS = _counter(
    "train_checkpoint_stall_seconds", "of it, held up by checkpoints, s, mean over ranks"
)
TRAIN_STEPS_LEFT = _gauge("train_steps_left", "steps still to do")
TRAIN_LOSS = _gauge("train_loss", "loss of the last step, nats per supervised token; stays where it is not finite")
TRAIN_GRADIENT_NORM = _gauge("train_gradient_norm", "gradient norm of the last step before clipping; stays likewise")
TRAIN_NOT_FINITE = _gauge("train_not_finite", "steps of this attempt whose loss or gradient norm was not finite")
TRAIN_MFU = _gauge("train_mfu", "share of the devices' peak arithmetic in the last step, where the peak is known")
TRAIN_PEAK_MEMORY_BYTES = _gauge("train_peak_memory_bytes", "most memory held on any GPU, bytes")

METRICS = tuple(found for found in list(globals().values()) if isinstance(found, Metric))
