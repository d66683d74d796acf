"""The funnel: what each stage read, kept, did not select and set aside, with the reasons."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import yaml

from eval.report.wording import words
from pipeline.commit import Counts

Reasons = tuple[tuple[str, int], ...]


@dataclass(frozen=True)
class Segment:
    """Part of a stage's bar: where it starts and how long it is, in percent of the rows read."""

    kind: str
    start: float
    length: float


@dataclass(frozen=True)
class Step:
    """One stage. `not_selected` and `quarantined` are (reason, rows), most frequent first."""

    stage: str
    meaning: str
    unit: str
    rows_in: int
    ok: int
    not_selected: Reasons
    quarantined: Reasons
    details: Reasons
    segments: tuple[Segment, ...]

    @property
    def num_not_selected(self) -> int:
        return sum(number for _, number in self.not_selected)

    @property
    def num_quarantined(self) -> int:
        return sum(number for _, number in self.quarantined)


def steps(funnel: Sequence[tuple[str, Counts]]) -> list[Step]:
    """The stages with their reasons in words."""
    return [
        Step(
            stage,
            meaning(stage),
            counts.unit,
            counts.rows_in,
            counts.ok,
            _reasons(counts.not_selected),
            _reasons(counts.quarantined),
            _reasons(counts.details),
            _segments(counts),
        )
        for stage, counts in funnel
    ]


@cache
def _meanings() -> Mapping[str, str]:
    loaded: dict[str, str] = yaml.safe_load(Path(__file__).with_name("stages.yaml").read_text(encoding="utf-8"))
    return loaded


def meaning(stage: str) -> str:
    """What a stage does, or nothing where nobody has written it down."""
    return _meanings().get(stage, "")


def _reasons(counts: Mapping[str, int]) -> Reasons:
    ordered = sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))
    return tuple((words(reason), number) for reason, number in ordered)


def _segments(counts: Counts) -> tuple[Segment, ...]:
    segments: list[Segment] = []
    start = 0.0
    for kind, number in (
        ("ok", counts.ok),
        ("left", sum(counts.not_selected.values())),
        ("bad", counts.num_quarantined),
    ):
        if number:
            length = 100 * number / counts.rows_in
            segments.append(Segment(kind, start, length))
            start += length
    return tuple(segments)
