"""What a step costs: against the arithmetic of the 7B model, and against what PyTorch counts as it runs."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch.utils.flop_counter import FlopCounterMode

from tests.training.toy import toy_item, toy_model
from training.data.encode import encode
from training.data.mask import dense_mask
from training.data.rows import FILL, make_rows
from training.data.sequence import Placed, alone
from training.flops import Cost, Work, num_pairs
from training.loss import token_loss_sum
from training.model.hugging_face import CLIPVisionConfig, LlavaNextConfig, LlavaNextForConditionalGeneration
from training.model.parts import Rates, freeze


@pytest.fixture(scope="module")
def pangea() -> Any:
    """Pangea-7B's shapes without its weights; its tower is frozen."""
    text = {
        "model_type": "qwen2", "vocab_size": 152064, "hidden_size": 3584, "intermediate_size": 18944,
        "num_hidden_layers": 28, "num_attention_heads": 28, "num_key_value_heads": 4,
    }  # fmt: skip
    vision = CLIPVisionConfig(
        hidden_size=1024, intermediate_size=4096, num_hidden_layers=24, num_attention_heads=16, image_size=336,
        patch_size=14,
    )  # fmt: skip
    with torch.device("meta"):
        model = LlavaNextForConditionalGeneration(LlavaNextConfig(vision_config=vision, text_config=text))
    freeze(model, Rates(connector=1e-3, language_model=1e-3))
    return model


def causal(num_tokens: int, num_tiles: int) -> Work:
    """A sequence whose head runs everywhere."""
    return Work(num_tokens, num_tokens * (num_tokens + 1) // 2, num_tokens, num_tiles)


def test_a_sample_of_the_7b_model_costs_60_teraflops_of_which_the_tower_takes_two_percent(pangea: Any) -> None:
    cost = Cost.of(pangea)
    assert cost.flops(causal(1272 + 85, 3)) == pytest.approx(59.9e12, rel=0.01)
    assert 3 * cost.tile / 59.9e12 == pytest.approx(0.02, abs=0.002)
    assert cost.flops(Work(1357, 1357 * 1358 // 2, 85, 3)) == pytest.approx(55.8e12, rel=0.01)


def test_eight_questions_behind_a_picture_cost_a_third_more_than_one(pangea: Any) -> None:
    """Every further question and answer has 60 tokens."""
    assert Cost.of(pangea).flops(causal(1272 + 85 + 7 * 60, 3)) == pytest.approx(78.5e12, rel=0.01)


def test_what_is_frozen_costs_a_forward_pass(pangea: Any) -> None:
    learning = Cost.of(pangea)
    layers = pangea.model.language_model.layers
    try:
        pangea.requires_grad_(requires_grad=False)
        frozen = Cost.of(pangea)
        layers[-1].requires_grad_(requires_grad=True)
        last = Cost.of(pangea)
    finally:
        pangea.requires_grad_(requires_grad=True)
        freeze(pangea, Rates(connector=1e-3, language_model=1e-3))
    for name in ("token", "pair", "supervised"):
        assert getattr(learning, name) == 3 * getattr(frozen, name)
    # Of the last layer all but the gradient for its input, and the head hands its gradient on.
    assert last.token == pytest.approx(frozen.token * (27 + 3) / 28, rel=0.01)
    assert last.pair == pytest.approx(frozen.pair * (27 + 3) / 28)
    assert last.supervised == frozen.supervised * 2


def test_pytorch_counts_the_same() -> None:
    """Attention in plain products, which PyTorch counts without regard to the mask."""
    model, processor = toy_model(2)
    freeze(model, Rates(connector=1e-3, language_model=1e-3))
    model.set_attn_implementation("eager")
    samples = [alone(Placed(encode(processor, *toy_item(number)), number)) for number in range(3)]
    rows = make_rows([[each] for each in samples], 0)
    with FlopCounterMode(display=False) as counted:
        model_loss = token_loss_sum(model, rows)
        model_loss.backward()
    places = rows.input_ids.numel()
    assert rows.pixel_values is not None
    work = Work(places, places * rows.input_ids.shape[1], rows.num_supervised, len(rows.pixel_values))
    assert Cost.of(model).flops(work) == pytest.approx(counted.get_total_flops(), rel=0.02)


SEQUENCES = st.lists(st.lists(st.integers(1, 5), min_size=1, max_size=3), min_size=1, max_size=3)


@given(st.lists(SEQUENCES, min_size=1, max_size=3))
def test_pairs_are_those_of_the_mask(rows: list[list[list[int]]]) -> None:
    """Rows of sequences, each a shared part and the branches behind it."""
    width = 1 + max(sum(map(sum, row)) for row in rows)
    documents = torch.full((len(rows), width), FILL)
    branches = torch.zeros(len(rows), width, dtype=torch.int64)
    for number, row in enumerate(rows):
        place = 0
        for document, parts in enumerate(row):
            for branch, size in enumerate(parts):
                documents[number, place : place + size] = document
                branches[number, place : place + size] = branch
                place += size
    seen = dense_mask(documents, branches)[:, 0] & (documents != FILL)[:, None]
    assert num_pairs(documents, branches) == int(seen.sum())
