"""Languages in which the truth is known: good items by chance, a judge that errs at known rates, some reviewed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from pipeline.calibration.pairs import ITEM, Pair
from pipeline.review.acceptance import Share


@dataclass(frozen=True)
class World:
    """Attributes: truth: language -> share of its items that are good."""

    pairs: list[Pair]
    passed: dict[tuple[str, str], Share]
    truth: dict[str, float]


def world(
    random: np.random.Generator,
    reviewed: Sequence[int],
    *,
    good: tuple[float, float] = (0.7, 0.95),
    sensitivity: float = 0.92,
    specificity: float = 0.75,
    alike: float = np.inf,
    num_items: int = 20_000,
    lean: float = 0.0,
) -> World:
    """One world.

    Args:
        random: draws it.
        reviewed: items reviewed, by language.
        good: share of good items in a language, drawn between these.
        sensitivity: mean of the languages' rates.
        specificity: likewise.
        alike: concentration of the beta distribution of those rates.
        num_items: of a language.
        lean: share of the reviewed items that are drawn among the bad ones only.
    """
    pairs: list[Pair] = []
    passed: dict[tuple[str, str], Share] = {}
    truth: dict[str, float] = {}
    for number, size in enumerate(reviewed):
        language = f"l{number:02}"
        catches, refuses = (
            mean if np.isinf(alike) else random.beta(mean * alike, (1 - mean) * alike)
            for mean in (sensitivity, specificity)
        )
        is_good = random.random(num_items) < random.uniform(*good)
        passes = np.where(is_good, random.random(num_items) < catches, random.random(num_items) >= refuses)
        num_bad = int(lean * size)
        seen = np.concatenate([np.arange(size - num_bad), np.flatnonzero(~is_good)[-num_bad or num_items :]])
        pairs += [Pair(ITEM, language, bool(passes[item]), bool(is_good[item])) for item in seen]
        passed[language, ITEM] = Share(num_items, int(passes.sum()))
        truth[language] = float(is_good.mean())
    return World(pairs, passed, truth)
