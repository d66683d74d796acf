"""What each comparison of a benchmark shows, from its rows of scores."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from eval.report.benchmarks.data import Row
from eval.report.benchmarks.numbers import RULES
from eval.report.headings import language_name
from eval.stats.shown import Comparison, shown
from pipeline.interval import Interval


@dataclass(frozen=True)
class Statement:
    """A rule and the sentence on what a model's difference to the baseline shows by it."""

    rule: str
    sentence: str


def statements(title: str, rows: Sequence[Row]) -> tuple[Statement, ...]:
    """One for each model that is compared and each rule, strict first.

    Args:
        title: of the benchmark.
        rows: of `schema.SCORES`, of this benchmark.
    """
    differences = [row for row in rows if row["baseline"] is not None and row["metric"] == "accuracy"]
    overall = [row for row in differences if row["by"] == "all" and row["low"] is not None]
    overall.sort(key=lambda row: (row["model"], RULES.index(row["rule"])))
    return tuple(Statement(row["rule"], shown(_comparison(title, row, differences))) for row in overall)


def _comparison(title: str, overall: Row, differences: Sequence[Row]) -> Comparison:
    return Comparison(
        task=title,
        ours=overall["model"],
        baseline=overall["baseline"],
        num_items=overall["num_items"],
        num_clusters=overall["num_clusters"],
        difference=Interval(overall["value"], overall["low"], overall["high"]),
        smallest=overall["smallest"],
        p_values={
            language_name(row["group"]): row["p_value"]
            for row in differences
            if row["by"] == "language"
            and (row["model"], row["rule"]) == (overall["model"], overall["rule"])
            and row["p_value"] is not None
        },
    )
