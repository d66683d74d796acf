"""What a stage of generation will take, from the accounts of a pilot: tokens, engine time and GPU time for many items.

For each language the pilot gives tokens an item, as a ratio of sums over its partitions, and for all languages together
time a token that was computed. Both are applied to the items that are expected. The interval is by the jackknife over
partitions with Student's t (Efron and Tibshirani, An Introduction to the Bootstrap, ch. 11): items of a partition are
neighbours, so partitions are what was sampled. How uncertain the number of items is, is added to the variance.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pipeline.commit import CommitRecord
from pipeline.generation.accounts import KEY, STORED, computed_tokens
from pipeline.interval import Interval, student95

FIGURES = ("prompt_tokens", "output_tokens", "seconds", "gpu_seconds")
MIN_PARTITIONS = 2

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Forecast:
    """What one stage will take.

    Attributes:
        items: asked about, over all languages.
        total: figure of `FIGURES` -> estimate with a 95 % interval, starts of engines left out.
        by_language: code -> `items` and the same figures.
        start: `seconds` and `gpu_seconds` that a worker of the pilot was held without a partition in work, or while its
            engine started.
        unseen: languages that the pilot asked nothing in; the mean of the others stands for them.
        num_partitions, pilot_items: of the pilot.
    """

    items: float
    total: Mapping[str, Interval]
    by_language: Mapping[str, Mapping[str, float]]
    start: Mapping[str, float]
    unseen: tuple[str, ...]
    num_partitions: int
    pilot_items: int


def tells(commits: Sequence[CommitRecord]) -> bool:
    """Whether there are enough partitions in which a model answered for a forecast with an interval."""
    return len(_answered(commits)) >= MIN_PARTITIONS


def forecast(commits: Sequence[CommitRecord], items: Mapping[str, float], relative_error: float = 0.0) -> Forecast:
    """Scale a pilot up.

    Args:
        commits: of one stage of the pilot; those in which no reply was generated are left out.
        items: language -> items that the full run will ask about.
        relative_error: one standard error of their number, as a share of it.

    Raises:
        ValueError: `tells(commits)` is false.
    """
    answered = _answered(commits)
    if len(answered) < MIN_PARTITIONS:
        raise ValueError(f"a forecast needs {MIN_PARTITIONS} partitions in which a model answered")
    pilot = _Pilot.of(answered, sorted({code for each in answered for code in each.log[KEY]} | items.keys()))
    wanted = np.array([items.get(code, 0.0) for code in pilot.codes])
    estimate = _scaled(pilot.total(), wanted)[0]
    left_out = _scaled(pilot.without_each(), wanted).sum(axis=1)
    totals = estimate.sum(axis=0)
    number = len(answered)
    variance = (number - 1) / number * ((left_out - left_out.mean(axis=0)) ** 2).sum(axis=0)
    half = student95(number - 1) * np.sqrt(variance + (totals * relative_error) ** 2)
    rows = zip(pilot.codes, wanted.tolist(), estimate.tolist(), strict=True)
    return Forecast(
        float(wanted.sum()),
        {
            figure: Interval(value, max(0.0, value - wide), value + wide)
            for figure, value, wide in zip(FIGURES, totals.tolist(), half.tolist(), strict=True)
        },
        {code: {"items": asked, **dict(zip(FIGURES, row, strict=True))} for code, asked, row in rows if asked},
        _start(answered),
        tuple(code for code, asked, known in zip(pilot.codes, wanted, pilot.items.sum(0), strict=True)
              if asked and not known),
        number,
        int(pilot.items.sum()),
    )  # fmt: skip


@dataclass(frozen=True)
class _Pilot:
    """Columns of a pilot, (P, ...): a row for each of P partitions, or for the sum over some of them.

    Attributes:
        codes: L languages.
        items: (P, L) asked about.
        tokens: (P, L, 3) of prompts, of replies, and of both what had to be computed, whenever it was.
        fresh: (P,) tokens computed in the time that the partition took.
        seconds, gpu_seconds: (P,) that a worker was held with the partition in work.
    """

    codes: Sequence[str]
    items: Floats
    tokens: Floats
    fresh: Floats
    seconds: Floats
    gpu_seconds: Floats

    @staticmethod
    def of(commits: Sequence[CommitRecord], codes: Sequence[str]) -> _Pilot:
        accounts = [[commit.log[KEY].get(code, {}) for code in codes] for commit in commits]
        busy = [_busy_share(commit) for commit in commits]
        return _Pilot(
            codes,
            np.array([[each.get("items", 0) for each in row] for row in accounts], np.float64),
            np.array([[_tokens(each) for each in row] for row in accounts], np.float64),
            np.array([_computed(commit) for commit in commits], np.float64),
            np.array([share * _held(commit, "seconds") for share, commit in zip(busy, commits, strict=True)]),
            np.array([share * _held(commit, "gpu_seconds") for share, commit in zip(busy, commits, strict=True)]),
        )

    def total(self) -> _Pilot:
        """The sum over all partitions, as one row."""
        return self._each(lambda column: column.sum(axis=0, keepdims=True))

    def without_each(self) -> _Pilot:
        """For each partition the sum over all others."""
        return self._each(lambda column: column.sum(axis=0, keepdims=True) - column)

    def _each(self, change: Callable[[Floats], Floats]) -> _Pilot:
        columns = (self.items, self.tokens, self.fresh, self.seconds, self.gpu_seconds)
        return _Pilot(self.codes, *map(change, columns))


def _scaled(pilot: _Pilot, wanted: Floats) -> Floats:
    """Figures of the full run, (P, L, 4), by each row of a pilot; `wanted` are the (L,) items of the full run."""
    mean = pilot.tokens.sum(axis=1, keepdims=True) / pilot.items.sum(axis=1)[:, None, None]
    items = pilot.items[..., None]
    an_item = np.where(items > 0, pilot.tokens / np.where(items > 0, items, 1.0), mean)
    expected = wanted[:, None] * an_item
    a_token = np.stack([pilot.seconds / pilot.fresh, pilot.gpu_seconds / pilot.fresh], axis=-1)
    return np.concatenate([expected[..., :2], expected[..., 2:] * a_token[:, None]], axis=-1)


def _answered(commits: Sequence[CommitRecord]) -> list[CommitRecord]:
    return [commit for commit in commits if KEY in commit.log and _computed(commit) > 0 and _items(commit) > 0]


def _computed(commit: CommitRecord) -> float:
    return math.fsum(computed_tokens(figures) for figures in commit.log[KEY].values())


def _items(commit: CommitRecord) -> float:
    return math.fsum(figures.get("items", 0) for figures in commit.log[KEY].values())


def _tokens(figures: Mapping[str, Any]) -> tuple[float, float, float]:
    prompt, output = (
        figures.get(f"{name}_tokens", 0) + figures.get(f"{STORED}{name}_tokens", 0) for name in ("prompt", "output")
    )
    return prompt, output, computed_tokens(figures) + computed_tokens(figures, STORED)


def _held(commit: CommitRecord, figure: str) -> float:
    return math.fsum(figures[figure] for figures in commit.log[KEY].values())


def _busy_share(commit: CommitRecord) -> float:
    """The part of the time a worker was held for a partition in which it was in work; the rest is mostly a start.

    An engine starts when the first partition in work needs it, which is no work on that partition.
    """
    held = _held(commit, "seconds")
    work = float(commit.log["seconds"]) - commit.log.get("start_seconds", 0.0)
    return min(1.0, max(0.0, work) / held) if held else 1.0


def _start(commits: Sequence[CommitRecord]) -> dict[str, float]:
    workers = len({(commit.log["host"], commit.log["pid"]) for commit in commits})
    return {
        figure: sum((1 - _busy_share(commit)) * _held(commit, figure) for commit in commits) / workers
        for figure in ("seconds", "gpu_seconds")
    }
