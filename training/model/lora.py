"""LoRA on the decoder (peft): low-rank matrices learn instead of it, and are added to its weights in the export.

Adapters sit in the model itself, without peft's wrapper around it, so the model is sharded, called and saved as any
other. There is no dropout: a resumed run, or one at another world size, would draw another.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from pipeline.errors import ConfigError

_ADAPTER = "default"
_BASE = ".base_layer."


@dataclass(frozen=True)
class Lora:
    """Rank of the added matrices, alpha (they are scaled by alpha / rank), and the linear layers that get them.

    Attributes:
        targets: last part of their names, such as q_proj; None takes every linear layer of the decoder.
    """

    rank: int
    alpha: float
    targets: tuple[str, ...] | None = None


def add_lora(model: Any, lora: Lora, seed: int = 0) -> None:
    """Freeze the language model and add adapters that learn; what they add is nought at first.

    Args:
        model: a LlavaNextForConditionalGeneration whose language model learns; before `parallel.shard`.
        lora: what to add.
        seed: of the first values, which every rank must draw alike.

    Raises:
        ConfigError: the language model is frozen, or has no layer of such a name.
    """
    # Here, so that what trains without it does not wait for it.
    from peft import LoraConfig, inject_adapter_in_model

    decoder = model.model.language_model
    if not any(parameter.requires_grad for parameter in decoder.parameters()):
        raise ConfigError("train: LoRA is for a language model that learns; give it a learning rate or take LoRA out")
    known = {name.rpartition(".")[2] for name, module in decoder.named_modules() if isinstance(module, nn.Linear)}
    targets = known if lora.targets is None else set(lora.targets)
    if targets - known:
        raise ConfigError(
            f"train: LoRA on {', '.join(sorted(targets - known))}: the decoder's linear layers are "
            f"{', '.join(sorted(known))}"
        )
    config = LoraConfig(r=lora.rank, lora_alpha=lora.alpha, target_modules=sorted(targets))
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        inject_adapter_in_model(config, decoder, _ADAPTER)
    model.lm_head.requires_grad_(requires_grad=False)


def merged(model: Any, whole: Callable[[Tensor], Tensor]) -> Iterator[tuple[str, Tensor]]:
    """Parameters under the names they have without LoRA, adapters added in float32; a tied head is left out.

    Args:
        model: with or without adapters, sharded or not.
        whole: gathers what ranks share; called in the same order on each.
    """
    for name, parameter in model.named_parameters():
        if ".lora_" in name:
            continue
        value = whole(parameter)
        module, _, attribute = name.partition(_BASE)
        if attribute == "weight":
            value = value.float() + _added(model.get_submodule(module), whole)
        yield name.replace(_BASE, "."), value


def _added(layer: Any, whole: Callable[[Tensor], Tensor]) -> Tensor:
    """What an adapter adds to its layer's weight, shape (out, in), float32."""
    down, up = whole(layer.lora_A[_ADAPTER].weight), whole(layer.lora_B[_ADAPTER].weight)
    added: Tensor = layer.scaling[_ADAPTER] * (up.float() @ down.float())
    return added
