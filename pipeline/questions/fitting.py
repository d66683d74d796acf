"""Rates and factors of a balance, found on what could be asked of a sample.

Shares of countries, of languages and of families follow count^temperature, the exponent smoothing of multilingual
training (arXiv 1911.02116, whose alpha this is), counted for each kind by itself. A slot's weight is the
product of its boost and of one factor for each of the three (or of those that `axes` names, domain among them); the
factors are raked (`raking.py`) until

    sum of weights in a group / sum of all weights = count(group)^temperature / sum of count^temperature

holds along every axis. So shares are met as long as nothing is short; a group that has too little gives all it has, and
the others go up together. docs/decisions/0016-balance.md has what was measured.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from pipeline.questions.balance import Balance, Rate, boosts
from pipeline.questions.caps import Caps, Counted
from pipeline.questions.raking import rake
from pipeline.questions.settings import Balancing
from pipeline.questions.slots import Slots


def caps_of(config: Balancing) -> Caps:
    """The caps on an entity."""
    return Caps(config.max_per_entity, config.max_per_entity_and_language, config.max_per_entity_and_property)


def targets(slots: Slots, config: Balancing) -> Mapping[str, int]:
    """Kind -> items aimed at, of the kinds that are asked and of which not all are wanted."""
    aims = {"open": config.open_items, "choice": config.choice_items}
    return {kind: items for kind, items in aims.items() if items is not None and kind in slots.kinds}


def unreached(slots: Slots, config: Balancing, balance: Balance) -> Iterator[str]:
    """A line for each total that is more than can be made."""
    for kind, items in targets(slots, config).items():
        if balance.rates[kind].rate == math.inf:
            yield f"questions.balance.{kind}_items: {items:,} are more than can be made, so all are kept"


def fit(slots: Slots, config: Balancing) -> Balance:
    """The balance under which the items to be expected number what is aimed at, or all where there are not so many.

    Args:
        slots: of a sample.
        config: totals aimed at, temperature, boost and caps.
    """
    wanted = targets(slots, config)
    boost = boosts(config.long_tail_boost)
    factors = {kind: _raked(slots, kind, config, boost) for kind in wanted}
    balance = Balance(factors, boost, caps_of(config))
    weights = slot_weights(slots, balance)
    ranks = np.asarray(slots.slot_hash) / weights
    stays = within_caps(slots, ranks, balance.caps)
    rates: dict[str, Rate] = {}
    for kind, items in wanted.items():
        is_kind = slots.numbers("kind") == slots.kinds.index(kind)
        in_sample = items / slots.scale if slots.scale else math.inf
        # What a cap takes away depends on what its slots drew: then it is their ranks that are counted off.
        by_rank = balance.caps.are_set
        rate = _nth(ranks[is_kind & stays], in_sample) if by_rank else solve(weights[is_kind], in_sample)
        rates[kind] = replace(factors[kind], rate=rate)
    return replace(balance, rates=rates)


def solve(weights: NDArray[np.float64], total: float) -> float:
    """The rate at which the sum of min(1, rate * weight) is the total; inf where that is more than there are.

    Exact: with the heaviest m slots sure, the rest share what is left of the total by weight, and only one m fits.
    """
    if total >= len(weights):
        return math.inf
    falling = np.sort(weights)[::-1]
    rest = np.cumsum(falling[::-1])[::-1]
    rates = (total - np.arange(len(falling))) / rest
    # The first slot that is not sure at the rate that follows from those before it being so.
    return float(rates[np.argmax(rates * falling <= 1)])


def _nth(ranks: NDArray[np.float64], total: float) -> float:
    """The rate below which the total of them is; inf where there are not so many."""
    number = round(total)
    if number >= len(ranks):
        return math.inf
    rising = np.partition(ranks, [max(0, number - 1), number])
    # Between two ranks: which side of it one is on does not hang on its last bit.
    return float(rising[number - 1] + rising[number]) / 2 if number else float(rising[0]) / 2


def wanted_shares(counts: NDArray[np.int64], temperature: float) -> NDArray[np.float64]:
    """What the groups of an axis should have, in a unit of its own: count^temperature; 0 for groups without slots."""
    return np.where(counts > 0, np.maximum(counts, 1.0) ** temperature, 0.0)


def slot_weights(slots: Slots, balance: Balance) -> NDArray[np.float64]:
    """Weight of each slot under its kind's factors."""
    boost = np.array([balance.boosts[name] for name in slots.popularities])
    weights = boost[slots.numbers("popularity")]
    kinds = slots.numbers("kind")
    rates = [balance.rates.get(kind, Rate()) for kind in slots.kinds]
    for axis in dict.fromkeys(axis for rate in rates for axis in rate.factors):
        names = slots.names(axis)
        factors = np.array([[rate.factor(axis, name) for name in names] for rate in rates]).reshape(len(rates), -1)
        weights = weights * factors[kinds, slots.numbers(axis)]
    return weights


def within_caps(slots: Slots, ranks: NDArray[np.float64], caps: Caps) -> NDArray[np.bool_]:
    """Which slots stay within the caps on their entity, were all of them made."""
    stays = np.ones(len(ranks), np.bool_)
    if not caps.are_set:
        return stays
    concepts = slots.numbers("concept")
    columns = [ranks, *(slots.numbers(axis) for axis in ("kind", "language", "property"))]
    # Slots of a concept stand beside one another.
    bounds = [0, *(np.flatnonzero(np.diff(concepts)) + 1).tolist(), len(concepts)]
    for start, stop in pairwise(bounds):
        rows = zip(*(column[start:stop].tolist() for column in columns), strict=True)
        stays[start:stop] = caps.within([Counted(*row) for row in rows])
    return stays


def _raked(slots: Slots, kind: str, config: Balancing, boost: Mapping[str, float]) -> Rate:
    is_kind = slots.numbers("kind") == slots.kinds.index(kind)
    axes: list[str] = list(config.axes)
    groups = [slots.numbers(axis)[is_kind] for axis in axes]
    counts = [np.bincount(own, minlength=len(slots.names(axis))) for own, axis in zip(groups, axes, strict=True)]
    aims = [wanted_shares(count, config.temperature) for count in counts]
    popularity = slots.numbers("popularity")[is_kind]
    weights = np.array([boost[name] for name in slots.popularities])[popularity]
    found = rake(groups, weights, aims)
    floored = _floored(slots, popularity, weights * _product(found, groups), config.long_tail_floor)
    if floored is not None:
        axes, groups = [*axes, "popularity"], [*groups, popularity]
        counts = [*counts, np.bincount(popularity, minlength=len(slots.popularities))]
        found = rake(groups, weights, [*aims, floored])
    factors: dict[str, Mapping[str, float]] = {}
    unseen: dict[str, float] = {}
    for axis, count, factor in zip(axes, counts, found, strict=True):
        seen = np.flatnonzero(count)
        factors[axis] = {slots.names(axis)[at]: float(factor[at]) for at in seen.tolist()}
        # What the sample does not show is taken for as rare as the rarest that it shows.
        unseen[axis] = float(factor[seen[np.argmin(count[seen])]]) if len(seen) else 1.0
    return Rate(factors=factors, unseen=unseen)


def _product(factors: Sequence[NDArray[np.float64]], groups: Sequence[NDArray[np.int64]]) -> NDArray[np.float64]:
    product = np.ones(len(groups[0]))
    for factor, own in zip(factors, groups, strict=True):
        product *= factor[own]
    return product


def _floored(
    slots: Slots, popularity: NDArray[np.int64], weights: NDArray[np.float64], floor: float
) -> NDArray[np.float64] | None:
    """Shares of head, torso and tail that give the tail its floor and leave the rest as it is; None if it has it."""
    tail = slots.popularities.index("tail")
    held = np.bincount(popularity, weights, len(slots.popularities))
    if not held[tail] or held[tail] >= floor * held.sum() or held[tail] == held.sum():
        return None
    shares: NDArray[np.float64] = held * (1 - floor) / (held.sum() - held[tail])
    shares[tail] = floor
    return shares
