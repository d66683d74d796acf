"""What a checkpoint holds: parameters that learn and the optimizer's state, by name, sharded as they are."""

from __future__ import annotations

from typing import Any

from torch.distributed.checkpoint.state_dict import (
    StateDictOptions,
    get_model_state_dict,
    get_optimizer_state_dict,
    set_model_state_dict,
    set_optimizer_state_dict,
)
from torch.optim import Optimizer

_OPTIONS = StateDictOptions(ignore_frozen_params=True, strict=False)


def state_of(model: Any, optimizer: Optimizer) -> dict[str, Any]:
    """The tensors themselves, not copies; the optimizer must have state for every parameter."""
    return {
        "model": get_model_state_dict(model, options=_OPTIONS),
        "optimizer": get_optimizer_state_dict(model, optimizer, options=_OPTIONS),
    }


def restore(model: Any, optimizer: Optimizer, state: dict[str, Any]) -> None:
    """The opposite of `state_of`."""
    set_model_state_dict(model, state["model"], options=_OPTIONS)
    set_optimizer_state_dict(model, optimizer, state["optimizer"], options=_OPTIONS)
