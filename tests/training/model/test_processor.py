"""Processors as they are published, with values left out, are whole once the model's stage has them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import torch

from pipeline.errors import UserError
from tests.training.toy import toy_item, toy_model
from training.data.encode import encode
from training.model.export import export
from training.model.processor import CHATML, complete, mend


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    export(*toy_model(1), tmp_path / "model", torch.float32)
    return tmp_path / "model"


def reopened(folder: Path) -> Any:
    from training.model.hugging_face import LlavaNextProcessor

    return LlavaNextProcessor.from_pretrained(folder)


def bytes_of(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def test_a_whole_processor_keeps_its_bytes(folder: Path) -> None:
    before = bytes_of(folder)
    mend(folder)
    assert bytes_of(folder) == before


@pytest.mark.parametrize("split", [True, False])
def test_what_was_left_out_is_put_in(folder: Path, split: bool) -> None:
    """As Pangea-7B-hf has it: no patch size, no count of the class token; its picture side in a file of its own."""
    _, whole = toy_model(1)
    path = folder / "processor_config.json"
    said = json.loads(path.read_text())
    if split:
        (folder / "preprocessor_config.json").write_text(json.dumps(said.pop("image_processor")))
    del said["num_additional_image_tokens"]
    path.write_text(json.dumps({**said, "patch_size": None, "vision_feature_select_strategy": None}))
    mend(folder)
    for number in range(3):
        assert torch.equal(
            encode(reopened(folder), *toy_item(number)).input_ids, encode(whole, *toy_item(number)).input_ids
        )


def test_no_processor_config_and_no_chat_template(folder: Path) -> None:
    path = folder / "processor_config.json"
    (folder / "preprocessor_config.json").write_text(json.dumps(json.loads(path.read_text())["image_processor"]))
    path.unlink()
    (folder / "chat_template.jinja").unlink()
    mend(folder)
    found = reopened(folder)
    assert (found.patch_size, found.num_additional_image_tokens) == (14, 1)
    assert found.chat_template == CHATML
    asked = [{"role": "user", "content": [{"type": "image"}, {"type": "text", "text": "What is it?"}]}]
    assert found.apply_chat_template(asked, add_generation_prompt=True) == (
        "<|im_start|>system\nYou are a helpful assistant.<|im_end|>\n"
        "<|im_start|>user\n<image>\nWhat is it?<|im_end|>\n<|im_start|>assistant\n"
    )


def test_another_models_tokenizer_is_refused() -> None:
    model, processor = toy_model(1)
    model.config.image_token_index = 7
    with pytest.raises(UserError, match="image_token_index 7"):
        complete(processor, model.config)
