from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor
from torch.distributed.device_mesh import init_device_mesh
from torch.nn.functional import cross_entropy

from tests.training.toy import on_ranks, toy_item, toy_model
from training.data.encode import encode
from training.data.rows import IGNORED, make_rows
from training.data.sequence import Placed, alone
from training.model.parallel import shard
from training.model.parts import Rates, freeze
from training.watch.measures import GroupLoss
from training.watch.validation import chosen, due, validation_losses


@given(st.lists(st.tuples(st.integers(-(2**63), 2**63 - 1), st.integers(0, 3)), unique=True), st.integers(1, 6))
def test_the_same_samples_are_chosen_whatever_their_order(samples: list[tuple[int, int]], per_language: int) -> None:
    ids = np.array([each for each, _ in samples], np.int64)
    languages = np.array([each for _, each in samples], np.int16)
    found = chosen(ids, languages, per_language)
    assert sorted(set(found.tolist())) == found.tolist()
    for language in range(4):
        has = int((languages == language).sum())
        assert int((languages[found] == language).sum()) == min(has, per_language)
    turned = chosen(ids[::-1].copy(), languages[::-1].copy(), per_language)
    assert {samples[each] for each in found} == {samples[::-1][each] for each in turned}
    fewer = chosen(ids, languages, per_language - 1)
    assert set(fewer.tolist()) <= set(found.tolist())


def test_when() -> None:
    assert [done for done in range(12) if due(done, 4, 10)] == [4, 8, 10]


def validated(kinds: str, per_batch: int, *, sharded: bool = True) -> list[Any]:
    """Losses of samples with a picture (p) and without (t), again after the parameters changed, and modes after it."""
    import torch.distributed as dist

    model, processor = toy_model()
    freeze(model, Rates(connector=1e-3, language_model=1e-3))
    model.train()
    model.model.vision_tower.eval()
    if sharded:
        shard(model, init_device_mesh("cpu", (dist.get_world_size(),)), torch.float32)
    # As an optimizer holds them: after a forward pass alone the root would show others in their place.
    parameters = list(model.parameters())
    passes = 0

    def token_losses(batch: list[int]) -> tuple[Tensor, Tensor]:
        nonlocal passes
        passes += 1
        placed = []
        for number in batch:
            image, item = toy_item(number)
            placed.append(Placed(encode(processor, image if kinds[number] == "p" else None, item), number))
        rows = make_rows([[alone(each)] for each in placed], processor.tokenizer.pad_token_id)
        logits = model(
            input_ids=rows.input_ids, position_ids=rows.positions, use_cache=False,
            pixel_values=rows.pixel_values, image_sizes=rows.image_sizes,
        ).logits  # fmt: skip
        places = rows.targets != IGNORED
        return cross_entropy(logits[places], rows.targets[places], reduction="none"), rows.owners[places]

    batches = [list(range(at, min(at + per_batch, len(kinds)))) for at in range(0, len(kinds), per_batch)]
    language_of_owner = torch.tensor([number % 3 for number in range(len(kinds))])

    def measure() -> dict[str, GroupLoss]:
        return validation_losses(model, batches, token_losses, ["am", "de", "id", "sw"], language_of_owner)

    before = measure()
    with torch.no_grad():
        for parameter in parameters:
            parameter.mul_(0.5)
    modes = [model.training, model.model.language_model.layers[0].training, model.model.vision_tower.training]
    counts = torch.tensor([passes, -passes])
    dist.all_reduce(counts, dist.ReduceOp.MAX)
    return [before, measure(), modes, counts.tolist()]


@pytest.mark.slow
@pytest.mark.usefixtures("one_rank")
def test_losses_do_not_depend_on_the_number_of_ranks(tmp_path: Path) -> None:
    """With three batches, one of which has no picture, and two ranks one of them runs a batch that is not counted.

    Nor on whether parameters are sharded, also after they have changed.
    """
    alone_ = validated("ppttp", 2, sharded=False)
    shared = on_ranks(2, validated, tmp_path, "ppttp", 2)
    for one, two in zip(alone_[:2], shared[:2], strict=True):
        assert {name: group.num_tokens for name, group in one.items()} == {
            name: group.num_tokens for name, group in two.items()
        }
        assert set(one) == {"am", "de", "id"}
        assert [two[name].total for name in one] == pytest.approx([one[name].total for name in one], rel=1e-5)
    assert alone_[2] == shared[2] == [True, True, False]
    assert (alone_[3], shared[3]) == ([3, -3], [2, -2]), "as many passes on every rank"
