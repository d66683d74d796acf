"""Rates and factors of a balance, found on what could be asked of a sample.

Shares of groups follow count^temperature, the exponent smoothing of multilingual training (arXiv 1911.02116, section
3.1, whose alpha this is). There it is over languages alone; here over countries, languages and families at once, each
slot weighted by the product of three factors, factor(group) = (count(group) / count(largest group))^(temperature - 1),
counted for each kind by itself. Where the three are independent of one another, shares of each are count^temperature
exactly; elsewhere nearly, which docs/decisions/0016-balance.md measures.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import replace
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from pipeline.config import Balancing
from pipeline.questions.balance import Balance, Rate, boosts
from pipeline.questions.caps import Caps, Counted
from pipeline.questions.slots import Slots

AXES = ("country", "language", "family")


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
    factors = {kind: _factors(slots, kind, config.temperature) for kind in wanted}
    balance = Balance(factors, boosts(config.long_tail_boost), caps_of(config))
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
    return float(np.partition(ranks, number)[number]) if number < len(ranks) else math.inf


def slot_weights(slots: Slots, balance: Balance) -> NDArray[np.float64]:
    """Weight of each slot under its kind's factors."""
    boost = np.array([balance.boosts[name] for name in slots.popularities])
    weights = boost[slots.numbers("popularity")]
    kinds = slots.numbers("kind")
    rates = [balance.rates.get(kind, Rate()) for kind in slots.kinds]
    for axis in AXES:
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


def _factors(slots: Slots, kind: str, temperature: float) -> Rate:
    is_kind = slots.numbers("kind") == slots.kinds.index(kind)
    factors: dict[str, Mapping[str, float]] = {}
    unseen: dict[str, float] = {}
    for axis in AXES:
        names = slots.names(axis)
        counts = np.bincount(slots.numbers(axis)[is_kind], minlength=len(names))
        largest = max(1, int(counts.max(initial=0)))
        # What the sample does not show is taken for as rare as what it shows once.
        values = (np.maximum(counts, 1) / largest) ** (temperature - 1)
        factors[axis] = dict(zip(names, values.tolist(), strict=True))
        unseen[axis] = (1 / largest) ** (temperature - 1)
    return Rate(factors=factors, unseen=unseen)
