"""The spend guard: GPU-hours and fetched bytes of a whole run, read back from its commits, held under their caps.

What a killed attempt spent before it committed is not known to anyone afterwards and is not counted; one partition
in work per worker bounds it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from pipeline.commit import Spend, committed_partitions, load_commits, load_manifest, taken_back
from pipeline.config import Budget
from pipeline.errors import BudgetError
from pipeline.storage import Storage

STAGE_INFO = "stage.json"

_FINGERPRINT = re.compile("[0-9a-f]{16}")


def spent(output: Storage) -> Spend:
    """What all stages below `output` have spent, complete or not, whatever their fingerprints.

    Looks at folders, not at objects: millions of pictures may lie beside the stages.
    """
    total = Spend()
    for stage in output.folders():
        for name in output.folders(f"{stage}/"):
            directory = output.child(f"{stage}/{name}")
            if _FINGERPRINT.fullmatch(name) and directory.stat(STAGE_INFO) is not None:
                total += _spent_in(directory)
    return total


def _spent_in(directory: Storage) -> Spend:
    manifest = load_manifest(directory)
    records = load_commits(directory, list(committed_partitions(directory))) if manifest is None else manifest.commits
    return sum((record.spend for record in (*records, *taken_back(directory))), Spend())


@dataclass
class SpendGuard:
    """Caps and what has been spent so far."""

    budget: Budget
    spend: Spend

    def check_before(self, stage: str, num_gpus: float) -> None:
        """Refuse a stage that would need GPUs where the cap leaves none, or after a cap was reached."""
        if num_gpus and self.budget.gpu_hours == 0:
            raise BudgetError(f"{stage}: needs GPUs and budget.gpu_hours is 0; raise it to allow them")
        self._check(stage)

    def add(self, stage: str, spend: Spend) -> None:
        """Count a committed partition; stop the stage when a cap is exceeded."""
        self.spend += spend
        self._check(stage)

    def used(self) -> dict[str, tuple[float, float]]:
        """What is spent of each cap and the cap, in its unit, by setting of the section `budget`."""
        return {
            "gpu_hours": (self.spend.gpu_seconds / 3600, self.budget.gpu_hours),
            "fetched_gb": (self.spend.fetched_bytes / 1e9, self.budget.fetched_gb),
        }

    def _check(self, stage: str) -> None:
        hours, fetched_gb = self.spend.gpu_seconds / 3600, self.spend.fetched_bytes / 1e9
        if hours > self.budget.gpu_hours:
            raise BudgetError(
                f"{stage}: {hours:.2f} GPU-hours spent, budget.gpu_hours is {self.budget.gpu_hours:g}; "
                "committed work is kept: raise the cap and run again to go on"
            )
        if fetched_gb > self.budget.fetched_gb:
            raise BudgetError(
                f"{stage}: {fetched_gb:.4f} GB fetched, budget.fetched_gb is {self.budget.fetched_gb:g}; "
                "committed work is kept: raise the cap and run again to go on"
            )
