"""How many items are to be expected, and of what: the whole matrix, from a sample of concepts.

Totals are scaled up from the sample. Their standard errors are of a simple random sample of concepts, whose items come
in clusters (Cochran, Sampling Techniques, ch. 2 with the finite population correction), and of what the slots draw.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pipeline.questions.balance import Balance
from pipeline.questions.fitting import slot_weights, within_caps
from pipeline.questions.slots import Slots

GROUPINGS = ("language", "country", "group", "popularity")


@dataclass(frozen=True)
class Total:
    """Items, and one standard error."""

    items: float
    error: float


@dataclass(frozen=True)
class Cell:
    """What the matrix has for one country, language, family and kind."""

    country: str
    language: str
    family: str
    kind: str
    possible: float
    expected: float


@dataclass(frozen=True)
class Expected:
    """What is possible and what will be made.

    Attributes:
        possible, expected: kind -> items.
        by: grouping -> kind -> name -> (possible, expected), for language, country, group of families and popularity.
        matrix: cells in which something is possible, by country, language, family and kind.
    """

    possible: Mapping[str, Total]
    expected: Mapping[str, Total]
    by: Mapping[str, Mapping[str, Mapping[str, tuple[float, float]]]]
    matrix: Sequence[Cell]


def expect(slots: Slots, balance: Balance, max_per_picture: int | None = None) -> Expected:
    """What a balance makes of what is possible.

    Args:
        slots: of a sample of concepts.
        balance: what is kept; it need not be fitted to these slots.
        max_per_picture: cap on the items of a picture, both kinds together.
    """
    weights = slot_weights(slots, balance)
    rates = np.array([balance.rates[kind].rate if kind in balance.rates else math.inf for kind in slots.kinds])
    kinds = slots.numbers("kind")
    probability = np.minimum(1.0, rates[kinds] * weights)
    kept = probability
    if balance.caps.are_set or max_per_picture is not None:
        # Caps act on what was drawn, so that is drawn here as the stage draws it.
        kept = _drawn(slots, weights, rates[kinds], balance, max_per_picture)
    possible: dict[str, Total] = {}
    expected: dict[str, Total] = {}
    for number, kind in enumerate(slots.kinds):
        is_kind = kinds == number
        possible[kind] = _total(slots, is_kind.astype(np.float64), 0.0)
        by_chance = float((probability * (1 - probability))[is_kind].sum())
        expected[kind] = _total(slots, np.where(is_kind, kept, 0.0), by_chance)
    by = {grouping: _grouped(slots, kinds, kept, grouping) for grouping in GROUPINGS}
    return Expected(possible, expected, by, _matrix(slots, kinds, kept))


def _drawn(
    slots: Slots,
    weights: NDArray[np.float64],
    rates: NDArray[np.float64],
    balance: Balance,
    max_per_picture: int | None,
) -> NDArray[np.float64]:
    """1 where a slot of the sample becomes an item, 0 elsewhere."""
    hashes = np.asarray(slots.slot_hash)
    drawn = hashes / weights < rates
    if max_per_picture is not None:
        # Another hash decides there, of items that are not made here: the last digits of this one are as good.
        order = np.lexsort((np.modf(hashes * (1 << 20))[0], ~drawn, slots.numbers("picture")))
        pictures = slots.numbers("picture")[order]
        place = np.arange(len(order)) - np.searchsorted(pictures, pictures)
        drawn[order[place >= max_per_picture]] = False
    if balance.caps.are_set:
        drawn &= within_caps(slots, np.where(drawn, hashes / weights, np.inf), balance.caps)
    return drawn.astype(np.float64)


def _total(slots: Slots, items: NDArray[np.float64], by_chance: float) -> Total:
    """Total over the population of what each slot of the sample gives."""
    number, population = slots.num_concepts, slots.population
    if not number:
        return Total(0.0, 0.0)
    by_concept = np.bincount(slots.numbers("concept"), items, minlength=number)
    spread = float(np.var(by_concept, ddof=1)) if number > 1 else 0.0
    variance = population**2 * (1 - number / population) * spread / number + slots.scale * by_chance
    return Total(float(by_concept.sum()) * slots.scale, math.sqrt(max(0.0, variance)))


def _grouped(
    slots: Slots, kinds: NDArray[np.int64], kept: NDArray[np.float64], grouping: str
) -> dict[str, dict[str, tuple[float, float]]]:
    if grouping == "group":
        names: Sequence[str] = list(dict.fromkeys(slots.groups))
        numbers = np.array([names.index(group) for group in slots.groups])[slots.numbers("family")]
    else:
        names, numbers = slots.names(grouping), slots.numbers(grouping)
    found: dict[str, dict[str, tuple[float, float]]] = {}
    for number, kind in enumerate(slots.kinds):
        is_kind = kinds == number
        possible = np.bincount(numbers[is_kind], minlength=len(names)) * slots.scale
        expected = np.bincount(numbers[is_kind], kept[is_kind], minlength=len(names)) * slots.scale
        pairs = zip(possible.tolist(), expected.tolist(), strict=True)
        found[kind] = dict(zip(names, pairs, strict=True))
    return found


def _matrix(slots: Slots, kinds: NDArray[np.int64], kept: NDArray[np.float64]) -> list[Cell]:
    axes = ("country", "language", "family", "kind")
    shape = tuple(len(slots.names(axis)) for axis in axes)
    if not len(kinds):
        return []
    cells = np.ravel_multi_index([slots.numbers(axis) for axis in axes], shape)
    possible = np.bincount(cells, minlength=math.prod(shape)) * slots.scale
    expected = np.bincount(cells, kept, minlength=math.prod(shape)) * slots.scale
    found: list[Cell] = []
    for cell in np.flatnonzero(possible).tolist():
        numbers = np.unravel_index(cell, shape)
        country, language, family, kind = (slots.names(axis)[int(at)] for axis, at in zip(axes, numbers, strict=True))
        found.append(Cell(country, language, family, kind, float(possible[cell]), float(expected[cell])))
    return sorted(found, key=lambda cell: (cell.country, cell.language, cell.family, cell.kind))
