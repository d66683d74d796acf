"""Calibration of the judge: each check in each language, and over all languages."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from pipeline.calibration.confusion import Confusion, confusion
from pipeline.calibration.pairs import CHECKS, COLUMNS, Pair
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
        keep_from: score from which on items are as good as wanted, None if that is shown of none. Where the check has
            no scores, 1 is for what the judge passes, 0 for all items.
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
        together = [pair for group in by_language.values() for pair in group]
        whole = _table(together)
        alike = (
            concentration([table.recall for table in tables.values()]),
            concentration([table.specificity for table in tables.values()]),
        )
        everything = _sum(passed.get((language, check), _NONE) for language in tables)
        keep_from = _keep_from(together, precision)
        found.append(_calibration(check, None, whole, whole, alike, everything, keep_from))
        for language, table in tables.items():
            share = passed.get((language, check), _NONE)
            keep_from = _keep_from(by_language[language], precision)
            found.append(_calibration(check, language, table, whole, alike, share, keep_from))
    return found


def proposed(rows: Iterable[Calibration]) -> dict[str, dict[str, int]]:
    """Language -> point -> threshold, as far as any was shown: what the setting `judge.language_thresholds` takes."""
    found: dict[str, dict[str, int]] = {}
    for row in rows:
        if row.language is not None and row.check in COLUMNS and row.keep_from is not None:
            found.setdefault(row.language, {})[row.check] = int(row.keep_from)
    return dict(sorted(found.items()))


def _calibration(
    check: str,
    language: str | None,
    table: Confusion,
    whole: Confusion,
    alike: tuple[float, float],
    passed: Share,
    keep_from: float | None,
) -> Calibration:
    sensitivity = shrunk(table.recall, _rest(whole.recall, table.recall), alike[0])
    specificity = shrunk(table.specificity, _rest(whole.specificity, table.specificity), alike[1])
    share = passed.num_good / passed.num if passed.num else None
    good = None if share is None else share_good(share, sensitivity, specificity, seed=_SEED)
    return Calibration(check, language, table, sensitivity, specificity, passed, good, keep_from)


def _table(pairs: Iterable[Pair]) -> Confusion:
    return confusion((pair.passed, pair.good) for pair in pairs)


def _keep_from(pairs: Sequence[Pair], precision: float) -> float | None:
    # Without scores, what is passed and what is not are the two that there are.
    scores = np.array([pair.passed if pair.score is None else pair.score for pair in pairs], np.float64)
    return threshold(scores, np.array([pair.good for pair in pairs], np.bool_), precision)


def _rest(whole: Share, own: Share) -> Share:
    return Share(whole.num - own.num, whole.num_good - own.num_good)


def _sum(shares: Iterable[Share]) -> Share:
    counted = list(shares)
    return Share(sum(share.num for share in counted), sum(share.num_good for share in counted))
