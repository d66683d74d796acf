from __future__ import annotations

import itertools
from collections import Counter

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from training.plan.layout import Layout, lay_out
from training.plan.mixture import Amount, epoch_order, wanted
from training.plan.plan import Plan, make_plan
from training.plan.units import Facts, by_picture, single

SIZES = st.integers(1, 8)
SEEDS = st.integers(0, 2**31)
ONCE = [Amount(times=1.0)]
PAIRS = Layout(None, 2)
LAYOUTS = st.builds(Layout, st.sampled_from([None, 40, 90]), st.integers(1, 3))


def samples_of(num: int, parts: int = 1, per_picture: int = 3, group_size: int = 5) -> Facts:
    """Pictures of 10 tokens, every fourth row without one; some samples of different parts share a picture."""
    number = np.arange(num, dtype=np.int64)
    pictures = number // per_picture
    shown = np.where(pictures % 4 == 3, 0, 10)
    return Facts(
        ids=number * 7919 - 500,
        groups=pictures // group_size,
        pictures=pictures,
        tokens=shown + 6 + number % 20,
        picture_tokens=shown,
        parts=number % parts,
    )


def plan_of(
    num: int, seed: int = 0, *, epochs: int = 1, window: int = 3, step: int = 4, layout: Layout = PAIRS
) -> Plan:
    return make_plan(
        single(samples_of(num), 1000), ONCE, layout, seed=seed, epochs=epochs, window=window, samples_per_step=step
    )


def flat(batch: tuple[tuple[tuple[int, ...], ...], ...]) -> list[int]:
    return [position for row in batch for sequence in row for position in sequence]


@given(st.integers(0, 90), SEEDS, SIZES, SIZES, SIZES, LAYOUTS)
def test_every_sample_once_in_steps_that_are_the_same_at_any_world_size(
    num: int, seed: int, window: int, step: int, world: int, layout: Layout
) -> None:
    plan = plan_of(num, seed, window=window, step=step, layout=layout)
    seen: list[int] = []
    for number in range(plan.num_steps):
        ranks = [plan.of_rank(number, rank, world) for rank in range(world)]
        assert len({len(batches) for batches in ranks}) == 1, "every rank takes part in the same collectives"
        mine = [position for batches in ranks for batch in batches if batch is not None for position in flat(batch)]
        assert sorted(mine) == sorted(plan.samples(number))
        assert len(mine) == min(step, num - number * step)
        seen += mine
    assert sorted(seen) == list(range(num))


@given(st.lists(st.integers(1, 40), min_size=1, max_size=60), st.integers(1, 5), st.integers(1, 3))
def test_packed_rows_hold_what_they_may_and_are_few_and_even(tokens: list[int], world: int, num_rows: int) -> None:
    ranks = lay_out(tokens, Layout(40, num_rows), world)
    rows = [row for batches in ranks for batch in batches if batch is not None for row in batch]
    assert sorted(unit for row in rows for unit in row) == list(range(len(tokens)))
    loads = [sum(tokens[unit] for unit in row) for row in rows]
    assert max(loads) <= 40
    assert all(len(batch) <= num_rows for batches in ranks for batch in batches if batch is not None)
    # Longest first into the emptiest row: at most twice what would do, and what ranks need to be even.
    assert len(rows) < 2 * sum(tokens) / 40 + num_rows * world + 1


@given(st.lists(st.integers(1, 9), min_size=40, max_size=90), st.integers(2, 4))
def test_what_ranks_do_at_the_same_time_is_alike(tokens: list[int], world: int) -> None:
    ranks = lay_out(tokens, Layout(60, 1), world)
    for together in zip(*ranks, strict=True):
        loads = [sum(tokens[unit] for row in batch for unit in row) for batch in together if batch is not None]
        assert max(loads) - min(loads) <= 9, "no more than one sequence apart"
        assert len(loads) == world, "nobody has nothing to do while there is enough"


def test_a_sequence_as_long_as_a_row_gets_one() -> None:
    ranks = lay_out([40, 1, 40, 1], Layout(40, 1), 1)
    assert sorted(row for batch in ranks[0] if batch is not None for row in batch) == [(0,), (1, 3), (2,)]


@given(st.integers(1, 200), SEEDS, st.integers(1, 4))
def test_a_stretch_reads_few_row_groups(num: int, seed: int, window: int) -> None:
    plan = plan_of(num, seed, window=window)
    groups = samples_of(num).groups[plan.order]
    met = list(dict.fromkeys(groups.tolist()))
    for first in range(0, len(met), window):
        places = np.flatnonzero(np.isin(groups, met[first : first + window]))
        assert places[-1] - places[0] + 1 == len(places), "a window's row groups are finished before the next begins"


def test_seeds_and_epochs_differ_and_repeat() -> None:
    orders = [plan_of(60, seed, epochs=2).order.tolist() for seed in (0, 1)]
    halves = {tuple(order[at : at + 60]) for order in orders for at in (0, 60)}
    assert len(halves) == 4
    assert all(sorted(half) == list(range(60)) for half in halves)
    assert plan_of(60, 1, epochs=2).order.tolist() == orders[1]


def test_samples_are_mixed_across_row_groups() -> None:
    groups = samples_of(500).groups[plan_of(500, 3, window=10).order]
    neighbours = float(np.mean(groups[1:] == groups[:-1]))
    assert neighbours < 0.25, "in file order it would be over 0.9"


@given(st.integers(0, 80), st.integers(1, 3), st.integers(30, 80), st.integers(0, 5))
def test_questions_of_a_picture_share_a_sequence_until_it_is_full(
    num: int, parts: int, max_tokens: int, shared_text: int
) -> None:
    samples = samples_of(num, parts, per_picture=7)
    units = by_picture(samples, max_tokens, shared_text)
    kept = np.flatnonzero(samples.tokens <= max_tokens)
    assert sorted(units.members.tolist()) == kept.tolist()
    lengths = []
    for number in range(len(units)):
        own = units.of(number)
        assert len({(int(samples.pictures[each]), int(samples.parts[each])) for each in own}) == 1
        shared = int(samples.picture_tokens[own[0]]) + shared_text if samples.picture_tokens[own[0]] else 0
        assert shared or len(own) == 1, "without a picture there is nothing to share"
        lengths.append(shared + int((samples.tokens[own] - shared).sum()))
    assert units.tokens.tolist() == lengths
    assert all(length <= max_tokens for length in lengths)
    for one, other in itertools.pairwise(range(len(units))):
        first = units.of(other)[0]
        shared = samples.picture_tokens[first]
        same = samples.pictures[first] == samples.pictures[units.of(one)[0]] and units.parts[one] == units.parts[other]
        if shared and same:
            assert lengths[one] + samples.tokens[first] - shared - shared_text > max_tokens, "it would have had room"


def test_a_step_of_pictures_has_no_more_questions_than_it_should() -> None:
    units = by_picture(samples_of(90, per_picture=7), 1000, 2)
    plan = make_plan(units, ONCE, Layout(200, 1), seed=0, epochs=1, window=2, samples_per_step=12)
    sizes = [len(plan.samples(step)) for step in range(plan.num_steps)]
    assert sum(sizes) == 90
    assert max(sizes) <= 12
    assert np.mean(sizes) > 7


@given(st.lists(st.integers(1, 30), min_size=1, max_size=4), st.data(), SEEDS)
@settings(deadline=None)
def test_parts_are_met_as_often_as_they_should_and_evenly(counts: list[int], data: st.DataObject, seed: int) -> None:
    times = [data.draw(st.sampled_from([0.5, 1.0, 1.5, 2.0])) for _ in counts]
    num = sum(counts)
    samples = samples_of(num)
    samples = Facts(**{**vars(samples), "parts": np.repeat(np.arange(len(counts), dtype=np.int64), counts)})
    units = single(samples, 1000)
    amounts = [Amount(times=each) for each in times]
    order = epoch_order(units, amounts, seed=seed, epoch=0, window=2)
    met = Counter(order.tolist())
    for part, (count, often) in enumerate(zip(counts, times, strict=True)):
        own = [met[unit] for unit in range(num) if units.parts[unit] == part]
        assert sum(own) == int(often) * count + round((often - int(often)) * count)
        assert max(own) - min(own) <= 1
        places = np.flatnonzero(units.parts[order] == part) + 0.5
        if len(places):
            expected = (np.arange(len(places)) + 0.5) / len(places) * len(order)
            assert np.abs(places - expected).max() <= len(counts), "as far apart as their number wants it"


def test_a_part_that_is_met_by_half_is_met_whole_in_two_epochs() -> None:
    units = single(samples_of(40), 1000)
    halves = [epoch_order(units, [Amount(times=0.5)], seed=4, epoch=epoch, window=2) for epoch in (0, 1)]
    assert sorted([*halves[0].tolist(), *halves[1].tolist()]) == list(range(40))


@pytest.mark.parametrize(
    ("counts", "shares", "times"),
    [((100, 50), (0.5, 0.5), (0.5, 1.0)), ((100, 100), (0.75, 0.25), (1.0, 1 / 3)), ((10, 30), (1.0, 0.0), (1.0, 0.0))],
)
def test_shares_make_the_longest_epoch_that_meets_nothing_twice(
    counts: tuple[int, int], shares: tuple[float, float], times: tuple[float, float]
) -> None:
    assert wanted(counts, [Amount(share=share) for share in shares]) == pytest.approx(list(times))
