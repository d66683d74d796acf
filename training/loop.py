"""The training loop on one rank: no Ray, only torch.distributed; so it runs under torchrun and under a profiler."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import torch
import torch.distributed as dist
from torch import Tensor
from torch.nn.utils import get_total_norm
from torch.optim import AdamW

from pipeline.storage import Storage
from training import checkpoint
from training.data.encode import Sample, num_supervised
from training.data.rows import Rows, make_rows
from training.data.sequence import Placed, alone
from training.loss import token_loss_sum
from training.model.parallel import trainable
from training.plan import Plan


@dataclass(frozen=True)
class Recipe:
    """How to learn: AdamW with a linear warm-up and a cosine down to nought, gradients clipped by their global norm."""

    learning_rate: float
    warmup_share: float
    weight_decay: float
    max_grad_norm: float


@dataclass(frozen=True)
class Step:
    """What a step did: loss per supervised token over all ranks, tokens, gradient norm before clipping, rate."""

    step: int
    loss: float
    num_supervised_tokens: int
    num_tokens: int
    grad_norm: float
    learning_rate: float


def learning_rate(recipe: Recipe, step: int, num_steps: int) -> float:
    """Rate of a step, counted from 0."""
    warmup = max(1, round(recipe.warmup_share * num_steps))
    if step < warmup:
        return recipe.learning_rate * (step + 1) / warmup
    progress = (step - warmup) / max(1, num_steps - warmup)
    return recipe.learning_rate * 0.5 * (1 + math.cos(math.pi * progress))


def make_optimizer(model: Any, recipe: Recipe) -> AdamW:
    """AdamW over what learns, with state for every parameter, as loading a checkpoint needs."""
    optimizer = AdamW(
        [parameter for _, parameter in trainable(model)], lr=0.0, weight_decay=recipe.weight_decay, betas=(0.9, 0.95)
    )
    # A step at rate nought without gradients makes the state and moves nothing.
    for _, parameter in trainable(model):
        parameter.grad = torch.zeros_like(parameter)
    optimizer.step()
    optimizer.zero_grad()
    for state in optimizer.state.values():
        state["step"].zero_()
    return optimizer


def train(
    model: Any,
    plan: Plan,
    load: Callable[[int], Sample],
    recipe: Recipe,
    output: Storage,
    *,
    pad_id: int,
    checkpoint_every: int,
    keep_checkpoints: int,
    report: Callable[[Step, float], None],
) -> list[Step]:
    """Train from the last checkpoint, or from the start, to the end of the plan; every rank calls it.

    Args:
        model: sharded, its tower frozen.
        plan: of the epoch.
        load: the sample at a position of the plan.
        recipe: how to learn.
        output: where checkpoints are.
        pad_id: token that fills up rows.
        checkpoint_every: steps from one checkpoint to the next; one is written at the end besides.
        keep_checkpoints: how many of the newest are kept.
        report: told of every step and the s it took; on every rank.

    Returns:
        All steps, those before the checkpoint included.
    """
    optimizer = make_optimizer(model, recipe)
    steps: list[Step] = []
    record = checkpoint.last(output)
    if record is not None:
        checkpoint.load(output, record["step"], model, optimizer)
        steps = [Step(**step) for step in record["steps"]]
    for number in range(len(steps), plan.num_steps):
        started = time.monotonic()
        steps.append(_step(model, optimizer, plan, number, load, recipe, pad_id))
        report(steps[-1], time.monotonic() - started)
        done = number + 1
        if done % checkpoint_every == 0 or done == plan.num_steps:
            checkpoint.save(output, done, model, optimizer, {"steps": [vars(step) for step in steps]})
            if dist.get_rank() == 0:
                checkpoint.prune(output, keep_checkpoints)
    return steps


def _step(
    model: Any, optimizer: AdamW, plan: Plan, number: int, load: Callable[[int], Sample], recipe: Recipe, pad_id: int
) -> Step:
    rank, world_size = dist.get_rank(), dist.get_world_size()
    rounds = plan.of_rank(number, rank, world_size)
    samples = [None if batch is None else [load(int(position)) for position in batch] for batch in rounds]
    counts = torch.tensor(
        [
            sum(measure(sample) for batch in samples if batch for sample in batch)
            for measure in (num_supervised, _length)
        ],
        dtype=torch.float64,
    )
    dist.all_reduce(counts)
    rate = learning_rate(recipe, number, plan.num_steps)
    loss = _accumulate(model, samples, counts[0], _stand_in(plan, number, load), pad_id)
    dist.all_reduce(loss)
    norm = _clip(model, recipe.max_grad_norm)
    for group in optimizer.param_groups:
        group["lr"] = rate
    optimizer.step()
    optimizer.zero_grad()
    return Step(number, float(loss), int(counts[0]), int(counts[1]), norm, rate)


def _stand_in(plan: Plan, number: int, load: Callable[[int], Sample]) -> Callable[[], list[Sample]]:
    """The first sample of the step, for ranks that have none of their own."""
    return lambda: [load(int(plan.micro_batches(number)[0][0]))]


def _accumulate(
    model: Any,
    rounds: Sequence[Sequence[Sample] | None],
    num_supervised_tokens: Tensor,
    stand_in: Callable[[], list[Sample]],
    pad_id: int,
) -> Tensor:
    """Forward and backward of this rank's micro-batches; its part of the step's loss, float64."""
    total = torch.zeros((), dtype=torch.float64)
    for samples in rounds:
        rows = make_rows([[alone(Placed(sample, 0))] for sample in samples or stand_in()], pad_id)
        loss = token_loss_sum(model, _moved(rows, model)) / num_supervised_tokens.float()
        loss = loss if samples else loss * 0.0
        loss.backward()
        total += loss.detach().double()
    return total


def _moved(rows: Rows, model: Any) -> Rows:
    tower = next(model.model.vision_tower.parameters())
    return rows.to(tower.device, tower.dtype)


def _clip(model: Any, max_norm: float) -> float:
    """Scale all gradients so that their global norm is at most `max_norm`; the norm before."""
    gradients = [parameter.grad for _, parameter in trainable(model) if parameter.grad is not None]
    norm = get_total_norm(gradients)
    norm = norm.full_tensor() if hasattr(norm, "full_tensor") else norm
    scale = torch.clamp(max_norm / (norm + 1e-6), max=1.0)
    for gradient in gradients:
        gradient.mul_(scale)
    return float(norm)


def _length(sample: Sample) -> int:
    return len(sample.input_ids)
