"""The training loop on one rank: no Ray, only torch.distributed; so it runs under torchrun and under a profiler."""

from __future__ import annotations

import itertools
import math
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any, Protocol

import torch
import torch.distributed as dist
from torch.optim import AdamW

from training.checkpoint.checkpoints import Checkpoints
from training.data.batches import Batch
from training.data.feed import Feed
from training.data.mask import Attention
from training.flops import Cost
from training.health.guard import Decision, Fate, Past, Policy, after_rewind, decide, refusal
from training.health.preemption import Notices, Preempted
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
    # Fused where it is fast: the default makes copies of all weights on the way, which may not fit.
    fused = next(model.parameters()).device.type == "cuda"
    optimizer = AdamW([{**group, "lr": 0.0} for group in groups], betas=(0.9, 0.95), fused=fused)
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
    fate: Fate


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
        sample_ids: qa_ids of a step, for errors.
        device: of the model.
        feeding_threads: that prepare.
        micro_batches_ahead: that are ready at most.
        checkpoint_every: steps from one checkpoint to the next; one is written at the end besides.
        leaves: whether all ranks end once one must leave; otherwise there is a checkpoint, and they go on until then.
    """

    plan: Plan
    prepare: Callable[[Batch | None], Prepared | None]
    groups: Groups
    recipe: Recipe
    sample_ids: Callable[[int], Sequence[int]]
    device: torch.device
    feeding_threads: int
    micro_batches_ahead: int
    checkpoint_every: int
    leaves: bool


class Loop:
    """Trains from the newest checkpoint, or from the start, to the end of the plan; every rank has one.

    Args:
        model: sharded.
        setting: what to do.
        checkpoints: where to go on from.
        policy: what is done about bad steps.
        notices: whether this rank must leave.
        watcher: told of steps.
    """

    def __init__(
        self, model: Any, setting: Setting, checkpoints: Checkpoints, policy: Policy, notices: Notices, watcher: Watcher
    ) -> None:
        self._model, self._setting, self._checkpoints = model, setting, checkpoints
        self._policy, self._notices, self._watcher = policy, notices, watcher
        self._optimizer = make_optimizer(model, setting.recipe)
        self._cost = Cost.of(model)
        self._steps: list[Step] = []
        self._past: list[Past] = []
        # Steps done at the newest checkpoint.
        self._saved: int | None = None
        # Of the step under way.
        self._stall_s = 0.0

    def run(self) -> list[Step]:
        """All steps, those before the checkpoint included.

        Raises:
            UserError: a bad step stops the run, samples cannot be read, or storage refuses; checkpoints are kept.
            Preempted: a rank must leave; what was done is in a checkpoint.
        """
        self._resume()
        num_steps = self._setting.plan.num_steps
        self._watcher.began(len(self._steps))
        ended, noticed = time.monotonic(), False
        with self._feed(range(len(self._steps), num_steps)) as feed:
            while len(self._steps) < num_steps:
                sums = self._step(feed)
                self._watcher.step(self._measured(sums, time.monotonic() - ended))
                done = len(self._steps)
                if self._watcher.due(done):
                    self._watcher.validate(self._model, done)
                # The next step's time has a checkpoint's stall in it, and no validation.
                ended, self._stall_s = time.monotonic(), 0.0
                told, noticed = noticed, noticed or sums.notices > 0
                if done % self._setting.checkpoint_every == 0 or done == num_steps or (noticed and not told):
                    self._save(done)
                if noticed and self._setting.leaves and done < num_steps:
                    self._checkpoints.wait()
                    raise Preempted(done)
        self._checkpoints.wait()
        return self._steps

    def _resume(self) -> None:
        record = self._checkpoints.last()
        if record is not None:
            self._checkpoints.load(record["step"], self._model, self._optimizer)
            self._steps = [Step(**step) for step in record["steps"]]
            self._past = [Past(step.loss, step.fate) for step in self._steps]
            self._saved = int(record["step"])

    def _save(self, done: int) -> None:
        facts = {"steps": [asdict(step) for step in self._steps]}
        self._stall_s = self._checkpoints.save(done, self._model, self._optimizer, facts)
        self._saved = done

    def _feed(self, numbers: Sequence[int]) -> Feed[Batch | None, Prepared | None]:
        rank, world_size = dist.get_rank(), dist.get_world_size()
        setting = self._setting
        rounds = (batch for number in numbers for batch in setting.plan.of_rank(number, rank, world_size))
        return Feed(rounds, setting.prepare, num_threads=setting.feeding_threads, ahead=setting.micro_batches_ahead)

    def _step(self, feed: Feed[Batch | None, Prepared | None]) -> Sums:
        number, setting = len(self._steps), self._setting
        num_rounds = len(setting.plan.of_rank(number, dist.get_rank(), dist.get_world_size()))
        sums = accumulate(
            self._model, ((fed.batch, fed.waited_s) for fed in itertools.islice(feed, num_rounds)),
            attention=setting.recipe.attention, groups=setting.groups, device=setting.device,
            vote=self._notices.vote(),
        )  # fmt: skip
        norm = scale_gradients(self._model, max(sums.work.num_supervised, 1), setting.recipe.max_grad_norm)
        share = setting.recipe.share_of_peak(number, setting.plan.num_steps)
        self._decide(number, sums, norm, share)
        self._optimizer.zero_grad()
        return sums

    def _decide(self, number: int, sums: Sums, norm: float, share: float) -> None:
        """Learn from the gradients, or do what the policy says."""
        decision = decide(self._policy, sums.mean_loss, norm, self._past, self._saved)
        newest = self._checkpoints.last() if decision.remedy == "rewind" else None
        if decision.remedy == "rewind" and newest is None:
            decision = Decision("stop", f"{decision.reason}; no checkpoint could be stored to rewind to")
        if decision.remedy == "stop":
            raise refusal(number, decision.reason, self._setting.sample_ids(number))
        if decision.remedy is None:
            self._learn(share)
        elif dist.get_rank() == 0:
            sys.stderr.write(f"train: step {number}: {decision.reason}: {decision.remedy}\n")
        if newest is not None:
            self._checkpoints.load(newest["step"], self._model, self._optimizer)
            self._past = after_rewind(self._past, sums.mean_loss, newest["step"])
        else:
            self._past.append(Past(sums.mean_loss, "learned" if decision.remedy is None else "skipped"))
        rate = (self._setting.recipe.rates.language_model or 0.0) * share
        done = Step(number, sums.mean_loss, sums.work.num_supervised, sums.work.num_tokens, norm, rate, "learned")
        self._steps.append(done)
        first = 0 if decision.remedy == "rewind" else number
        for place in range(first, number + 1):
            self._steps[place] = replace(self._steps[place], fate=self._past[place].fate)

    def _learn(self, share: float) -> None:
        for group in self._optimizer.param_groups:
            group["lr"] = group["peak_lr"] * share
        self._optimizer.step()

    def _measured(self, sums: Sums, seconds: float) -> Measured:
        step, setting = self._steps[-1], self._setting
        share = setting.recipe.share_of_peak(step.step, setting.plan.num_steps)
        on_gpu = setting.device.type == "cuda"
        return Measured(
            step=step.step,
            loss=step.loss,
            num_tokens=step.num_tokens,
            num_supervised_tokens=step.num_supervised_tokens,
            num_padded_tokens=sums.num_padded,
            grad_norm=step.grad_norm,
            learning_rates={group["name"]: group["peak_lr"] * share for group in self._optimizer.param_groups},
            seconds=seconds,
            data_wait_s=sums.waited_s,
            checkpoint_stall_s=self._stall_s,
            peak_memory_bytes=torch.cuda.max_memory_allocated() if on_gpu else 0,
            flops=self._cost.flops(sums.work),
            by_language=sums.by_group["language"],
            by_source=sums.by_group["source"],
        )
