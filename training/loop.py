"""The training loop on one rank: no Ray, only torch.distributed; so it runs under torchrun and under a profiler."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Protocol

import torch
import torch.distributed as dist
from torch.optim import AdamW

from training.checkpoint.checkpoints import Checkpoints
from training.data.batches import Batch
from training.data.feed import Fed, Feed
from training.data.mask import Attention
from training.flops import Cost
from training.health.guard import Guard
from training.health.preemption import Notice
from training.model.parallel import trainable
from training.model.parts import Rates, parameter_groups
from training.plan.plan import Plan
from training.step import Groups, Prepared, Sums, accumulate, scale_gradients
from training.watch.measures import Measured


@dataclass(frozen=True)
class Recipe:
    """How to learn: AdamW with a linear warm-up and a cosine down to nought, gradients clipped by their global norm.

    Attributes:
        rates: peak learning rate of each part.
        warmup_share: of all steps.
        weight_decay: of what learns.
        max_grad_norm: over all that learns.
        attention: what decoder layers compute attention with.
    """

    rates: Rates
    warmup_share: float
    weight_decay: float
    max_grad_norm: float
    attention: Attention = "sdpa"

    def share_of_peak(self, step: int, num_steps: int) -> float:
        """Of the learning rates, at a step counted from 0."""
        warmup = max(1, round(self.warmup_share * num_steps))
        if step < warmup:
            return (step + 1) / warmup
        return 0.5 * (1 + math.cos(math.pi * (step - warmup) / max(1, num_steps - warmup)))


def make_optimizer(model: Any, recipe: Recipe) -> AdamW:
    """AdamW over what learns, with state for every parameter, as loading a checkpoint needs."""
    groups = parameter_groups(model, recipe.rates, recipe.weight_decay)
    optimizer = AdamW([{**group, "lr": 0.0} for group in groups], betas=(0.9, 0.95))
    # A step at rate nought without gradients makes the state and moves nothing.
    for _, parameter in trainable(model):
        parameter.grad = torch.zeros_like(parameter)
    optimizer.step()
    optimizer.zero_grad()
    for state in optimizer.state.values():
        state["step"].zero_()
    return optimizer


@dataclass(frozen=True)
class Step:
    """What a step did: a row of `schema.LOSSES`."""

    step: int
    loss: float
    num_supervised_tokens: int
    num_tokens: int
    grad_norm: float
    learning_rate: float
    skipped: bool


class Watcher(Protocol):
    """Told of what a run does; every rank has one and calls it."""

    def began(self, step: int) -> None:
        """Steps are done from this one on; those that were told of it and of later ones before are done again."""

    def step(self, measured: Measured) -> None:
        """A step is done."""

    def due(self, done: int) -> bool:
        """Whether to look at the validation samples after so many steps."""

    def validate(self, model: Any, done: int) -> None:
        """Look at them."""


@dataclass(frozen=True)
class Setting:
    """What a loop works with besides the model.

    Attributes:
        plan: of all steps.
        prepare: the tensors of a micro-batch, called from several threads.
        groups: what losses are told by.
        recipe: how to learn.
        device: of the model.
        feeding_threads: that prepare.
        micro_batches_ahead: that are ready at most.
        checkpoint_every: steps from one checkpoint to the next; one is written at the end besides.
    """

    plan: Plan
    prepare: Callable[[Batch | None], Prepared | None]
    groups: Groups
    recipe: Recipe
    device: torch.device
    feeding_threads: int
    micro_batches_ahead: int
    checkpoint_every: int


class Loop:
    """Trains from the newest checkpoint, or from the start, to the end of the plan; every rank has one.

    Args:
        model: sharded.
        setting: what to do.
        checkpoints: where to go on from.
        guard: of losses.
        notice: whether this rank must leave.
        watcher: told of steps.
    """

    def __init__(
        self, model: Any, setting: Setting, checkpoints: Checkpoints, guard: Guard, notice: Notice, watcher: Watcher
    ) -> None:
        self._model, self._setting, self._checkpoints = model, setting, checkpoints
        self._guard, self._notice, self._watcher = guard, notice, watcher
        self._optimizer = make_optimizer(model, setting.recipe)
        self._cost = Cost.of(model)
        self._steps: list[Step] = []
        # Of the step under way.
        self._stall_s = 0.0
