"""Measures of one step, and of a window of steps."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field


@dataclass(frozen=True)
class GroupLoss:
    """Cross-entropy of a group's supervised tokens: its sum, nats, and how many there are."""

    total: float
    num_tokens: int

    def __add__(self, other: GroupLoss) -> GroupLoss:
        return GroupLoss(self.total + other.total, self.num_tokens + other.num_tokens)

    @property
    def mean(self) -> float:
        """Nats per supervised token; NaN without any."""
        return self.total / self.num_tokens if self.num_tokens else float("nan")


@dataclass(frozen=True)
class Measured:
    """One step, over all ranks.

    Attributes:
        step: from 0.
        loss: mean cross-entropy per supervised token, nats.
        num_tokens: of the step's sequences, picture tokens included, padding not.
        num_supervised_tokens: those that the loss counts.
        num_padded_tokens: places of the step's rows that hold no token of a sequence.
        grad_norm: global, before clipping.
        learning_rates: part of the model -> its rate.
        seconds: from the end of the step before to the end of this one, so with all waiting.
        data_wait_s: of it, waiting for samples; mean over ranks.
        checkpoint_stall_s: of it, held up by a checkpoint; mean over ranks.
        peak_memory_bytes: largest on any device; 0 on CPUs.
        flops: of the step, forward and backward, recomputation not counted.
        by_language: language -> loss.
        by_source: source -> loss.
    """

    step: int
    loss: float
    num_tokens: int
    num_supervised_tokens: int
    num_padded_tokens: int
    grad_norm: float
    learning_rates: Mapping[str, float]
    seconds: float
    data_wait_s: float
    checkpoint_stall_s: float
    peak_memory_bytes: int
    flops: float
    by_language: Mapping[str, GroupLoss] = field(default_factory=dict)
    by_source: Mapping[str, GroupLoss] = field(default_factory=dict)


@dataclass(frozen=True)
class Window:
    """Several steps in a row.

    Attributes:
        step: the last.
        loss: per supervised token of the window.
        tokens_per_s: `num_tokens` only, so padding is not counted.
        useful_share: tokens among all places of the rows.
        mfu: share of the devices' peak arithmetic; None where the peak is not known.
        data_wait_share: of the time.
        checkpoint_stall_share: of the time.
        seconds_per_step: mean.
        grad_norm: largest.
        learning_rates: of the last step.
        peak_memory_bytes: largest.
        by_language: language -> nats per supervised token, of those that the window has.
        by_source: source -> the same.
    """

    step: int
    loss: float
    tokens_per_s: float
    useful_share: float
    mfu: float | None
    data_wait_share: float
    checkpoint_stall_share: float
    seconds_per_step: float
    grad_norm: float
    learning_rates: Mapping[str, float]
    peak_memory_bytes: int
    by_language: Mapping[str, float]
    by_source: Mapping[str, float]


def window(steps: Sequence[Measured], peak_flops_per_s: float | None) -> Window:
    """Measures of steps together; what is per token is weighted by tokens, what is per second by seconds.

    Args:
        steps: at least one, in order.
        peak_flops_per_s: of all devices together (`peak.py`); None where it is not known.
    """
    last, seconds = steps[-1], sum(each.seconds for each in steps)
    tokens = sum(each.num_tokens for each in steps)
    places = tokens + sum(each.num_padded_tokens for each in steps)
    supervised = sum(each.num_supervised_tokens for each in steps)
    flops = sum(each.flops for each in steps)
    return Window(
        step=last.step,
        loss=sum(each.loss * each.num_supervised_tokens for each in steps) / max(supervised, 1),
        tokens_per_s=tokens / seconds,
        useful_share=tokens / max(places, 1),
        mfu=None if peak_flops_per_s is None else flops / seconds / peak_flops_per_s,
        data_wait_share=sum(each.data_wait_s for each in steps) / seconds,
        checkpoint_stall_share=sum(each.checkpoint_stall_s for each in steps) / seconds,
        seconds_per_step=seconds / len(steps),
        grad_norm=max(each.grad_norm for each in steps),
        learning_rates=last.learning_rates,
        peak_memory_bytes=max(each.peak_memory_bytes for each in steps),
        by_language=_means([each.by_language for each in steps]),
        by_source=_means([each.by_source for each in steps]),
    )


def _means(steps: Sequence[Mapping[str, GroupLoss]]) -> dict[str, float]:
    sums: dict[str, GroupLoss] = {}
    for groups in steps:
        for name, group in groups.items():
            sums[name] = sums.get(name, GroupLoss(0.0, 0)) + group
    return {name: group.mean for name, group in sorted(sums.items()) if group.num_tokens}
