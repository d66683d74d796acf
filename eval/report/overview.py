"""The top of the page: totals, how they are split, and the results in one sentence each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from eval.report.data import ReportData
from eval.report.losses import Training
from eval.report.scores import Benchmark, headline
from eval.report.wording import whole
from pipeline import vocabulary
from pipeline.schema import SPLITS

KINDS = ("open", "choice")


@dataclass(frozen=True)
class Share:
    """Part of the questions; `start` and `length` are percent of a bar."""

    name: str
    number: int
    start: float
    length: float


@dataclass(frozen=True)
class Overview:
    """`tiles` are (number, what); `findings` are (heading, sentence)."""

    tiles: tuple[tuple[str, str], ...]
    splits: tuple[Share, ...]
    kinds: tuple[Share, ...]
    findings: tuple[tuple[str, str], ...]


def overview(data: ReportData, trained: Training | None, scored: Sequence[Benchmark]) -> Overview:
    """Totals of the data set and the results of training and evaluation."""
    numbers = data.statistics
    findings: list[tuple[str, str]] = []
    if trained is not None and trained.summary:
        findings.append(("Training", trained.summary))
    findings += [(f"Evaluation, {benchmark.kind} questions", headline(benchmark)) for benchmark in scored]
    return Overview(
        (
            (whole(numbers["num_samples"]), "questions"),
            (whole(numbers["num_pictures"]), "pictures"),
            (whole(numbers["num_entities"]), "cultural entities"),
            (_of(numbers["samples_by_country"], vocabulary.countries()), "countries"),
            (_of(numbers["samples_by_language"], vocabulary.languages()), "languages"),
        ),
        shares(numbers["samples_by_split"], SPLITS),
        shares(numbers["samples_by_kind"], KINDS),
        tuple(findings),
    )


def shares(counts: Mapping[str, int], order: Sequence[str]) -> tuple[Share, ...]:
    """The counts as parts of one bar, known names first in their order."""
    total = sum(counts.values())
    names = sorted(counts, key=lambda name: (order.index(name) if name in order else len(order), name))
    parts: list[Share] = []
    start = 0.0
    for name in names:
        length = 100 * counts[name] / total
        parts.append(Share(name, counts[name], start, length))
        start += length
    return tuple(parts)


def _of(counts: Mapping[str, int], every: Mapping[str, Any]) -> str:
    return f"{len(counts)} of {len(every)}"
