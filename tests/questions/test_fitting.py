"""The balance that is found: totals, shares, boosts, and that a larger total keeps what a smaller one had."""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from pipeline.questions.balance import EVERYTHING, Balance
from pipeline.questions.expected import expect
from pipeline.questions.fitting import fit, slot_weights, solve, unreached
from pipeline.questions.settings import Balancing
from tests.questions.made_up import COUNTRIES, KINDS, LANGUAGES, Entity, complete, lopsided, made, slots_of

SEEDS = st.integers(1, 500)
TEMPERATURES = st.sampled_from([0.0, 0.3, 0.7, 1.0])
few = settings(max_examples=25)


def possible(world: list[Entity], kind: str = "open") -> int:
    return sum(kind == each[3] for each in made(world, EVERYTHING))


def expected(world: list[Entity], balance: Balance, kind: str = "open") -> float:
    return expect(slots_of(world), balance).expected[kind].items


@few
@given(SEEDS, TEMPERATURES, st.sampled_from([1.0, 4.0]), st.floats(0.01, 0.99), st.floats(0.01, 0.99))
def test_totals_are_reached_for_each_kind_and_by_what_is_drawn(
    seed: int, temperature: float, boost: float, open_share: float, choice_share: float
) -> None:
    world = lopsided(seed)
    wanted = {
        kind: max(1, round(share * possible(world, kind)))
        for kind, share in zip(KINDS, (open_share, choice_share), strict=True)
    }
    config = Balancing(
        open_items=wanted["open"], choice_items=wanted["choice"], temperature=temperature, long_tail_boost=boost
    )
    slots = slots_of(world)
    balance = fit(slots, config)
    found = expect(slots, balance)
    drawn = Counter(each[3] for each in made(world, balance))
    for kind in KINDS:
        assert found.expected[kind].items == pytest.approx(wanted[kind])
        assert (found.possible[kind].items, found.possible[kind].error) == (possible(world, kind), 0)
        # All were looked at: only what the hashes draw is left to chance.
        assert abs(drawn[kind] - wanted[kind]) <= 5 * found.expected[kind].error + 1e-6


@few
@given(SEEDS, TEMPERATURES, st.integers(1, 900), st.integers(1, 900))
def test_a_larger_total_keeps_all_of_a_smaller_one(seed: int, temperature: float, one: int, other: int) -> None:
    world = lopsided(seed)
    slots = slots_of(world)
    kept = [
        made(world, fit(slots, Balancing(open_items=items, choice_items=items, temperature=temperature)))
        for items in sorted((one, other))
    ]
    assert kept[0] <= kept[1]


def test_a_kind_without_a_total_is_made_whole() -> None:
    world = lopsided(7)
    kept = made(world, fit(slots_of(world), Balancing(open_items=10, temperature=0.5)))
    assert {each for each in kept if each[3] == "choice"} == {
        each for each in made(world, EVERYTHING) if each[3] == "choice"
    }
    assert 0 < sum(each[3] == "open" for each in kept) < 40


def test_more_than_can_be_made_is_all_and_is_told() -> None:
    world = lopsided(3)
    slots = slots_of(world)
    config = Balancing(open_items=possible(world) + 1, choice_items=20, temperature=0.3, long_tail_boost=3)
    balance = fit(slots, config)
    assert balance.rates["open"].rate == math.inf
    assert {each for each in made(world, balance) if each[3] == "open"} == {
        each for each in made(world, EVERYTHING) if each[3] == "open"
    }
    [line] = unreached(slots, config, balance)
    assert line.startswith("questions.balance.open_items: ")
    exactly = fit(slots, Balancing(open_items=possible(world)))
    assert expected(world, exactly) == possible(world)


@pytest.mark.parametrize("temperature", [0.0, 0.5, 1.0])
@pytest.mark.parametrize("boost", [1.0, 9.0])
def test_shares_of_countries_follow_counts_to_the_temperature(temperature: float, boost: float) -> None:
    counts = {"japan": 640, "kenya": 160, "rwanda": 40}
    world = complete(counts, ("head", "tail"))
    balance = fit(slots_of(world), Balancing(open_items=300, temperature=temperature, long_tail_boost=boost))
    shares = {name: pair[1] / 300 for name, pair in expect(slots_of(world), balance).by["country"]["open"].items()}
    whole = sum(count**temperature for count in counts.values())
    assert shares == pytest.approx({name: count**temperature / whole for name, count in counts.items()})


@pytest.mark.parametrize("temperature", [0.4, 0.7, 1.0])
@pytest.mark.parametrize("seed", range(1, 6))
def test_shares_are_met_where_countries_languages_and_families_depend_on_one_another(
    seed: int, temperature: float
) -> None:
    world = lopsided(seed, 2000)
    slots = slots_of(world)
    counts: dict[str, Counter[str]] = {axis: Counter() for axis in ("country", "language", "family")}
    for cell in expect(slots, EVERYTHING).matrix:
        if cell.kind == "open":
            for axis, own in counts.items():
                own[getattr(cell, axis)] += round(cell.possible)
    # Few, so that no group is short of items.
    balance = fit(slots, Balancing(open_items=20, temperature=temperature))
    for axis, own in counts.items():
        found: Counter[str] = Counter()
        for cell in expect(slots, balance).matrix:
            if cell.kind == "open":
                found[getattr(cell, axis)] += cell.expected  # type: ignore[assignment]
        whole = sum(count**temperature for count in own.values())
        for name, count in own.items():
            assert found[name] / 20 == pytest.approx(count**temperature / whole, rel=0.02), (axis, name)


@pytest.mark.parametrize("temperature", [0.3, 0.5, 1.0])
def test_domains_are_an_axis_where_they_are_asked_for(temperature: float) -> None:
    world = [
        replace(entity, domain=("food", "food", "food", "dance")[number % 4])
        for number, entity in enumerate(lopsided(3, 2000))
    ]
    domain = {entity.qid: entity.domain for entity in world}
    slots = slots_of(world)
    plain = Balancing(open_items=400, temperature=temperature)
    config = plain.model_copy(update={"axes": ("country", "language", "domain")})
    balance = fit(slots, config)
    weights = slot_weights(slots, balance)
    is_open = slots.numbers("kind") == 0
    counts = np.bincount(slots.numbers("domain")[is_open])
    found = np.bincount(slots.numbers("domain")[is_open], weights[is_open])
    aims = counts**temperature
    assert found / found.sum() == pytest.approx(aims / aims.sum(), rel=0.01)
    # What is drawn has the shares that were found, and without the axis nothing changes.
    drawn = Counter(domain[qid] for qid, _, _, kind in made(world, balance) if kind == "open")
    assert drawn["dance"] / drawn.total() == pytest.approx(aims[slots.domains.index("dance")] / aims.sum(), abs=0.08)
    assert made(world, fit(slots, plain)) == made([replace(each, domain="food") for each in world], fit(slots, plain))


@pytest.mark.parametrize("floor", [0.1, 0.5, 0.9])
def test_the_long_tail_has_its_floor_and_all_else_the_shares_it_had(floor: float) -> None:
    world = lopsided(7, 2000)
    slots = slots_of(world)
    plain = Balancing(open_items=40, temperature=0.5)
    without, with_floor = (fit(slots, plain.model_copy(update={"long_tail_floor": least})) for least in (0.0, floor))
    shares = []
    for balance in (without, with_floor):
        by = expect(slots, balance).by
        shares.append(
            {grouping: {name: pair[1] / 40 for name, pair in by[grouping]["open"].items()} for grouping in by}
        )
    before, after = shares[0]["popularity"], shares[1]["popularity"]
    assert after["tail"] == pytest.approx(max(floor, before["tail"]), rel=0.01)
    assert after["head"] / after["torso"] == pytest.approx(before["head"] / before["torso"], rel=0.01)
    for grouping in ("country", "language"):
        assert shares[1][grouping] == pytest.approx(shares[0][grouping], rel=0.02)
    if before["tail"] > floor:
        assert with_floor == without


@pytest.mark.parametrize(
    ("settings", "says"),
    [
        ({"open_items": 9, "axes": ("domain", "domain")}, "an axis is named twice"),
        ({"open_items": 9, "axes": ()}, "at least 1 item"),
        ({"open_items": 9, "axes": ("colour",)}, "'country', 'language', 'family' or 'domain'"),
        ({"long_tail_floor": 0.2}, "long_tail_floor share out a total: set open_items or choice_items"),
        ({"open_items": 9, "long_tail_floor": 1.2}, "less than or equal to 1"),
    ],
)
def test_settings_that_cannot_be_are_refused(settings: dict[str, Any], says: str) -> None:
    with pytest.raises(ValidationError, match=says):
        Balancing(**settings)


def test_a_group_that_is_short_gives_all_it_has() -> None:
    world = complete({"japan": 500, "rwanda": 5})
    balance = fit(slots_of(world), Balancing(open_items=2000, temperature=0.0))
    by_country = expect(slots_of(world), balance).by["country"]["open"]
    assert by_country["rwanda"] == pytest.approx((80, 80))
    assert by_country["japan"][1] == pytest.approx(1920)


def test_the_long_tail_is_boosted_and_the_torso_by_the_square_root() -> None:
    world = complete({"japan": 300, "kenya": 30}, ("head", "torso", "tail"))
    slots = slots_of(world)
    balance = fit(slots, Balancing(open_items=100, temperature=0.5, long_tail_boost=4))
    by_popularity = expect(slots, balance).by["popularity"]["open"]
    rates = {name: kept / there for name, (there, kept) in by_popularity.items()}
    assert rates["torso"] / rates["head"] == pytest.approx(2)
    assert rates["tail"] / rates["head"] == pytest.approx(4)


@given(
    st.lists(st.floats(1e-3, 1e3), min_size=1, max_size=40),
    st.floats(1e-3, 1 - 1e-6),
)
def test_the_rate_is_the_one_that_bisection_finds(weights: list[float], share: float) -> None:
    array = np.array(weights)
    total = share * len(weights)
    low, high = 0.0, 1e7
    for _ in range(200):
        middle = (low + high) / 2
        low, high = (middle, high) if np.minimum(1, middle * array).sum() < total else (low, middle)
    assert np.minimum(1, solve(array, total) * array).sum() == pytest.approx(total)
    assert solve(array, total) == pytest.approx(high, rel=1e-4)


@few
@given(SEEDS)
def test_what_the_sample_does_not_show_counts_as_rare(seed: int) -> None:
    world = lopsided(seed, 60)
    balance = fit(slots_of(world), Balancing(open_items=10, temperature=0.3))
    stranger = Entity(1, "peru", "torso", {"unheard of": LANGUAGES})
    rank = balance.rank(stranger.concept, stranger.sha256, "unheard of", "en", "open")
    assert math.isfinite(rank)
    assert rank > 0
    for axis in ("country", "family"):
        factors = balance.rates["open"].factors[axis]
        assert balance.rates["open"].factor(axis, "unheard of") in factors.values()


def test_ranks_and_rates_say_the_same() -> None:
    world = lopsided(11)
    balance = fit(slots_of(world), Balancing(open_items=200, choice_items=90, temperature=0.4, long_tail_boost=2))
    kept = made(world, balance)
    by_qid = {entity.qid: entity for entity in world}
    for qid, family, language, kind in made(world, EVERYTHING):
        rank = balance.rank(by_qid[qid].concept, by_qid[qid].sha256, family, language, kind)
        assert ((qid, family, language, kind) in kept) == (rank < balance.rates[kind].rate)
    assert slot_weights(slots_of(world), EVERYTHING).tolist() == [1.0] * (len(made(world, EVERYTHING)))


def test_a_world_of_which_nothing_is_asked_has_a_balance_too() -> None:
    for world in ([], [Entity(1, COUNTRIES[0], "head", {})]):
        found = expect(slots_of(world), fit(slots_of(world), Balancing(open_items=5, temperature=0.5)))
        assert (found.expected["open"].items, found.matrix) == (0.0, [])
