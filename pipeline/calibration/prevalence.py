"""How many items are good in truth, from how many a judge passes that errs at known rates."""

from __future__ import annotations

import numpy as np

from pipeline.calibration.pooling import Rate
from pipeline.interval import Interval

_DRAWS = 10_000


def rogan_gladen(passed: float, sensitivity: float, specificity: float) -> float | None:
    """Share of good items, within [0, 1] (Rogan and Gladen 1978, American Journal of Epidemiology 107).

    Args:
        passed: share of items that the judge passes.
        sensitivity: share of the good ones that it passes.
        specificity: share of the bad ones that it refuses.

    Returns:
        None where the judge passes good ones no more often than bad ones, and so tells nothing.
    """
    informed = sensitivity + specificity - 1
    return None if informed <= 0 else min(1.0, max(0.0, (passed + specificity - 1) / informed))


def share_good(passed: float, sensitivity: Rate, specificity: Rate, *, seed: int) -> Interval | None:
    """The estimate with an interval, by a Bayesian bootstrap over the reviewed items (Rubin 1981).

    Items get random weights instead of being drawn, with half an item more in each cell of the table of two by two
    (Jeffreys' prior): where the review shows no error of one sort, a plain bootstrap takes it that there is none.
    A draw in which the judge tells nothing leaves every share possible.

    It takes reviewed items as independent and the judge's rates on them as its rates on all items; the reviewed sample
    need not have as many good ones as there are in all. `passed` is taken as known: it is counted on every item.

    Args:
        passed: share of all judged items that the judge passes.
        sensitivity: counted on reviewed items that are good.
        specificity: counted on reviewed items that are bad.
        seed: of the draw: the same input gives the same interval.

    Returns:
        None where no reviewed item was bad or none was good, or the judge tells nothing.
    """
    if sensitivity.mean is None or specificity.mean is None:
        return None
    estimate = rogan_gladen(passed, sensitivity.mean, specificity.mean)
    if estimate is None:
        return None
    random = np.random.default_rng(seed)
    catches, refuses = sensitivity.draws(random, _DRAWS), specificity.draws(random, _DRAWS)
    informed = catches + refuses - 1
    tells = informed > 0
    shares = np.clip(np.divide(passed + refuses - 1, informed, out=np.zeros(_DRAWS), where=tells), 0, 1)
    low = float(np.quantile(np.where(tells, shares, 0), 0.025))
    high = float(np.quantile(np.where(tells, shares, 1), 0.975))
    return Interval(estimate, min(low, estimate), max(high, estimate))
