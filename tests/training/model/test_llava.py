"""A small model in LLaVA's own layout, converted, against a forward pass written here the way LLaVA does it."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import pytest
import torch
from PIL import Image
from safetensors.torch import load_file, save_file
from torch.nn.functional import gelu, linear

from pipeline.errors import UserError
from tests.training.toy import toy_item, toy_model
from training.model.llava import IMAGE_TOKEN, convert, is_original

# LLaVA's order: width, height.
SIZES = [[28, 56], [56, 28], [56, 56], [84, 28]]
IMAGE = -200


def write_tower(folder: Path) -> Any:
    from training.model.hugging_face import CLIPVisionConfig, CLIPVisionModel, LlavaNextImageProcessor

    torch.manual_seed(1)
    config = CLIPVisionConfig(
        hidden_size=32, intermediate_size=48, num_hidden_layers=3, num_attention_heads=2, image_size=28, patch_size=14
    )
    tower = CLIPVisionModel(config).eval()
    tower.save_pretrained(folder)
    size = {"size": {"shortest_edge": 28}, "crop_size": {"height": 28, "width": 28}}
    LlavaNextImageProcessor(**size).save_pretrained(folder)
    return tower


def write_original(folder: Path, tower: Any | None, tower_folder: Path, rows: int) -> tuple[Any, dict[str, Any]]:
    """As LLaVA publishes a `llava_qwen`: the language model, and all tensors by LLaVA's names."""
    from transformers import Qwen2Config, Qwen2ForCausalLM

    torch.manual_seed(2)
    text = {
        "vocab_size": rows, "hidden_size": 24, "intermediate_size": 40, "num_hidden_layers": 2,
        "num_attention_heads": 4, "num_key_value_heads": 2, "rms_norm_eps": 1e-6, "max_position_embeddings": 2048,
    }  # fmt: skip
    rope = {"rope_type": "default", "rope_theta": 5000.0}
    language_model = Qwen2ForCausalLM(Qwen2Config(**text, rope_parameters=rope)).eval()
    state = dict(language_model.state_dict())
    state |= {
        "model.mm_projector.0.weight": torch.randn(24, 32) / 5, "model.mm_projector.0.bias": torch.randn(24) / 5,
        "model.mm_projector.2.weight": torch.randn(24, 24) / 5, "model.mm_projector.2.bias": torch.randn(24) / 5,
        "model.image_newline": torch.randn(24),
        "model.layers.0.self_attn.rotary_emb.inv_freq": torch.ones(3),
    }  # fmt: skip
    prefix = "model.vision_tower.vision_tower.vision_model."
    state |= {prefix + name: value for name, value in (tower.state_dict() if tower else {}).items()}
    config = {
        **text, "model_type": "llava_qwen", "architectures": ["LlavaQwenForCausalLM"], "rope_theta": 5000.0,
        "sliding_window": 131072, "use_sliding_window": False, "tie_word_embeddings": False, "torch_dtype": "float32",
        "image_aspect_ratio": "anyres", "image_grid_pinpoints": SIZES if tower else str(SIZES), "mm_hidden_size": 32,
        "mm_patch_merge_type": "spatial_unpad", "mm_projector_type": "mlp2x_gelu", "mm_vision_select_feature": "patch",
        "mm_vision_select_layer": -2, "mm_vision_tower": str(tower_folder), "mm_use_im_start_end": False,
        "mm_use_im_patch_token": False, "mm_resampler_type": None, "use_mm_proj": True, "use_cache": True,
        "tokenizer_model_max_length": 8192, "transformers_version": "4.40.0.dev0", "eos_token_id": 2,
    }  # fmt: skip
    folder.mkdir()
    (folder / "config.json").write_text(json.dumps(config))
    save_file({key: value.contiguous() for key, value in state.items()}, folder / "model.safetensors")
    tokenizer().save_pretrained(folder)
    return language_model, state


def tokenizer() -> Any:
    """The toy's, before it gets a token for the picture."""
    from tokenizers import Tokenizer
    from transformers import PreTrainedTokenizerFast

    raw = json.loads(toy_model(1)[1].tokenizer.backend_tokenizer.to_str())
    raw["added_tokens"] = [token for token in raw["added_tokens"] if token["content"] != IMAGE_TOKEN]
    return PreTrainedTokenizerFast(
        tokenizer_object=Tokenizer.from_str(json.dumps(raw)), eos_token="<|im_end|>", pad_token="<|endoftext|>"
    )


def tower_of(named: str, *, weights: bool) -> Path:
    return Path(named)


def best_size(width: int, height: int) -> tuple[int, int]:
    """LLaVA's choice of what a picture is laid into: width and height."""

    def quality(size: list[int]) -> tuple[int, int]:
        scale = min(size[0] / width, size[1] / height)
        used = min(int(width * scale) * int(height * scale), width * height)
        return used, used - size[0] * size[1]

    wide, high = max(SIZES, key=quality)
    return wide, high


def llava_logits(
    language_model: Any, state: dict[str, Any], tower: Any, ids: list[int], tiles: torch.Tensor, size: tuple[int, int]
) -> torch.Tensor:
    """Text embedded, the picture's features with its newlines put in the place of the index, then the decoder."""
    seen = tower(tiles, output_hidden_states=True).hidden_states[-2][:, 1:]
    weights = [state[f"model.mm_projector.{layer}.{kind}"] for layer in (0, 2) for kind in ("weight", "bias")]
    base, *rest = linear(gelu(linear(seen, *weights[:2])), *weights[2:])
    width, height = size
    wide, high = best_size(width, height)
    across, down = wide // 28, high // 28
    grid = torch.stack(rest).view(down, across, 2, 2, -1).transpose(1, 2).reshape(2 * down, 2 * across, -1)
    if width / height > wide / high:
        cut = (2 * down - int(height * (2 * across / width))) // 2
        grid = grid[cut : 2 * down - cut]
    else:
        cut = (2 * across - int(width * (2 * down / height))) // 2
        grid = grid[:, cut : 2 * across - cut]
    lines = [torch.cat([line, state["model.image_newline"][None]]) for line in grid]
    at = ids.index(IMAGE)
    embed = language_model.get_input_embeddings()
    parts = [embed(torch.tensor(ids[:at])), base, *lines, embed(torch.tensor(ids[at + 1 :]))]
    logits: torch.Tensor = language_model(inputs_embeds=torch.cat(parts)[None]).logits
    return logits


@pytest.mark.parametrize(("inside", "rows"), [(True, 320), (False, 300)])
def test_the_converted_model_computes_what_llava_computes(tmp_path: Path, inside: bool, rows: int) -> None:
    """With the tower in the checkpoint and without; with a padded vocabulary and one that has no row to spare."""
    from training.model.hugging_face import LlavaNextForConditionalGeneration, LlavaNextProcessor

    tower = write_tower(tmp_path / "clip")
    folder = tmp_path / "original"
    language_model, state = write_original(folder, tower if inside else None, tmp_path / "clip", rows)
    assert is_original(folder)
    out = convert(folder, tower_of, tmp_path / "converted")
    assert not is_original(out)
    model = LlavaNextForConditionalGeneration.from_pretrained(out).eval()
    processor = LlavaNextProcessor.from_pretrained(out)
    token = model.config.image_token_index
    assert token == 300
    assert model.config.text_config.vocab_size == 320
    for number in range(3):
        with Image.open(io.BytesIO(toy_item(number)[0])) as picture:
            inputs = processor(text="Look:<image>What is shown?", images=picture, return_tensors="pt")
            size = picture.size
        ids = inputs["input_ids"][0].tolist()
        first, places = ids.index(token), ids.count(token)
        spliced = [*ids[:first], IMAGE, *ids[first + places :]]
        with torch.no_grad():
            expected = llava_logits(language_model, state, tower, spliced, inputs["pixel_values"][0], size)
            found = model(**inputs).logits
        assert found.shape[1] == expected.shape[1]
        assert torch.allclose(found[..., :rows], expected, atol=1e-5)


def test_what_does_not_fit_is_named(tmp_path: Path) -> None:
    folder = tmp_path / "original"
    write_tower(tmp_path / "clip")
    write_original(folder, None, tmp_path / "clip", 320)
    weights, config = folder / "model.safetensors", folder / "config.json"
    whole, said = load_file(weights), json.loads(config.read_text())

    def refusal(tensors: dict[str, Any], **settings: object) -> str:
        save_file(tensors, weights)
        config.write_text(json.dumps({**said, **settings}))
        with pytest.raises(UserError) as caught:
            convert(folder, tower_of, tmp_path / "out")
        return str(caught.value)

    without = {key: value for key, value in whole.items() if key != "model.image_newline"}
    assert "model.image_newline is missing" in refusal(without)
    assert "model.language_model.extra has no place" in refusal({**whole, "model.extra": torch.ones(1)})
    assert "has shape (24,), not (32,)" in refusal(whole, hidden_size=32)
    assert "mm_projector_type is 'linear'" in refusal(whole, mm_projector_type="linear")
    assert "image_aspect_ratio is 'pad'" in refusal(whole, image_aspect_ratio="pad")
