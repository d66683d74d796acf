"""The trained model as a Hugging Face folder that both transformers and vLLM load.

Keys are those of published LlavaNext models, which every version of either reads. transformers 5.19 writes the CLIP
tower's as `vision_tower.*`, vLLM 0.32 reads `vision_tower.vision_model.*` only. LoRA is merged into the weights.
"""

from __future__ import annotations

import copy
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import torch
import torch.distributed as dist
from torch import Tensor
from torch.distributed.tensor import DTensor

from training.model.lora import merged
from training.model.processor import complete
from training.model.weights import MAX_FILE_BYTES, write

_KEYS = {
    "model.vision_tower.": "vision_tower.vision_model.",
    "model.language_model.": "language_model.model.",
    "lm_head.": "language_model.lm_head.",
    "model.": "",
}


@torch.no_grad()
def export(model: Any, processor: Any, folder: Path, dtype: torch.dtype, max_bytes: int = MAX_FILE_BYTES) -> None:
    """Write model and processor; every rank of a sharded model calls it, the first writes.

    No rank holds more than one whole tensor, the first a file's worth besides.

    Args:
        model: a LlavaNextForConditionalGeneration, sharded or not, with LoRA or not.
        processor: its LlavaNextProcessor, which gets the values that belong to the model.
        folder: empty or absent.
        dtype: of the weights as written.
        max_bytes: of a file of weights.
    """
    if dist.is_initialized() and dist.get_rank() > 0:
        for _ in merged(model, _whole):
            pass
        return
    folder.mkdir(parents=True, exist_ok=True)
    write(_written(model, dtype), folder, max_bytes)
    config = copy.deepcopy(model.config)
    config.dtype, config.architectures = dtype, ["LlavaNextForConditionalGeneration"]
    config.save_pretrained(folder)
    model.generation_config.save_pretrained(folder)
    complete(processor, config).save_pretrained(folder)


def key_of(name: str) -> str:
    """The key of a parameter in a published LlavaNext."""
    old, new = next((old, new) for old, new in _KEYS.items() if name.startswith(old))
    return new + name.removeprefix(old)


def _written(model: Any, dtype: torch.dtype) -> Iterator[tuple[str, Tensor]]:
    for name, value in merged(model, _whole):
        yield key_of(name), value.to("cpu", dtype)


def _whole(value: Tensor) -> Tensor:
    return value.full_tensor() if isinstance(value, DTensor) else value.detach()
