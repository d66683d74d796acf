"""What each comparison of a benchmark shows, in sentences with names in place of codes."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from eval.report.benchmarks.data import Row
from eval.report.benchmarks.numbers import RULES
from eval.report.headings import language_name
from eval.stats.shown import comparisons, shown


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
    found = sorted(comparisons(list(filter(_tested, rows))), key=lambda it: (it.ours, RULES.index(it.rule)))
    return tuple(
        Statement(it.rule, shown(replace(it, task=title, p_values=_named(it.p_values.items())))) for it in found
    )


def _tested(row: Row) -> bool:
    return row["low"] is not None and (row["by"] != "language" or row["p_value"] is not None)


def _named(p_values: Iterable[tuple[str, float]]) -> dict[str, float]:
    return {language_name(language): value for language, value in p_values}
