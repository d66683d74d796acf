"""What a report is made of: plain rows, counts and times, already read from storage."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from pipeline.commit import Counts, Manifest
from pipeline.generation.accounts import cache_rates

Row = Mapping[str, Any]


@dataclass(frozen=True)
class Timing:
    """How long a stage took and what it used.

    Attributes:
        stage: its name.
        num_partitions: committed units of work.
        wall_s: from the first start to the last end, s; a pause between two sessions is in it.
        work_s: sum over partitions, s; more than `wall_s` where several ran at once.
        gpu_s: sum over GPUs held, s.
        fetched_bytes: from outside.
        caches: of a stage with engines, as `accounts.cache_rates` has it.
    """

    stage: str
    num_partitions: int
    wall_s: float
    work_s: float
    gpu_s: float = 0.0
    fetched_bytes: int = 0
    caches: Mapping[str, tuple[float, float]] = field(default_factory=dict)


@dataclass(frozen=True)
class ReportData:
    """Everything that the page shows.

    Attributes:
        name: of the run.
        gallery: rows of `schema.SHARDS`, pictures and items included: a few dozen, all are shown.
        statistics: as `pipeline.dataset.describe.statistics` makes it.
        funnel: (stage, counts) in the order of the stages.
        timings: in the order of the stages.
        losses: rows of `schema.LOSSES`; none where nothing was trained.
        validation_losses: rows of `schema.VALIDATION_LOSSES`.
        scores: rows of `schema.SCORES`; none where nothing was evaluated.
        notes: sentences that a reader must know, such as that evaluation was switched off.
    """

    name: str
    gallery: Sequence[Row]
    statistics: Mapping[str, Any]
    funnel: Sequence[tuple[str, Counts]]
    timings: Sequence[Timing]
    losses: Sequence[Row] = ()
    validation_losses: Sequence[Row] = ()
    scores: Sequence[Row] = ()
    notes: Sequence[str] = ()


def timing(manifest: Manifest) -> Timing:
    """The timing of a complete stage, from the logs of its commits."""
    starts = [commit.log["started"] for commit in manifest.commits]
    ends = [commit.log["started"] + commit.log["seconds"] for commit in manifest.commits]
    return Timing(
        manifest.stage,
        len(manifest.commits),
        max(ends, default=0.0) - min(starts, default=0.0),
        sum(commit.log["seconds"] for commit in manifest.commits),
        manifest.spend.gpu_seconds,
        manifest.spend.fetched_bytes,
        cache_rates(manifest.accounts, manifest.caches),
    )
