"""Rows of scores in words: a value never without its interval where there is one."""

from __future__ import annotations

from dataclasses import dataclass

from eval.report.benchmarks.data import Row
from eval.report.wording import hundredths, percent, points, whole

RULES = ("strict", "paper")
LEVEL = 0.05
NO_BREAK = "\N{NO-BREAK SPACE}"


@dataclass(frozen=True)
class Number:
    """What one model scored by one rule.

    Attributes:
        rule: strict or paper.
        value: as a percentage.
        ends: of the 95 % interval; empty where none is known.
        counts: replies that were not scored as they stand: unparsed, unjudged, guessed; empty without any.
    """

    rule: str
    value: str
    ends: str
    counts: str


@dataclass(frozen=True)
class Gain:
    """What one model scored more than the baseline by one rule.

    Attributes:
        rule: strict or paper.
        value: percentage points.
        ends: of the 95 % interval; empty where none is known.
        p_value: in words; empty where none is known.
        smallest: difference that so many items find in four of five cases; empty where they find none.
        verdict: up, down, open (it may be none), or flat (resampling finds no spread).
    """

    rule: str
    value: str
    ends: str
    p_value: str
    smallest: str
    verdict: str


def number(row: Row) -> Number:
    """A score in words."""
    ends = "" if row["low"] is None else f"{hundredths(row['low'])} to {percent(row['high'])}"
    return Number(row["rule"], percent(row["value"]), ends, unread(row))


def gain(row: Row) -> Gain:
    """A difference in words."""
    return Gain(
        row["rule"],
        points(row["value"]),
        "" if row["low"] is None else f"{points(row['low'])} to {points(row['high'])}",
        "" if row["p_value"] is None else probability(row["p_value"]),
        "" if row["smallest"] is None else hundredths(row["smallest"]),
        verdict(row),
    )


def verdict(row: Row) -> str:
    """See `Gain`. A p-value decides where there is one, for it may be adjusted for many comparisons."""
    # With one picture, or the same result on each, resampling always gives the same number: that is no certainty.
    if row["low"] is not None and row["low"] == row["high"]:
        return "flat"
    if row["value"] == 0 or not _resolved(row):
        return "open"
    return "up" if row["value"] > 0 else "down"


def _resolved(row: Row) -> bool:
    if row["p_value"] is not None:
        return bool(row["p_value"] < LEVEL)
    return row["low"] is not None and not row["low"] <= 0 <= row["high"]


def unread(row: Row) -> str:
    """How many replies were not scored as they stand: 3 unparsed, 1 guessed."""
    counts = [(row[f"num_{state}"], state) for state in ("unparsed", "unjudged", "guessed")]
    return ", ".join(f"{whole(count)}{NO_BREAK}{state}" for count, state in counts if count)


def probability(value: float) -> str:
    """As p = 0.012, or p < 0.001."""
    return "p < 0.001" if value < 0.001 else f"p = {value:.3f}"
