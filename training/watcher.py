"""Tells of a run: console, charts in TensorBoard, metrics for Prometheus, losses on samples that are not learned."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
import torch.distributed as dist
from torch import Tensor

from pipeline.storage import Storage
from training.data.batches import Batch
from training.data.mask import Attention
from training.data.places import Places
from training.loss import token_losses
from training.plan.layout import Layout, lay_out
from training.step import Prepared, blank
from training.told import tell_validation
from training.watch.console import Console
from training.watch.log import Log
from training.watch.measures import GroupLoss, Measured
from training.watch.peak import peak_flops_per_s
from training.watch.step_meter import StepMeter
from training.watch.tensorboard import TensorBoard
from training.watch.validation import chosen, due, validation_losses

_CHARTS = "tensorboard"
# Steps that make a point of a chart.
_WINDOW = 10


@dataclass(frozen=True)
class Validation:
    """What is looked at, and when.

    Attributes:
        batches: the same on every rank.
        prepare: the tensors of a micro-batch.
        languages: names.
        of_sample: number of each sample's language, shape (num_samples,).
        attention: what decoder layers compute attention with.
        every: steps.
        num_steps: of the run.
    """

    batches: Sequence[Batch]
    prepare: Callable[[Batch], Prepared | None]
    languages: Sequence[str]
    of_sample: Tensor
    attention: Attention
    every: int
    num_steps: int

    def losses(self, model: Any) -> dict[str, GroupLoss]:
        """By language; every rank calls it."""
        return validation_losses(
            model, self.batches, lambda batch: self._each(model, batch), self.languages, self.of_sample
        )

    def _each(self, model: Any, batch: Batch) -> tuple[Tensor, Tensor]:
        prepared = self.prepare(batch)
        device = next(model.parameters()).device
        rows = blank() if prepared is None else prepared.rows
        found = token_losses(model, rows.to(device, model.model.vision_tower.dtype), self.attention)
        kept = slice(0, 0) if prepared is None else slice(None)
        return found.each[kept], found.owners[kept]


def batches_of(places: Places, per_language: int, max_tokens: int, layout: Layout) -> list[Batch]:
    """Micro-batches of the samples to look at: some of each language, the same during the whole run."""
    short = np.flatnonzero(places.num_tokens <= max_tokens)
    positions = short[chosen(places.ids[short], places.language[short], per_language)]
    laid = lay_out(np.maximum(places.num_tokens[positions], 0).tolist(), layout, 1)[0]
    return [
        tuple(tuple((int(positions[place]),) for place in row) for row in batch) for batch in laid if batch is not None
    ]


class RunWatcher:
    """What a rank tells; the first tells of all.

    Args:
        output: the training's directory.
        validation: None where nothing is looked at.
        num_steps: of the run.
    """

    def __init__(self, output: Storage, validation: Validation | None, num_steps: int) -> None:
        gpu = torch.cuda.get_device_name() if torch.cuda.is_available() else None
        self._peak = peak_flops_per_s(gpu, dist.get_world_size())
        self._output, self._validation = output, validation
        self._num_steps = num_steps
        self._board: TensorBoard | None = None
        self._log: Log | None = None
        self._meter: StepMeter | None = None

    def __enter__(self) -> RunWatcher:
        return self

    def __exit__(self, *_: object) -> None:
        if self._board is not None:
            self._board.close()

    def began(self, step: int) -> None:
        """See `loop.Watcher`."""
        if dist.get_rank() == 0:
            self._board = TensorBoard(self._output.child(_CHARTS), step)
            self._log = Log(Console(self._num_steps, self._peak), self._board, _WINDOW, self._num_steps, self._peak)
            self._meter = StepMeter(step, self._num_steps, self._peak)

    def step(self, measured: Measured) -> None:
        """See `loop.Watcher`."""
        if self._log is not None:
            self._log.step(measured)
        if self._meter is not None:
            self._meter.step(measured)

    def due(self, done: int) -> bool:
        """See `loop.Watcher`."""
        return self._validation is not None and due(done, self._validation.every, self._validation.num_steps)

    def validate(self, model: Any, done: int) -> None:
        """See `loop.Watcher`."""
        assert self._validation is not None, "it is due only where there is something to look at"
        losses = self._validation.losses(model)
        if self._log is not None:
            self._log.validation(done, losses)
            tell_validation(self._output, done, losses)
