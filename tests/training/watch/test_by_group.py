from __future__ import annotations

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from training.watch.by_group import Tally
from training.watch.measures import GroupLoss

NAMES = {"language": ["am", "de", "id"], "source": ["open", "choice"]}
SAMPLE = st.tuples(st.integers(0, 2), st.integers(0, 1), st.lists(st.floats(0, 20, width=32), max_size=5))


def count(tally: Tally, samples: list[tuple[int, int, list[float]]]) -> None:
    """One micro-batch of samples, each with its language, its source and its token losses."""
    owners = [number for number, (_, _, losses) in enumerate(samples) for _ in losses]
    groups = {
        kind: torch.tensor([sample[number] for sample in samples], dtype=torch.int64)
        for number, kind in enumerate(NAMES)
    }
    losses = torch.tensor([loss for sample in samples for loss in sample[2]])
    tally.add(losses, torch.tensor(owners, dtype=torch.int64), groups)


def tallied(batches: list[list[tuple[int, int, list[float]]]]) -> dict[str, dict[str, GroupLoss]]:
    tally = Tally(NAMES, torch.device("cpu"))
    for batch in batches:
        count(tally, batch)
    return tally.reduced()


@pytest.mark.usefixtures("one_rank")
def test_groups_add_up_to_the_total() -> None:
    @given(st.lists(st.lists(SAMPLE, min_size=1, max_size=4), max_size=4))
    def holds(batches: list[list[tuple[int, int, list[float]]]]) -> None:
        found = tallied(batches)
        losses = [loss for batch in batches for sample in batch for loss in sample[2]]
        for kind in NAMES:
            assert sum(group.num_tokens for group in found[kind].values()) == len(losses)
            assert sum(group.total for group in found[kind].values()) == pytest.approx(sum(losses))
        german = [loss for batch in batches for sample in batch if sample[0] == 1 for loss in sample[2]]
        assert found["language"].get("de", GroupLoss(0, 0)).num_tokens == len(german)
        assert found["language"].get("de", GroupLoss(0, 0)).total == pytest.approx(sum(german))

    holds()


@pytest.mark.usefixtures("one_rank")
def test_each_kind_has_its_own_names() -> None:
    found = tallied([[(0, 1, [1.0, 2.0]), (2, 0, [0.5])], [(0, 0, [4.0])], [(2, 1, [])]])
    assert found == {
        "language": {"am": GroupLoss(7.0, 3), "id": GroupLoss(0.5, 1)},
        "source": {"open": GroupLoss(4.5, 2), "choice": GroupLoss(3.0, 2)},
    }
