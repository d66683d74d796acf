"""The trained model as a Hugging Face folder that both transformers and vLLM load.

transformers 5.19 writes the CLIP tower's keys as `vision_tower.*` and reads `vision_tower.vision_model.*` too; vLLM
0.32 reads only the latter. The processor is written with the three values that Pangea's own leaves out.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load_file, save_file
from torch.distributed.checkpoint.state_dict import StateDictOptions, get_model_state_dict

_TOWER = "vision_tower."
_TOWER_FOR_VLLM = "vision_tower.vision_model."


def gather(model: Any) -> dict[str, torch.Tensor]:
    """All parameters, whole, on rank 0 (empty on others); every rank calls it."""
    options = StateDictOptions(full_state_dict=True, cpu_offload=True)
    return {
        name: value for name, value in get_model_state_dict(model, options=options).items() if torch.is_tensor(value)
    }


def export(state: dict[str, torch.Tensor], base: Any, processor: Any, folder: Path, dtype: torch.dtype) -> None:
    """Write model and processor.

    Args:
        state: as `gather` gives it on rank 0.
        base: an unsharded model of the same config; its values are overwritten.
        processor: a LlavaNextProcessor.
        folder: empty or absent.
        dtype: of the weights as written.
    """
    base.load_state_dict(state)
    base.to(dtype).save_pretrained(folder)
    for path in folder.glob("*.safetensors"):
        save_file({_for_vllm(key): value for key, value in load_file(path).items()}, path, metadata={"format": "pt"})
    processor.patch_size = base.config.vision_config.patch_size
    processor.vision_feature_select_strategy = base.config.vision_feature_select_strategy
    processor.num_additional_image_tokens = 1
    processor.save_pretrained(folder)


def _for_vllm(key: str) -> str:
    if key.startswith(_TOWER) and not key.startswith(_TOWER_FOR_VLLM):
        return _TOWER_FOR_VLLM + key.removeprefix(_TOWER)
    return key
