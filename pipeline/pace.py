"""How fast a stage comes on, by the times in its commit records."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from pipeline.commit import CommitRecord

LATELY_S = 60.0
# Time left goes by more than the last minute: partitions of generation take longer than that.
_BY_S = 3600.0
# A stage that is silent for so long, and for so many times what a partition takes, stands still.
QUIET_S = 1800.0
_QUIET_PARTITIONS = 3


@dataclass(frozen=True)
class Pace:
    """How fast a stage comes on.

    Attributes:
        rows_per_s: of the partitions that were committed in the last minute, or since the driver began.
        left_s: time that the partitions which are left will take; None where none was committed for an hour.
        quiet_s: time since the last commit, or since the driver began.
        stands_still: nothing was committed for longer than partitions explain.
    """

    rows_per_s: float
    left_s: float | None
    quiet_s: float
    stands_still: bool


def pace(records: Sequence[CommitRecord], num_partitions: int, since: float, now: float) -> Pace:
    """The pace of a stage that is at work.

    Args:
        records: of its commits.
        num_partitions: of the whole stage.
        since: when its driver began, s since the epoch.
        now: s since the epoch.
    """
    ends = [record.log["started"] + record.log["seconds"] for record in records]
    lately, long = min(LATELY_S, now - since), min(_BY_S, now - since)
    rows = sum(record.counts.rows_in for record, end in zip(records, ends, strict=True) if end > now - lately)
    fresh = sum(end > now - long for end in ends)
    left = num_partitions - len(records)
    quiet = max(0.0, now - max([since, *ends]))
    # A stage of one partition, such as `train`, commits when it is done.
    usual = _QUIET_PARTITIONS * sum(record.log["seconds"] for record in records) / max(1, len(records))
    return Pace(
        rows / lately if lately > 0 else 0.0,
        long / fresh * left if fresh else None,
        quiet,
        num_partitions > 1 and quiet > max(QUIET_S, usual),
    )
