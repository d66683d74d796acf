"""Rates of languages with few reviewed items lean on those of the other languages."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from pipeline.review.acceptance import Share

_CAUTION = 2.0


@dataclass(frozen=True)
class Rate:
    """A rate that was counted on items, some of which may count in part."""

    hits: float
    num: float

    @property
    def mean(self) -> float | None:
        """None where nothing was counted."""
        return self.hits / self.num if self.num else None

    def draws(self, random: np.random.Generator, size: int) -> npt.NDArray[np.float64]:
        """Rates that may be behind the counts, shape (size,), under Jeffreys' prior: half a hit and half a miss."""
        return random.beta(self.hits + 0.5, self.num - self.hits + 0.5, size)


def concentration(counts: Sequence[Share]) -> float:
    """How alike the rates of groups are, as the number of items that knowing the other groups is worth.

    The beta-binomial model: rates of groups are drawn from a beta distribution with this sum of parameters. It is the
    moment estimate of Kleinman (1973, Journal of the American Statistical Association 68) with groups weighted by
    their items, from what squares of differences between rates exceed chance. Few groups look alike by luck, so the
    squares are taken _CAUTION standard deviations larger than they are.

    Returns:
        0 where groups may have nothing in common, infinity where they differ less than by chance.
    """
    counted = [share for share in counts if share.num]
    num = sum(share.num for share in counted)
    free = len(counted) - 1
    information = sum((1 - share.num / num) * (share.num - 1) for share in counted)
    if information <= 0:
        return math.inf
    rate = sum(share.num_good for share in counted) / num
    variance = rate * (1 - rate)
    squares = (
        sum(share.num * (share.num_good / share.num - rate) ** 2 for share in counted) / variance if variance else 0
    )
    # By chance alone the squares follow chi-square: its mean is `free`, its variance twice that.
    correlation = (squares + _CAUTION * math.sqrt(2 * free) - free) / information
    return math.inf if correlation <= 0 else max(0.0, 1 / correlation - 1)


def shrunk(own: Share, others: Share, alike: float) -> Rate:
    """The rate of a group between its own and that of the others (empirical Bayes, beta-binomial).

    An item of another group counts `alike / others.num`, at most one: the others together are worth `alike` items, and
    never more than they are.

    Args:
        own: of the group.
        others: of all other groups together.
        alike: their `concentration`.
    """
    weight = min(1.0, alike / others.num) if others.num else 0.0
    return Rate(own.num_good + weight * others.num_good, own.num + weight * others.num)
