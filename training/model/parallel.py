"""FSDP2 for LlavaNext: decoder layers sharded one by one, the rest together as the root.

A frozen tower is left whole on every rank: sharding it layer by layer breaks transformers' capture of its hidden
states, and its parameters are few. One that learns belongs to the root, which every rank gathers whether its
micro-batch has a picture or not; so no micro-batch needs a blank picture.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import torch
from torch.distributed.device_mesh import DeviceMesh
from torch.distributed.fsdp import MixedPrecisionPolicy, fully_shard
from torch.nn import Parameter

from training.model.parts import part_of


def shard(model: Any, mesh: DeviceMesh, param_dtype: torch.dtype) -> None:
    """Shard in place, on the mesh's devices.

    Args:
        model: a LlavaNextForConditionalGeneration in float32, after `parts.freeze` and `lora.add_lora`.
        mesh: one dimension, all ranks.
        param_dtype: of parameters in forward and backward; gradients are reduced in float32. What is frozen is kept in
            it, what learns in float32.
    """
    policy = MixedPrecisionPolicy(param_dtype=param_dtype, reduce_dtype=torch.float32)
    for parameter in model.parameters():
        if not parameter.requires_grad:
            parameter.data = parameter.data.to(param_dtype)
    tower, decoder = model.model.vision_tower, model.model.language_model
    whole = set() if any(parameter.requires_grad for parameter in tower.parameters()) else set(tower.parameters())
    if whole:
        tower.to(mesh.device_type)
    for layer in decoder.layers:
        fully_shard(layer, mesh=mesh, mp_policy=policy)
    fully_shard(model, mesh=mesh, mp_policy=policy, ignored_params=whole)
    for module in (model, *decoder.layers):
        # Losses are divided by the step's tokens already, so gradients of ranks are summed.
        module.set_gradient_divide_factor(1.0)
        module.set_force_sum_reduction_for_comms(enable=True)
    # A rank may have no picture where another has one; without this their collectives would differ. A single rank, as
    # of a benchmark that is carried to a machine with torch 2.11, which lacks it, has nobody to differ from.
    if mesh.size() > 1 or hasattr(model, "set_reduce_scatter_unused_params"):
        model.set_reduce_scatter_unused_params(reduce_scatter_unused_params=True)
    _make_graphs_alike(model)


def trainable(model: Any) -> Iterator[tuple[str, Parameter]]:
    """Named parameters that learn."""
    return ((name, parameter) for name, parameter in model.named_parameters() if parameter.requires_grad)


def _make_graphs_alike(model: Any) -> None:
    """Let gradients reach below the decoder on every rank, or on none.

    With frozen embeddings they would do so only where there is a picture. FSDP reduces a layer's gradients when the
    backward pass leaves the layer, or else after it: ranks would reduce in different orders, or one of them never.
    """
    decoder = model.model.language_model
    below = [name for name, _ in trainable(model) if part_of(name) != "language_model"]
    if decoder.embed_tokens.weight.requires_grad or not below:
        return
    owner, _, attribute = below[0].rpartition(".")
    module = model.get_submodule(owner)

    def touch(_: Any, arguments: tuple[Any, ...], named: dict[str, Any]) -> tuple[tuple[Any, ...], dict[str, Any]]:
        nothing = getattr(module, attribute).flatten()[0] * 0
        return arguments, {**named, "inputs_embeds": named["inputs_embeds"] + nothing}

    decoder.register_forward_pre_hook(touch, with_kwargs=True)
