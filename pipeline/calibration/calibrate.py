"""Calibration of the judge: each check in each language, and over all languages."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np

from pipeline.calibration.confusion import Confusion, confusion
from pipeline.calibration.pairs import CHECKS, Pair
from pipeline.calibration.pooling import Rate, concentration, shrunk
from pipeline.calibration.prevalence import share_good
from pipeline.calibration.threshold import threshold
from pipeline.interval import Interval
from pipeline.review.acceptance import Share

_SEED = 0
_NONE = Share()

# Language and check -> how many items the judge gave a verdict on, and how many of them it passed.
Passed = Mapping[tuple[str, str], Share]


@dataclass(frozen=True)
class Calibration:
    """What the judge is worth in one check.

    Attributes:
        check: of `pairs.CHECKS`.
        language: the data set's code; None is all languages with reviewed items together.
        table: on the reviewed items.
        sensitivity, specificity: rates that lean on those of the other languages.
        passed: of all that the judge gave a verdict on, those that it passed.
        good: share of good ones in truth among all that it gave a verdict on.
        keep_from: 1 if what the judge passes is as good as wanted, 0 if all items are, None if neither is shown to be.
    """

    check: str
    language: str | None
    table: Confusion
    sensitivity: Rate
    specificity: Rate
    passed: Share
    good: Interval | None
    keep_from: float | None


def calibrate(pairs: Iterable[Pair], passed: Passed, precision: float) -> list[Calibration]:
    """By check, first over all languages and then language by language; the order of the pairs does not matter.

    Over all languages the judge's rates are taken as one: they are those of the languages that were reviewed most.

    Args:
        pairs: of the reviewed items.
        passed: of all items.
        precision: wanted of the items that are kept.
    """
    by_check: dict[str, dict[str, list[Pair]]] = {check: {} for check in CHECKS}
    for pair in pairs:
        by_check[pair.check].setdefault(pair.language, []).append(pair)
    found: list[Calibration] = []
    for check, by_language in by_check.items():
        if not by_language:
            continue
        tables = {language: _table(group) for language, group in sorted(by_language.items())}
        whole = _table([pair for group in by_language.values() for pair in group])
        alike = (
            concentration([table.recall for table in tables.values()]),
            concentration([table.specificity for table in tables.values()]),
        )
        everything = _sum(passed.get((language, check), _NONE) for language in tables)
        found.append(_calibration(check, None, whole, whole, alike, everything, precision))
        for language, table in tables.items():
            share = passed.get((language, check), _NONE)
            found.append(_calibration(check, language, table, whole, alike, share, precision))
    return found


def _calibration(
    check: str,
    language: str | None,
    table: Confusion,
    whole: Confusion,
    alike: tuple[float, float],
    passed: Share,
    precision: float,
) -> Calibration:
    sensitivity = shrunk(table.recall, _rest(whole.recall, table.recall), alike[0])
    specificity = shrunk(table.specificity, _rest(whole.specificity, table.specificity), alike[1])
    share = passed.num_good / passed.num if passed.num else None
    good = None if share is None else share_good(share, sensitivity, specificity, seed=_SEED)
    scores = np.repeat([1.0, 1.0, 0.0, 0.0], _cells(table))
    labels = np.repeat([True, False, True, False], _cells(table))
    keep_from = threshold(scores, labels, precision)
    return Calibration(check, language, table, sensitivity, specificity, passed, good, keep_from)


def _table(pairs: Iterable[Pair]) -> Confusion:
    return confusion((pair.passed, pair.good) for pair in pairs)


def _cells(table: Confusion) -> tuple[int, int, int, int]:
    return table.kept_good, table.kept_bad, table.dropped_good, table.dropped_bad


def _rest(whole: Share, own: Share) -> Share:
    return Share(whole.num - own.num, whole.num_good - own.num_good)


def _sum(shares: Iterable[Share]) -> Share:
    counted = list(shares)
    return Share(sum(share.num for share in counted), sum(share.num_good for share in counted))
