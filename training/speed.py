"""Decoder layers compiled, and what they keep for the backward pass.

A layer is changed from within, in its `forward`: names of parameters stay as they are, and FSDP's hooks, which stand
around it, see a plain layer. So this comes before `shard`.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any, Literal

import torch
from torch.utils.checkpoint import CheckpointPolicy, checkpoint, create_selective_checkpoint_contexts

# none: keep all that the backward pass wants. selective: keep what attention gives and the products that are no wider
# than the model; run norms, rotations and the wide products of the MLP again. layer: keep the layer's input alone.
Recompute = Literal["none", "selective", "layer"]

_ATTENTION = frozenset(
    {
        torch.ops.aten._scaled_dot_product_cudnn_attention.default,
        torch.ops.aten._scaled_dot_product_efficient_attention.default,
        torch.ops.aten._scaled_dot_product_flash_attention.default,
        torch.ops.aten._scaled_dot_product_flash_attention_for_cpu.default,
        torch.ops.higher_order.flex_attention,
    }
)
_PRODUCTS = frozenset({torch.ops.aten.mm.default, torch.ops.aten.addmm.default})


def recompute_layers(model: Any, recompute: Recompute, every: int = 1) -> None:
    """Run decoder layers, or parts of them, a second time in the backward pass instead of keeping what they gave.

    Args:
        model: a LlavaNext, not yet sharded.
        recompute: what is run again.
        every: 1 for all layers, k for every k-th, so that memory left over is used.
    """
    if recompute == "none":
        return
    options: dict[str, Any] = {"use_reentrant": False}
    if recompute == "selective":
        policy = partial(_policy, model.config.text_config.hidden_size)
        options["context_fn"] = partial(create_selective_checkpoint_contexts, policy)
    for layer in model.model.language_model.layers[::every]:
        layer.forward = _again(layer.forward, options)


def compile_layers(model: Any, backend: str | Callable[..., Any] = "inductor") -> None:
    """Compile each decoder layer whole, what is run again included; all layers share one compilation.

    Rows of one length are compiled once; where lengths differ, a second time, for any length. A layer that cannot be
    compiled whole is an error of the first forward pass: it would be slow in silence.

    Args:
        model: a LlavaNext, not yet sharded, after `recompute_layers`.
        backend: of torch.compile.
    """
    for layer in model.model.language_model.layers:
        layer.forward = torch.compile(layer.forward, fullgraph=True, backend=backend)


def _again(forward: Callable[..., Any], options: dict[str, Any]) -> Callable[..., Any]:
    def run(*args: Any, **kwargs: Any) -> Any:
        return checkpoint(forward, *args, **options, **kwargs)

    return run


def _policy(hidden_size: int, _context: Any, operator: Any, *args: Any, **_: Any) -> CheckpointPolicy:
    if operator in _ATTENTION:
        return CheckpointPolicy.MUST_SAVE
    # The last two arguments are the factors: (tokens, in) and (in, out). What goes into the MLP's last product is wide,
    # and what comes out of it no backward pass asks for.
    if operator in _PRODUCTS and args[-1].shape[0] == hidden_size and args[-1].shape[1] <= hidden_size:
        return CheckpointPolicy.MUST_SAVE
    return CheckpointPolicy.PREFER_RECOMPUTE
