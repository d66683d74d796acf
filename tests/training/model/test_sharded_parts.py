"""Whatever learns and whichever rank has no picture, ranks agree with one model that is not sharded."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch
import torch.distributed as dist
from torch.distributed.device_mesh import init_device_mesh

from tests.training.toy import on_ranks, toy_item, toy_model
from training.data.encode import Sample, encode
from training.data.rows import make_rows
from training.data.sequence import Placed, alone
from training.loss import token_loss_sum
from training.model.lora import Lora, add_lora
from training.model.parallel import shard, trainable
from training.model.parts import Rates, freeze

pytestmark = pytest.mark.slow

CASES = {
    "all": (Rates(tower=1.0, connector=1.0, language_model=1.0), None),
    "connector": (Rates(connector=1.0), None),
    "lora": (Rates(connector=1.0, language_model=1.0), Lora(4, 8.0)),
    "tower and lora": (Rates(tower=1.0, language_model=1.0), Lora(4, 8.0, ("q_proj",))),
}


def prepared(case: str) -> tuple[Any, Any]:
    model, processor = toy_model(2)
    rates, lora = CASES[case]
    freeze(model, rates)
    if lora is not None:
        add_lora(model, lora)
        for name, parameter in trainable(model):
            if "lora_B" in name:
                torch.nn.init.constant_(parameter, 0.02)
    return model, processor


def samples(processor: Any) -> list[list[Sample]]:
    """Two micro-batches: the first with pictures, the second without."""
    made = [
        encode(processor, image if number < 2 else None, item)
        for number in range(4)
        for image, item in [toy_item(number)]
    ]
    return [made[:2], made[2:]]


def gradients(model: Any, batches: list[list[Sample]], pad_id: int) -> tuple[float, dict[str, Any]]:
    total = 0.0
    for batch in batches:
        loss = token_loss_sum(model, make_rows([[alone(Placed(sample, 0))] for sample in batch], pad_id))
        if loss.requires_grad:
            loss.backward()
        total += float(loss.detach())
    return total, {name: parameter.grad for name, parameter in trainable(model)}


def compare(cases: list[str]) -> list[str]:
    """On each of two ranks, of which the second has no picture."""
    differ = []
    for case in cases:
        reference, processor = prepared(case)
        batches, pad_id = samples(processor), processor.tokenizer.pad_token_id
        expected_loss, expected = gradients(reference, batches, pad_id)
        model, _ = prepared(case)
        shard(model, init_device_mesh("cpu", (2,)), torch.float32)
        loss, found = gradients(model, [batches[dist.get_rank()]], pad_id)
        losses = torch.tensor(loss)
        dist.all_reduce(losses)
        if float(losses) != pytest.approx(expected_loss, rel=1e-5):
            differ.append(f"{case}: loss")
        for name, gradient in found.items():
            value = expected[name]
            wanted = torch.zeros(gradient.shape) if value is None else value
            if not torch.allclose(gradient.full_tensor(), wanted, rtol=1e-4, atol=1e-5):
                differ.append(f"{case}: {name}")
    return differ


def test_gradients_are_those_of_one_model(tmp_path: Path) -> None:
    assert on_ranks(2, compare, tmp_path, list(CASES)) == []
