"""The loss against its definition: full logits, one softmax over all of them."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
import torch.distributed as dist
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor
from torch.distributed.device_mesh import init_device_mesh
from torch.nn.functional import cross_entropy

from tests.training.toy import on_ranks, toy_model
from training.data.rows import IGNORED, Rows, Sequence, make_rows
from training.loss import token_losses
from training.model.parallel import shard, trainable
from training.model.parts import Rates, freeze


@pytest.fixture(scope="module")
def model() -> Any:
    model, _ = toy_model(1)
    freeze(model, Rates(connector=1e-3, language_model=1e-3))
    return model.double()


def text_rows(num_rows: int, length: int, share: float, seed: int) -> Rows:
    """Random words, of which a share is supervised; every row has an owner of its own."""
    random = torch.Generator().manual_seed(seed)
    rows = []
    for row in range(num_rows):
        ids = torch.randint(3, 250, (length + 1,), generator=random)
        supervised = torch.rand(length, generator=random) < share
        zeros, owner = torch.zeros(length, dtype=torch.int64), torch.full((length,), row)
        targets = torch.where(supervised, ids[1:], IGNORED)
        rows.append([Sequence(ids[:-1], targets, torch.arange(length), zeros, owner)])
    return make_rows(rows, 0)


def defined(model: Any, rows: Rows) -> Tensor:
    logits = model(input_ids=rows.input_ids).logits
    return cross_entropy(logits.flatten(0, 1), rows.targets.flatten(), ignore_index=IGNORED, reduction="sum")


def gradients(model: Any, loss: Tensor) -> dict[str, Tensor]:
    model.zero_grad()
    loss.backward()
    return {name: value.grad.clone() for name, value in trainable(model) if value.grad is not None}


@settings(max_examples=25, deadline=None)
@given(
    num_rows=st.integers(1, 3), length=st.integers(1, 24), share=st.sampled_from([0.1, 0.5, 1.0]),
    seed=st.integers(0, 99), chunk=st.integers(1, 40),
)  # fmt: skip
def test_any_chunk_gives_the_loss_and_the_gradient_of_the_full_logits(
    model: Any, num_rows: int, length: int, share: float, seed: int, chunk: int
) -> None:
    rows = text_rows(num_rows, length, share, seed)
    losses = token_losses(model, rows, chunk=chunk)
    expected = defined(model, rows)
    torch.testing.assert_close(losses.total, expected)
    torch.testing.assert_close(losses.each.sum(), expected.detach())
    found = gradients(model, losses.total)
    for name, gradient in gradients(model, expected).items():
        torch.testing.assert_close(found.get(name, torch.zeros_like(gradient)), gradient)


def test_each_loss_is_told_with_its_owner(model: Any) -> None:
    rows = text_rows(3, 9, 0.5, 1)
    losses = token_losses(model, rows, chunk=4)
    for row in range(3):
        mine = losses.each[losses.owners == row].sum()
        others = torch.arange(3)[:, None] != row
        alone = replace(rows, targets=rows.targets.masked_fill(others, IGNORED))
        torch.testing.assert_close(mine, defined(model, alone).detach())


def test_the_head_gives_logits_again_afterwards_also_when_the_forward_pass_fails(model: Any) -> None:
    rows = text_rows(1, 3, 1.0, 0)
    with pytest.raises(IndexError):
        token_losses(model, replace(rows, input_ids=rows.input_ids + 9999))
    assert model(input_ids=rows.input_ids).logits.shape == (1, 3, model.lm_head.out_features)


def test_nothing_supervised_is_a_loss_of_nought_that_can_go_backward(model: Any) -> None:
    loss = token_losses(model, text_rows(1, 5, 0.0, 0)).total
    assert float(loss.detach()) == 0
    assert not any(gradient.any() for gradient in gradients(model, loss).values())


def spread(chunk: int) -> dict[str, Tensor]:
    """Gradients of four rows, two on each of two ranks; whole."""
    model, _ = toy_model(1)
    freeze(model, Rates(connector=1e-3, language_model=1e-3))
    shard(model, init_device_mesh("cpu", (dist.get_world_size(),)), torch.float32)
    mine = slice(dist.get_rank(), 4, dist.get_world_size())
    rows = text_rows(4, 16, 0.7, 3)
    rows = replace(rows, **{name: value[mine] for name, value in vars(rows).items() if value is not None})
    token_losses(model, rows, chunk=chunk).total.backward()
    grads: dict[str, Any] = {name: value.grad for name, value in trainable(model) if value.grad is not None}
    return {name: value.full_tensor() for name, value in grads.items()}


@pytest.mark.slow
def test_on_sharded_weights_the_gradient_is_that_of_the_whole_model(tmp_path: Path) -> None:
    """A chunk of five places makes the head run several times on each rank, and again in the backward pass."""
    found = on_ranks(2, spread, tmp_path, 5)
    model, _ = toy_model(1)
    freeze(model, Rates(connector=1e-3, language_model=1e-3))
    for name, gradient in gradients(model, defined(model, text_rows(4, 16, 0.7, 3))).items():
        torch.testing.assert_close(found[name], gradient, rtol=1e-4, atol=1e-5)
