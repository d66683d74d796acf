"""An export holds what the model computes, whatever it was trained with."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch
import torch.distributed as dist
from safetensors import safe_open
from torch.distributed.checkpoint import FileSystemReader
from torch.distributed.device_mesh import init_device_mesh
from torch.optim import AdamW

from pipeline.storage import open_storage
from tests.training.toy import on_ranks, toy_item, toy_model
from training import checkpoint
from training.data.encode import collate, encode
from training.loss import token_loss_sum
from training.model.export import export
from training.model.lora import Lora, add_lora
from training.model.parallel import shard, trainable
from training.model.parts import Rates, freeze, parameter_groups
from training.model.weights import stored

RATES = Rates(connector=1e-2, language_model=1e-2)


def adapted() -> tuple[Any, Any]:
    model, processor = toy_model(2)
    freeze(model, RATES)
    add_lora(model, Lora(4, 8.0))
    return model, processor


def batch_of(processor: Any, *numbers: int) -> dict[str, Any]:
    return collate([encode(processor, *toy_item(number)) for number in numbers], processor.tokenizer.pad_token_id)


def logits(model: Any, processor: Any) -> torch.Tensor:
    batch = batch_of(processor, 0, 1)
    batch.pop("labels")
    with torch.no_grad():
        found: torch.Tensor = model(**batch).logits
    return found


def loaded(folder: Path) -> Any:
    from training.model.hugging_face import LlavaNextForConditionalGeneration

    return LlavaNextForConditionalGeneration.from_pretrained(folder, dtype=torch.float32)


@pytest.mark.parametrize("max_bytes", [2**30, 60_000])
def test_adapters_are_merged_under_the_names_of_a_plain_model(tmp_path: Path, max_bytes: int) -> None:
    """In one file, and in many with an index."""
    model, processor = adapted()
    for name, parameter in trainable(model):
        if "lora_B" in name:
            torch.nn.init.normal_(parameter, std=0.05)
    export(model, processor, tmp_path, torch.float32, max_bytes)
    assert ((tmp_path / "model.safetensors.index.json").exists()) == (max_bytes == 60_000)
    assert list(tmp_path.glob("*.partial")) == []
    plain = tmp_path / "plain"
    export(*toy_model(2), plain, torch.float32)
    assert stored(tmp_path).keys() == stored(plain).keys()
    found, expected = logits(loaded(tmp_path), processor), logits(model, processor)
    assert torch.allclose(found, expected, atol=1e-5)
    assert not torch.allclose(found, logits(loaded(plain), processor), atol=1e-2)


def train_and_export(output: str, folder: str) -> list[float]:
    """On every rank: two steps, or those that a checkpoint says were done, and the export."""
    model, processor = adapted()
    shard(model, init_device_mesh("cpu", (dist.get_world_size(),)), torch.bfloat16)
    optimizer = AdamW(parameter_groups(model, RATES, 0.0))
    storage = open_storage(output)
    for _, parameter in trainable(model):
        parameter.grad = torch.zeros_like(parameter)
    optimizer.step()
    losses = []
    if checkpoint.last(storage) is None:
        for _ in range(3):
            optimizer.zero_grad()
            loss = token_loss_sum(model, batch_of(processor, dist.get_rank()))
            loss.backward()
            optimizer.step()
            losses.append(float(loss.detach()))
        checkpoint.save(storage, 3, model, optimizer, {})
    else:
        checkpoint.load(storage, 3, model, optimizer)
    export(model, processor, Path(folder), torch.bfloat16)
    return losses


@pytest.mark.slow
def test_a_checkpoint_has_adapters_alone_and_gives_the_same_export_at_another_world_size(tmp_path: Path) -> None:
    output = str(tmp_path / "train")
    losses = on_ranks(2, train_and_export, tmp_path, output, str(tmp_path / "two"))
    assert losses[-1] < losses[0]
    on_ranks(1, train_and_export, tmp_path, output, str(tmp_path / "one"))
    names = stored(tmp_path / "two")
    for name, tensor in stored(tmp_path / "one").items():
        assert torch.equal(tensor.read(), names[name].read()), name
    with safe_open(tmp_path / "one" / "model.safetensors", "pt") as file:
        assert {file.get_slice(name).get_dtype() for name in file.keys()} == {"BF16"}  # noqa: SIM118 - not a dict
    model, _ = adapted()
    metadata = next((tmp_path / "train").rglob(".metadata"))
    saved = FileSystemReader(metadata.parent).read_metadata().state_dict_metadata
    assert {name for name in saved if name.startswith("model.")} == {f"model.{name}" for name, _ in trainable(model)}
