"""An export holds what the model computes, whatever it was trained with."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch
import torch.distributed as dist
from torch.distributed.device_mesh import init_device_mesh
from torch.optim import AdamW

from pipeline.storage import open_storage
from tests.training.toy import on_ranks, toy_item, toy_model
from training.checkpoint.checkpoints import Checkpoints
from training.data.encode import encode
from training.data.rows import Rows, make_rows
from training.data.sequence import Placed, alone
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


def rows_of(processor: Any, number: int) -> Rows:
    return make_rows([[alone(Placed(encode(processor, *toy_item(number)), 0))]], processor.tokenizer.pad_token_id)


def logits(model: Any, processor: Any) -> torch.Tensor:
    rows = rows_of(processor, 1)
    with torch.no_grad():
        found: torch.Tensor = model(
            input_ids=rows.input_ids, pixel_values=rows.pixel_values, image_sizes=rows.image_sizes
        ).logits
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


def train_and_export(output: str, folder: str) -> None:
    """On every rank: three steps, or what a checkpoint has of them, and the export."""
    model, processor = adapted()
    shard(model, init_device_mesh("cpu", (dist.get_world_size(),)), torch.bfloat16)
    optimizer = AdamW(parameter_groups(model, RATES, 0.0))
    with Checkpoints(open_storage(output), 1) as checkpoints:
        last = checkpoints.last()
        for number in range(3 if last is None else 1):
            optimizer.zero_grad()
            token_loss_sum(model, rows_of(processor, number + dist.get_rank())).backward()
            optimizer.step()
        if last is None:
            checkpoints.save(3, model, optimizer, {})
        else:
            checkpoints.load(3, model, optimizer)
    export(model, processor, Path(folder), torch.bfloat16)


@pytest.mark.slow
def test_a_checkpoint_of_adapters_gives_the_same_export_at_another_world_size(tmp_path: Path) -> None:
    output = str(tmp_path / "train")
    for size in (2, 1):
        on_ranks(size, train_and_export, tmp_path, output, str(tmp_path / f"{size}"))
    one, two = (stored(tmp_path / f"{size}") for size in (1, 2))
    assert one.keys() == two.keys()
    values = {name: tensor.read() for name, tensor in one.items()}
    assert all(torch.equal(value, two[name].read()) for name, value in values.items())
    assert {value.dtype for value in values.values()} == {torch.bfloat16}
    export(*toy_model(2), tmp_path / "plain", torch.bfloat16)
    plain = stored(tmp_path / "plain")
    changed = {name for name, value in values.items() if not torch.equal(value, plain[name].read())}
    assert changed == {name for name in plain if name == "image_newline" or ("proj" in name and "vision" not in name)}
