"""Layers that are compiled or run again learn what plain ones learn."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch
import torch.distributed as dist
import torch.nn.attention.flex_attention
from torch import Tensor
from torch._dynamo.testing import CompileCounterWithBackend
from torch.distributed.device_mesh import init_device_mesh
from torch.utils.flop_counter import FlopCounterMode

from tests.training.toy import on_ranks, toy_item, toy_model
from training.data.encode import encode
from training.data.mask import Attention
from training.data.rows import Rows, make_rows
from training.data.sequence import Placed, alone
from training.loss import token_losses
from training.model.parallel import shard, trainable
from training.model.parts import Rates, freeze
from training.speed import Recompute, compile_layers, recompute_layers

pytestmark = pytest.mark.slow


def picture_rows(processor: Any, numbers: range) -> Rows:
    """Two samples a row."""
    samples = [alone(Placed(encode(processor, *toy_item(number)), number)) for number in numbers]
    return make_rows([samples[place : place + 2] for place in range(0, len(samples), 2)], 0, 180)


def learn(model: Any, rows: Rows, attention: Attention = "sdpa") -> tuple[float, dict[str, Tensor]]:
    loss = token_losses(model.train(), rows, attention).total
    loss.backward()
    found = {name: value.grad for name, value in trainable(model) if value.grad is not None}
    return float(loss.detach()), {
        name: value.full_tensor() if hasattr(value, "full_tensor") else value.clone() for name, value in found.items()
    }


def prepared(recompute: Recompute, every: int = 1) -> tuple[Any, Any]:
    model, processor = toy_model(4)
    freeze(model, Rates(connector=1e-3, language_model=1e-3))
    recompute_layers(model, recompute, every)
    return model, processor


@pytest.fixture(scope="module")
def plain() -> tuple[float, dict[str, Tensor]]:
    model, processor = prepared("none")
    return learn(model, picture_rows(processor, range(4)))


def assert_same(found: tuple[float, dict[str, Tensor]], expected: tuple[float, dict[str, Tensor]]) -> None:
    assert found[0] == pytest.approx(expected[0], rel=1e-5)
    assert found[1].keys() == expected[1].keys()
    for name, gradient in expected[1].items():
        torch.testing.assert_close(found[1][name], gradient, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize(("recompute", "every"), [("layer", 1), ("layer", 3), ("selective", 1), ("selective", 2)])
def test_layers_that_run_again_learn_the_same(plain: Any, recompute: Recompute, every: int) -> None:
    model, processor = prepared(recompute, every)
    assert_same(learn(model, picture_rows(processor, range(4))), plain)


def products(recompute: Recompute) -> int:
    """FLOPs of all matrix products of forward and backward."""
    model, processor = prepared(recompute)
    with FlopCounterMode(display=False) as counted:
        learn(model, picture_rows(processor, range(4)))
    return int(counted.get_total_flops())


def test_what_runs_again_is_what_was_asked_for() -> None:
    """The MLP's wide products, or all but its last, whose output nothing goes back through."""
    plain = products("none")
    text = toy_model(4)[0].config.text_config
    of_width = 2 * 2 * 180 * text.num_hidden_layers * text.hidden_size
    wide = of_width * 2 * text.intermediate_size
    attention = of_width * (2 * text.hidden_size + 2 * text.num_key_value_heads * text.head_dim)
    assert products("selective") - plain == wide
    assert products("layer") - plain == wide + attention


@pytest.mark.parametrize("recompute", ["none", "selective", "layer"])
def test_all_layers_share_one_compilation_for_rows_of_one_length(plain: Any, recompute: Recompute) -> None:
    torch._dynamo.reset()
    model, processor = prepared(recompute)
    counter = CompileCounterWithBackend("aot_eager")
    compile_layers(model, counter)
    assert_same(learn(model, picture_rows(processor, range(4))), plain)
    learn(model, picture_rows(processor, range(2, 6)))
    assert counter.frame_count == 1


@pytest.mark.parametrize("recompute", ["selective", "layer"])
def test_blocks_of_a_mask_are_compiled_once_for_all_masks(
    monkeypatch: pytest.MonkeyPatch, recompute: Recompute
) -> None:
    """flex_attention as GPUs have it; on CPUs PyTorch refuses its backward pass, which plain operators can do."""
    monkeypatch.setattr(torch.nn.attention.flex_attention, "_validate_device", lambda *_: None)
    torch._dynamo.reset()
    found = []
    attentions: tuple[Attention, ...] = ("sdpa", "flex_attention")
    for attention in attentions:
        model, processor = prepared(recompute if attention == "flex_attention" else "none")
        model.set_attn_implementation({"text_config": attention})
        counter = CompileCounterWithBackend("aot_eager")
        compile_layers(model, counter)
        for numbers in (range(4), range(2, 6)):
            found.append(learn(model, picture_rows(processor, numbers), attention))
            model.zero_grad()
        assert counter.frame_count == 1
    assert_same(found[2], found[0])
    assert_same(found[3], found[1])


def sharded(recompute: Recompute) -> tuple[float, dict[str, Tensor]]:
    model, processor = prepared(recompute)
    compile_layers(model, "aot_eager")
    shard(model, init_device_mesh("cpu", (dist.get_world_size(),)), torch.float32)
    rank = dist.get_rank()
    loss, gradients = learn(model, picture_rows(processor, range(2 * rank, 2 * rank + 2)))
    total = torch.tensor(loss)
    dist.all_reduce(total)
    return float(total), gradients


def test_and_so_they_do_on_sharded_weights(plain: Any, tmp_path: Path) -> None:
    assert_same(on_ranks(2, sharded, tmp_path, "selective"), plain)
