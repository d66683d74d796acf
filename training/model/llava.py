"""From LLaVA's own checkpoint layout, in which Pangea-7B and CulturalPangea-7B are published, to a LlavaNext folder.

LLaVA puts a picture where its prompt has the index -200, which is no token. LlavaNext needs one: `<image>`, the first
after the tokenizer's own, as in `neulab/Pangea-7B-hf`. It has a row already where the vocabulary is padded, and Qwen2's
is (152,064 rows for 151,646 tokens); otherwise rows are added up to a multiple of 64.

LLaVA writes the sizes that pictures are laid into as (width, height), LlavaNext as (height, width): they are turned.
"""

from __future__ import annotations

import ast
import json
import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Protocol

import torch
from torch import Tensor

from pipeline.errors import UserError
from training.model.export import key_of
from training.model.hugging_face import (
    AutoTokenizer,
    CLIPVisionConfig,
    CLIPVisionModel,
    LlavaNextConfig,
    LlavaNextForConditionalGeneration,
    LlavaNextImageProcessor,
    LlavaNextProcessor,
    Qwen2Config,
)
from training.model.processor import CHATML, complete
from training.model.weights import Stored, stored, write

IMAGE_TOKEN = "<image>"
_VOCABULARY_STEP = 64
_EMBEDDINGS, _HEAD = "model.language_model.embed_tokens.weight", "lm_head.weight"
# Of LLaVA's settings, those that decide what the model computes, and what LlavaNext does as well.
_KNOWN: Mapping[str, tuple[object, ...]] = {
    "model_type": ("llava_qwen",),
    "mm_projector_type": ("mlp2x_gelu",),
    "mm_patch_merge_type": ("spatial_unpad",),
    "image_aspect_ratio": ("anyres",),
    "mm_vision_select_feature": ("patch", "cls_patch"),
    "mm_resampler_type": (None,),
    "mm_use_im_start_end": (False, None),
}
_NAMES = {
    "model.mm_projector.0.": "model.multi_modal_projector.linear_1.",
    "model.mm_projector.2.": "model.multi_modal_projector.linear_2.",
    "model.image_newline": "model.image_newline",
    "model.vision_tower.vision_tower.vision_model.": "model.vision_tower.",
    "model.": "model.language_model.",
    "lm_head.": "lm_head.",
}
# Buffers that older versions of transformers stored; they are computed.
_COMPUTED = (".rotary_emb.inv_freq", ".embeddings.position_ids")


class FindTower(Protocol):
    """Finds the CLIP that a checkpoint names."""

    def __call__(self, named: str, *, weights: bool) -> Path:
        """A local folder with its configuration, and with its weights where they are wanted."""


def is_original(folder: Path) -> bool:
    """Whether a model folder is in LLaVA's own layout."""
    return "mm_vision_tower" in json.loads((folder / "config.json").read_text(encoding="utf-8"))


def convert(folder: Path, find_tower: FindTower, out: Path) -> Path:
    """Write a checkpoint as a LlavaNext with its processor.

    Args:
        folder: config.json, *.safetensors and the tokenizer.
        find_tower: asked for the CLIP's configuration, and for its weights where the checkpoint has none.
        out: empty or absent.

    Returns:
        `out`.

    Raises:
        UserError: a setting that LlavaNext does not know, or tensors that are missing, left over or of another shape.
    """
    said = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    _check(folder, said)
    tokenizer = AutoTokenizer.from_pretrained(folder)
    tokenizer.add_tokens([IMAGE_TOKEN], special_tokens=True)
    tensors: dict[str, Stored | Tensor] = {
        _name_of(key): tensor for key, tensor in stored(folder).items() if not key.endswith(_COMPUTED)
    }
    has_tower = any(name.startswith("model.vision_tower.") for name in tensors)
    tower = find_tower(said["mm_vision_tower"], weights=not has_tower)
    if not has_tower:
        state = CLIPVisionModel.from_pretrained(tower).state_dict()
        tensors.update({f"model.vision_tower.{name}": value for name, value in state.items()})
    config = _config(said, tower, tokenizer.convert_tokens_to_ids(IMAGE_TOKEN))
    _compare(folder, tensors, config)
    _make_room(config)
    out.mkdir(parents=True, exist_ok=True)
    write(_written(tensors, config), out)
    config.save_pretrained(out)
    if (folder / "generation_config.json").exists():
        shutil.copy(folder / "generation_config.json", out)
    _processor(tokenizer, tower, config).save_pretrained(out)
    return out


def _check(folder: Path, said: Mapping[str, Any]) -> None:
    for name, known in _KNOWN.items():
        value = said.get(name, "patch" if name == "mm_vision_select_feature" else None)
        if value not in known:
            raise UserError(
                f"{folder}/config.json: {name} is {value!r}; a LlavaNext can be made where it is "
                f"{' or '.join(map(repr, known))}"
            )


def _name_of(key: str) -> str:
    """The name that a tensor of LLaVA has in a LlavaNextForConditionalGeneration; itself where there is none."""
    for old, new in _NAMES.items():
        if key.startswith(old):
            return new + key.removeprefix(old)
    return key


def _config(said: Mapping[str, Any], tower: Path, image_token_index: int) -> Any:
    text = {name: said[name] for name in (*Qwen2Config().to_dict(), "rope_theta", "rope_scaling") if name in said}
    for name in ("model_type", "architectures", "dtype", "transformers_version"):
        text.pop(name, None)
    config = LlavaNextConfig(
        vision_config=CLIPVisionConfig.from_pretrained(tower),
        text_config=Qwen2Config(**text),
        image_token_index=image_token_index,
        projector_hidden_act="gelu",
        vision_feature_layer=said["mm_vision_select_layer"],
        vision_feature_select_strategy="full" if said.get("mm_vision_select_feature") == "cls_patch" else "default",
        image_grid_pinpoints=[[height, width] for width, height in _sizes(said["image_grid_pinpoints"])],
        tie_word_embeddings=bool(said.get("tie_word_embeddings", False)),
    )
    config.dtype = getattr(torch, said.get("torch_dtype") or said.get("dtype") or "bfloat16")
    config.architectures = ["LlavaNextForConditionalGeneration"]
    return config


def _sizes(said: Any) -> Any:
    """Sizes as a list, or as the text that LLaVA's command line takes."""
    return ast.literal_eval(said) if isinstance(said, str) else said


def _compare(folder: Path, tensors: Mapping[str, Stored | Tensor], config: Any) -> None:
    """Refuse what is not exactly the model of the config."""
    with torch.device("meta"):
        model = LlavaNextForConditionalGeneration(config)
    wanted = {name: tuple(parameter.shape) for name, parameter in model.named_parameters()}
    problems = [f"{name} is missing" for name in wanted.keys() - tensors.keys()]
    problems += [f"{name} has no place" for name in tensors.keys() - wanted.keys()]
    problems += [
        f"{name} has shape {tuple(tensors[name].shape)}, not {shape}"
        for name, shape in wanted.items()
        if name in tensors and tuple(tensors[name].shape) != shape
    ]
    if problems:
        shown = "; ".join(sorted(problems)[:5])
        raise UserError(f"{folder}: {len(problems)} tensors do not fit its config.json as a LlavaNext: {shown}")


def _make_room(config: Any) -> None:
    """Let the vocabulary reach beyond the picture's token."""
    if config.image_token_index >= config.text_config.vocab_size:
        config.text_config.vocab_size = -(-(config.image_token_index + 1) // _VOCABULARY_STEP) * _VOCABULARY_STEP


def _written(tensors: Mapping[str, Stored | Tensor], config: Any) -> Iterator[tuple[str, Tensor]]:
    rows = config.text_config.vocab_size
    for name, tensor in tensors.items():
        value = (tensor.read() if isinstance(tensor, Stored) else tensor).to(config.dtype)
        if name in (_EMBEDDINGS, _HEAD) and len(value) < rows:
            value = torch.cat([value, value.float().mean(dim=0).to(value.dtype).expand(rows - len(value), -1)])
        yield key_of(name), value


def _processor(tokenizer: Any, tower: Path, config: Any) -> Any:
    pictures = LlavaNextImageProcessor.from_pretrained(tower, image_grid_pinpoints=config.image_grid_pinpoints)
    made = LlavaNextProcessor(pictures, tokenizer, image_token=IMAGE_TOKEN, chat_template=CHATML)
    return complete(made, config)
