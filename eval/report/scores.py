"""Scores to be shown: accuracies with intervals, the difference of the two models, and whether it is resolved."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from eval.report.headings import Heading, heading
from eval.report.wording import counted, hundredths, percent, points, whole

MODELS = ("base", "trained")
TITLES = {"language": "By language", "country": "By country", "property": "By property"}

Row = Mapping[str, Any]


@dataclass(frozen=True)
class Estimate:
    """A share or a difference of shares, with its 95 % interval."""

    num_items: int
    num_unparsed: int
    value: float
    low: float
    high: float


@dataclass(frozen=True)
class Group:
    """What the models scored on one group of items. A model that did not answer it is missing."""

    heading: Heading
    models: Mapping[str, Estimate]
    difference: Estimate | None

    @property
    def items(self) -> str:
        """How many each model answered; said once where it is the same."""
        numbers = {model: whole(estimate.num_items) for model, estimate in self.models.items()}
        if len(set(numbers.values())) == 1:
            return next(iter(numbers.values()))
        return ", ".join(f"{number} {model}" for model, number in numbers.items())

    @property
    def verdict(self) -> str:
        """up, down, open (the interval holds zero), flat (resampling finds no spread), or none to compare."""
        if self.difference is None:
            return "none"
        low, high = self.difference.low, self.difference.high
        # With one picture, or the same result on each, resampling always gives the same number: that is no certainty.
        if low == high:
            return "flat"
        return "up" if low > 0 else "down" if high < 0 else "open"

    @property
    def sentence(self) -> str:
        """The comparison in words; empty where there is none."""
        if self.difference is None:
            return ""
        number = self.difference
        start = (
            f"Trained minus base on the same {counted(number.num_items, 'item')}: {points(number.value)} percentage "
            f"points (95 % interval {points(number.low)} to {points(number.high)}). "
        )
        return start + _VERDICTS[self.verdict]


_VERDICTS = {
    "up": "Resolved: the interval lies above zero, in favour of the trained model.",
    "down": "Resolved: the interval lies below zero, in favour of the base model.",
    "open": "Not resolved: the interval holds zero, so these items do not tell the two models apart.",
    "flat": "Not resolved: the pictures are too few, or too alike in their results, for an interval.",
}


@dataclass(frozen=True)
class Panel:
    """The groups of one column. `summary` says how many differences are resolved."""

    by: str
    title: str
    groups: tuple[Group, ...]
    summary: str


@dataclass(frozen=True)
class Benchmark:
    """One task and kind of question."""

    key: str
    task: str
    kind: str
    overall: Group
    panels: tuple[Panel, ...]


def benchmarks(rows: Sequence[Row]) -> list[Benchmark]:
    """What base and trained model scored by our own rule, in the order of task and kind.

    Args:
        rows: of `schema.SCORES`; each task and kind has a group `all`.
    """
    rows = [row for row in rows if _shown(row)]
    found = []
    for task, kind in sorted({(row["task"], row["kind"]) for row in rows}):
        members = [row for row in rows if (row["task"], row["kind"]) == (task, kind)]
        (overall,) = _groups(members, "all")
        panels = tuple(_panel(by, title, _groups(members, by)) for by, title in TITLES.items())
        found.append(Benchmark(f"{task}-{kind}", task, kind, overall, tuple(panel for panel in panels if panel.groups)))
    return found


def _shown(row: Row) -> bool:
    ours = row["model"] in MODELS if row["baseline"] is None else (row["baseline"], row["model"]) == MODELS
    return ours and row["rule"] == "strict" and row["metric"] == "accuracy"


def _groups(rows: Sequence[Row], by: str) -> tuple[Group, ...]:
    models: dict[str, dict[str, Estimate]] = {}
    differences: dict[str, Estimate] = {}
    for row in (row for row in rows if row["by"] == by):
        estimate = Estimate(row["num_items"], row["num_unparsed"], row["value"], row["low"], row["high"])
        if row["baseline"] is None:
            models.setdefault(row["group"], {})[row["model"]] = estimate
        else:
            differences[row["group"]] = estimate
    groups = [
        Group(
            heading(by, key),
            {model: estimates[model] for model in MODELS if model in estimates},
            differences.get(key),
        )
        for key, estimates in models.items()
    ]
    return tuple(sorted(groups, key=lambda group: group.heading.label.casefold()))


def _panel(by: str, title: str, groups: tuple[Group, ...]) -> Panel:
    compared = [group for group in groups if group.difference is not None]
    resolved = sum(group.verdict in ("up", "down") for group in compared)
    summary = ""
    if compared:
        summary = (
            f"{resolved} of {len(compared)} differences are resolved. Were the models equal, about one in twenty "
            f"would be by chance alone: {0.05 * len(compared):.1f} of these."
        )
    return Panel(by, title, groups, summary)


def headline(benchmark: Benchmark) -> str:
    """A benchmark in one sentence, with the comparison of the models where there is one."""
    parts = [
        f"{model} {percent(estimate.value)} ({hundredths(estimate.low)} to {percent(estimate.high)})"
        for model, estimate in benchmark.overall.models.items()
    ]
    start = f"Share answered right in {benchmark.task} (n = {benchmark.overall.items}): {', '.join(parts)}."
    return f"{start} {benchmark.overall.sentence}".rstrip()
