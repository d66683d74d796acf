"""What to do about a step whose loss or gradient norm is no number, or whose loss leaps.

    skip      the parameters stay as they are; the run goes on with the next step
    rewind    back to the last checkpoint; the steps from there to the bad one are passed over, so that the run goes on
              behind it with other samples
    stop      the run ends and tells what to look at

A decision is a pure function of values that all ranks have alike, loss and norm after their reduction and what became
of earlier steps: so all ranks decide alike, and a resumed run, which knows those from its checkpoint, as an undisturbed
one.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median
from typing import Literal

from pipeline.errors import UserError

Remedy = Literal["skip", "rewind", "stop"]
# What becomes of a step: learned from; not learned from; undone, or passed over, by a rewind; the cause of that rewind.
Fate = Literal["learned", "skipped", "undone", "rewound"]
_IDS_SHOWN = 8


@dataclass(frozen=True)
class Policy:
    """When a step is bad, and what is done about it.

    Attributes:
        on_non_finite: loss or gradient norm is infinite or not a number.
        on_spike: the loss is more than `spike_factor` times the median of the last losses.
        spike_factor: more than 1.
        spike_window: steps learned from that make up the median; until there are so many nothing is a spike.
        max_skipped: steps skipped in a row; one more stops the run.
        max_rewinds: of the whole run; one more stops it.
    """

    on_non_finite: Remedy
    on_spike: Remedy
    spike_factor: float
    spike_window: int
    max_skipped: int
    max_rewinds: int


@dataclass(frozen=True)
class Past:
    """A step that was, and what became of it; a checkpoint keeps both."""

    loss: float
    fate: Fate


@dataclass(frozen=True)
class Decision:
    """What to do about a step.

    Attributes:
        remedy: None is to learn from it.
        reason: why not; empty where the step is good.
    """

    remedy: Remedy | None
    reason: str = ""


def decide(policy: Policy, loss: float, grad_norm: float, past: Sequence[Past], checkpoint: int | None) -> Decision:
    """What to do about the step that follows `past`, before its update.

    Args:
        policy: of the run.
        loss: of the step over all ranks, nats per supervised token.
        grad_norm: global, before clipping.
        past: all steps before it, in order.
        checkpoint: steps done at the last checkpoint; None where there is none to go back to.
    """
    remedy, reason = _judged(policy, loss, grad_norm, past)
    if remedy == "skip" and _skipped_in_a_row(past) >= policy.max_skipped:
        return Decision("stop", f"{reason}; {policy.max_skipped} steps in a row were skipped (train.max_skipped)")
    if remedy == "rewind":
        if checkpoint is None:
            return Decision("stop", f"{reason}; there is no checkpoint to rewind to (train.checkpoint_every)")
        if sum(each.fate == "rewound" for each in past) >= policy.max_rewinds:
            return Decision("stop", f"{reason}; the run was rewound {policy.max_rewinds} times (train.max_rewinds)")
    return Decision(remedy, reason)


def after_rewind(past: Sequence[Past], loss: float, checkpoint: int) -> list[Past]:
    """What stands in place of `past` once a bad step of that loss led back to a checkpoint.

    It is as long as `past` and the bad step: the run goes on with the step behind, from the checkpoint's parameters.

    Args:
        past: all steps before the bad one.
        loss: of the bad one.
        checkpoint: steps done at the checkpoint.
    """
    undone = [each if each.fate == "rewound" else Past(each.loss, "undone") for each in past[checkpoint:]]
    return [*past[:checkpoint], *undone, Past(loss, "rewound")]


def refusal(step: int, reason: str, sample_ids: Sequence[int]) -> UserError:
    """The error that ends a run.

    Args:
        step: the bad one, from 0.
        reason: of the decision.
        sample_ids: qa_ids of the step's samples.
    """
    shown = ", ".join(map(str, sample_ids[:_IDS_SHOWN]))
    more = f" and {len(sample_ids) - _IDS_SHOWN} more" if len(sample_ids) > _IDS_SHOWN else ""
    return UserError(
        f"train: step {step}: {reason}; its samples are {shown}{more}. Look at them, lower train.learning_rate, or set "
        "train.on_non_finite, train.on_spike or train.spike_factor; checkpoints are kept"
    )


def _judged(policy: Policy, loss: float, grad_norm: float, past: Sequence[Past]) -> tuple[Remedy | None, str]:
    if not math.isfinite(loss):
        return policy.on_non_finite, f"the loss is {loss}"
    if not math.isfinite(grad_norm):
        return policy.on_non_finite, f"the gradient norm is {grad_norm} at a loss of {loss:.4f}"
    recent = _last_learned(past, policy.spike_window)
    if len(recent) == policy.spike_window and loss > policy.spike_factor * median(recent):
        usual = f"{median(recent):.4f}, the median of the last {policy.spike_window}"
        return policy.on_spike, f"the loss of {loss:.4f} is more than {policy.spike_factor:g} times {usual}"
    return None, ""


def _last_learned(past: Sequence[Past], number: int) -> list[float]:
    found: list[float] = []
    for each in reversed(past):
        if len(found) == number:
            break
        if each.fate == "learned":
            found.append(each.loss)
    return found


def _skipped_in_a_row(past: Sequence[Past]) -> int:
    number = 0
    for each in reversed(past):
        if each.fate != "skipped":
            break
        number += 1
    return number
