"""A sharded model of a few hundred weights, one layer of them frozen, and its optimizer: saves in no time."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn
from torch.distributed.checkpoint.state_dict import (
    StateDictOptions,
    get_model_state_dict,
    get_optimizer_state_dict,
)
from torch.distributed.device_mesh import init_device_mesh
from torch.distributed.fsdp import fully_shard
from torch.optim import AdamW


def small(seed: int = 3) -> tuple[Any, AdamW]:
    """On every rank; the optimizer has state."""
    torch.manual_seed(seed)
    model = nn.Sequential(nn.Linear(16, 24), nn.Linear(24, 10), nn.Linear(10, 5))
    model[0].requires_grad_(requires_grad=False)
    mesh = init_device_mesh("cpu", (torch.distributed.get_world_size(),))
    for layer in (*model, model):
        fully_shard(layer, mesh=mesh)
    optimizer = AdamW([parameter for parameter in model.parameters() if parameter.requires_grad], lr=0.1)
    learn(model, optimizer)
    return model, optimizer


def learn(model: Any, optimizer: AdamW) -> None:
    """One step."""
    model(torch.ones(2, 16)).square().sum().backward()
    optimizer.step()
    optimizer.zero_grad()


def whole(model: Any, optimizer: AdamW) -> dict[str, Any]:
    """A copy of all that learns, unsharded, by name; every rank calls it, rank 0 gets it."""
    options = StateDictOptions(full_state_dict=True, cpu_offload=True, ignore_frozen_params=True)
    state = get_optimizer_state_dict(model, optimizer, options=options).get("state", {})
    found = {f"{name} {key}": value for name, kept in state.items() for key, value in kept.items()}
    # One rank has nothing to gather: what torch gives then is the parameters themselves.
    return {name: value.clone() for name, value in {**get_model_state_dict(model, options=options), **found}.items()}


def same(one: dict[str, Tensor], other: dict[str, Tensor]) -> bool:
    """Bit for bit."""
    return one.keys() == other.keys() and all(torch.equal(one[name], other[name]) for name in one)
