"""FSDP2 for LlavaNext: decoder layers sharded one by one, the frozen tower left whole on every rank.

Sharding the tower breaks transformers' capture of its hidden states, and its parameters are few: they are ignored by
FSDP, kept in eval mode and without gradients.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import torch
from torch.distributed.device_mesh import DeviceMesh
from torch.distributed.fsdp import MixedPrecisionPolicy, fully_shard
from torch.nn import Parameter


def freeze_tower(model: Any) -> None:
    """As CulturalPangea is trained: the vision tower stays as it is, connector and language model learn."""
    model.model.vision_tower.requires_grad_(requires_grad=False)
    model.model.vision_tower.eval()


def shard(model: Any, mesh: DeviceMesh, param_dtype: torch.dtype) -> None:
    """Shard in place.

    Args:
        model: a LlavaNextForConditionalGeneration whose tower is frozen.
        mesh: one dimension, all ranks.
        param_dtype: of parameters in forward and backward; gradients are reduced in float32.
    """
    policy = MixedPrecisionPolicy(param_dtype=param_dtype, reduce_dtype=torch.float32)
    ignored = set(model.model.vision_tower.parameters())
    for layer in model.model.language_model.layers:
        fully_shard(layer, mesh=mesh, mp_policy=policy)
    fully_shard(model, mesh=mesh, mp_policy=policy, ignored_params=ignored)
    for module in (model, *model.model.language_model.layers):
        # Losses are divided by the step's tokens already, so gradients of ranks are summed.
        module.set_gradient_divide_factor(1.0)
        module.set_force_sum_reduction_for_comms(enable=True)
    # A rank may have no picture where another has one; without this their collectives would differ.
    model.set_reduce_scatter_unused_params(reduce_scatter_unused_params=True)


def trainable(model: Any) -> Iterator[tuple[str, Parameter]]:
    """Named parameters that learn."""
    return ((name, parameter) for name, parameter in model.named_parameters() if parameter.requires_grad)
