"""The judge's verdicts against the reviewers', as a table of two by two."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from pipeline.review.acceptance import Share


@dataclass(frozen=True)
class Confusion:
    """Counts of items. The judge is taken as a filter: what it passes is kept, and good items should be.

    Attributes:
        kept_good: passed by the judge, good by the reviewers.
        kept_bad: passed, bad.
        dropped_good: refused, good.
        dropped_bad: refused, bad.
    """

    kept_good: int = 0
    kept_bad: int = 0
    dropped_good: int = 0
    dropped_bad: int = 0

    @property
    def num(self) -> int:
        return self.kept_good + self.kept_bad + self.dropped_good + self.dropped_bad

    @property
    def precision(self) -> Share:
        """Good ones of those that the judge passes."""
        return Share(self.kept_good + self.kept_bad, self.kept_good)

    @property
    def recall(self) -> Share:
        """Of the good ones, those that the judge passes: its sensitivity."""
        return Share(self.kept_good + self.dropped_good, self.kept_good)

    @property
    def specificity(self) -> Share:
        """Of the bad ones, those that the judge refuses."""
        return Share(self.kept_bad + self.dropped_bad, self.dropped_bad)

    @property
    def kappa(self) -> float | None:
        """Agreement beyond chance, at most 1 (Cohen 1960); None where both said the same of every item."""
        if not self.num:
            return None
        kept, good = self.precision.num, self.recall.num
        by_chance = (kept * good + (self.num - kept) * (self.num - good)) / self.num**2
        agreed = (self.kept_good + self.dropped_bad) / self.num
        return None if by_chance == 1 else (agreed - by_chance) / (1 - by_chance)


def confusion(verdicts: Iterable[tuple[bool, bool]]) -> Confusion:
    """The table of (passed by the judge, good by the reviewers), one pair an item."""
    found = list(verdicts)
    return Confusion(*(found.count(pair) for pair in ((True, True), (True, False), (False, True), (False, False))))
