"""Calibration of the judge on made-up worlds: how often intervals hold the truth, and how far off estimates are.

Peers in the same worlds: the plain bootstrap, which draws reviewed items with replacement, and the estimate from how
many passed and refused items the review found good, where a third of the review was sought out among the bad ones.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

# Scripts here are run by path, from any folder; what they measure lies beside this one.
sys.path.insert(0, str(Path(__file__).parents[1]))

import numpy as np

from benchmarks.claims import Claim, claim, main
from pipeline.calibration.calibrate import Calibration, calibrate
from pipeline.calibration.confusion import Confusion
from tests.calibration.worlds import World, world

# Reviewed items, share that is good, sensitivity, specificity.
WORLDS = ((30, 0.7, 0.9, 0.7), (100, 0.95, 0.98, 0.9), (300, 0.9, 0.95, 0.8))
DRAWS = 2000


def measure(quick: bool) -> Sequence[Claim]:
    """How far coverage is from 95 %, and the root mean square error where the review looked for faults."""
    num = 300 if quick else 1000
    made: list[Claim] = []
    for reviewed, good, sensitivity, specificity in WORLDS:
        random = np.random.default_rng(1)
        held = {"ours": 0, "plain": 0}
        for _ in range(num):
            each = world(random, [reviewed], good=(good, good), sensitivity=sensitivity, specificity=specificity)
            row, truth = _row(each), each.truth["l00"]
            # Where nothing can be said, everything is held to be possible.
            held["ours"] += row.good is None or row.good.low <= truth <= row.good.high
            low, high = _plain(row, random)
            held["plain"] += low <= truth <= high
        name = f"coverage of 95 % intervals, {reviewed} reviewed, {good:.0%} good"
        made.append(claim(name, held["ours"] / num, held["plain"] / num, "share", 0.98))
    random = np.random.default_rng(8)
    ours, peer = [], []
    for _ in range(num):
        each = world(random, [300], good=(0.85, 0.85), lean=0.3)
        row, truth = _row(each), each.truth["l00"]
        assert row.good is not None
        ours.append(row.good.estimate - truth)
        peer.append(_from_passed_and_refused(row) - truth)
    errors = [float(np.sqrt(np.mean(np.square(each)))) for each in (ours, peer)]
    made.append(claim("error of the share, review that looked for faults", *errors, "share", 3.0, less_is_better=True))
    return made


def _row(made: World) -> Calibration:
    return calibrate(made.pairs, made.passed, 0.9)[1]


def _cells(table: Confusion) -> list[int]:
    return [table.kept_good, table.dropped_good, table.kept_bad, table.dropped_bad]


def _plain(row: Calibration, random: np.random.Generator) -> tuple[float, float]:
    cells = random.multinomial(row.table.num, np.array(_cells(row.table)) / row.table.num, DRAWS)
    with np.errstate(all="ignore"):
        catches, refuses = cells[:, 0] / cells[:, :2].sum(1), cells[:, 3] / cells[:, 2:].sum(1)
        shares = np.clip((row.passed.num_good / row.passed.num + refuses - 1) / (catches + refuses - 1), 0, 1)
    tells = catches + refuses > 1
    low, high = np.quantile(np.where(tells, shares, 0), 0.025), np.quantile(np.where(tells, shares, 1), 0.975)
    return float(low), float(high)


def _from_passed_and_refused(row: Calibration) -> float:
    kept_good, dropped_good, kept_bad, dropped_bad = _cells(row.table)
    passed = row.passed.num_good / row.passed.num
    return passed * kept_good / (kept_good + kept_bad) + (1 - passed) * dropped_good / (dropped_good + dropped_bad)


if __name__ == "__main__":
    main(measure, __doc__)
