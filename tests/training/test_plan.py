from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from training.plan import Plan, make_plan

SIZES = st.integers(1, 8)


def plan_of(num: int, seed: int, epoch: int, window: int, step: int, micro: int, group_size: int = 5) -> Plan:
    ids = np.arange(num, dtype=np.int64) * 7919 - 500
    return make_plan(
        ids, np.arange(num, dtype=np.int64) // group_size, seed=seed, epoch=epoch, window=window,
        samples_per_step=step, samples_per_micro_batch=micro,
    )  # fmt: skip


@given(st.integers(0, 90), st.integers(0, 2**31), st.integers(0, 5), SIZES, SIZES, SIZES, SIZES)
def test_an_epoch_has_every_sample_once_at_any_world_size(
    num: int, seed: int, epoch: int, window: int, step: int, micro: int, world: int
) -> None:
    plan = plan_of(num, seed, epoch, window, step, micro)
    seen: list[int] = []
    for number in range(plan.num_steps):
        ranks = [plan.of_rank(number, rank, world) for rank in range(world)]
        assert len({len(batches) for batches in ranks}) == 1, "every rank takes part in the same collectives"
        mine = [batch for batches in ranks for batch in batches if batch is not None]
        assert all(1 <= len(batch) <= micro for batch in mine)
        assert sum(map(len, mine)) == min(step, num - number * step)
        seen += [int(sample) for batch in mine for sample in batch]
    assert sorted(seen) == list(range(num))


@given(st.integers(1, 90), st.integers(0, 2**31), SIZES, SIZES)
def test_a_step_has_the_same_samples_at_any_world_size(num: int, seed: int, step: int, world: int) -> None:
    plan = plan_of(num, seed, 0, 3, step, 2)
    for number in range(plan.num_steps):
        alone = [sample for batch in plan.of_rank(number, 0, 1) if batch is not None for sample in batch]
        shared = [
            sample for rank in range(world) for batch in plan.of_rank(number, rank, world) if batch is not None
            for sample in batch
        ]  # fmt: skip
        assert sorted(alone) == sorted(shared)


@given(st.integers(1, 200), st.integers(0, 2**31), st.integers(1, 4))
def test_a_stretch_reads_few_row_groups(num: int, seed: int, window: int) -> None:
    plan = plan_of(num, seed, 0, window, 4, 2)
    groups = plan.order // 5
    whole = -(-num // 5)
    for first in range(0, whole, window):
        inside = np.isin(groups, list(dict.fromkeys(groups.tolist()))[first : first + window])
        places = np.flatnonzero(inside)
        assert places[-1] - places[0] + 1 == len(places), "a window's row groups are finished before the next begins"


def test_seeds_and_epochs_differ_and_repeat() -> None:
    orders = {(seed, epoch): plan_of(60, seed, epoch, 4, 4, 2).order.tolist() for seed in (0, 1) for epoch in (0, 1)}
    assert len({tuple(order) for order in orders.values()}) == 4
    assert plan_of(60, 1, 1, 4, 4, 2).order.tolist() == orders[1, 1]


def test_samples_are_mixed_across_row_groups() -> None:
    order = plan_of(500, 3, 0, 10, 4, 2).order // 5
    neighbours = float(np.mean(order[1:] == order[:-1]))
    assert neighbours < 0.25, "in file order it would be 0.8"
