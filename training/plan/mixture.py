"""How often each part of a mixture is met in an epoch: so many times each of its units, or a share of all."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from training.plan.order import interleaved, mixed, windowed
from training.plan.units import Numbers, Units

_DRAWN = np.uint64(0x6D69786564)


@dataclass(frozen=True)
class Amount:
    """Of one part. Either `times`, or for all parts `share`.

    Attributes:
        times: how often a unit is met in an epoch; 0.25 meets a quarter of them, another quarter in each epoch.
        share: of all units of an epoch, which is as long as it can be without meeting a unit twice.
    """

    times: float | None = None
    share: float | None = None


def wanted(counts: Sequence[int], amounts: Sequence[Amount]) -> list[float]:
    """How often a unit of each part is met in an epoch.

    Args:
        counts: units of each part.
        amounts: one for each part; shares add up to 1.
    """
    if all(amount.times is not None for amount in amounts):
        return [float(amount.times or 0) for amount in amounts]
    shares = [amount.share or 0.0 for amount in amounts]
    total = min(count / share for count, share in zip(counts, shares, strict=True) if share > 0)
    return [total * share / count if count else 0.0 for count, share in zip(counts, shares, strict=True)]


def epoch_order(units: Units, amounts: Sequence[Amount], *, seed: int, epoch: int, window: int) -> Numbers:
    """Units in the order of an epoch, parts interleaved evenly; shape (number of units met,).

    Args:
        units: of all parts.
        amounts: how much of each part, in the order that `units.parts` counts them.
        seed: of the run.
        epoch: from 0.
        window: row groups that are mixed.
    """
    of_part = [np.flatnonzero(units.parts == part) for part in range(len(amounts))]
    lists = []
    for own, times in zip(of_part, wanted(list(map(len, of_part)), amounts), strict=True):
        rounds = [_drawn(units.ids[own], times - turn, seed, epoch, turn) for turn in range(int(np.ceil(times)))]
        chosen = [
            own[kept][windowed(units.ids[own[kept]], units.groups[own[kept]], seed=seed + (turn << 32), epoch=epoch,
                               window=window)]
            for turn, kept in enumerate(rounds)
        ]  # fmt: skip
        lists.append(np.concatenate(chosen) if chosen else np.empty(0, np.int64))
    which, place = interleaved(list(map(len, lists)))
    starts = np.concatenate([[0], np.cumsum(list(map(len, lists)))])
    order: Numbers = np.concatenate(lists)[starts[which] + place] if lists else np.empty(0, np.int64)
    return order


def _drawn(ids: Numbers, share: float, seed: int, epoch: int, turn: int) -> Numbers:
    """Places of a share of units, chosen by their ids: the next stretch of a fixed order in each epoch."""
    number = min(len(ids), round(share * len(ids)))
    if number == len(ids):
        return np.arange(len(ids), dtype=np.int64)
    fixed = np.argsort(mixed(ids, _DRAWN ^ np.uint64(seed) ^ np.uint64(turn << 40)), kind="stable")
    return np.sort(fixed[(epoch * number + np.arange(number)) % len(ids)])
