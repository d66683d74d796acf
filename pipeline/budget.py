"""The spend guard: what a whole run has spent, read back from its commits, and what it holds, kept under their caps.

What a killed attempt spent before it committed is not known to anyone afterwards and is not counted; one partition
in work per worker bounds it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from pipeline.commit import Spend
from pipeline.commit_reader import CommitReader
from pipeline.config import Budget
from pipeline.errors import BudgetError
from pipeline.prices import Prices, load_prices
from pipeline.storage import Storage

STAGE_INFO = "stage.json"

_FINGERPRINT = re.compile("[0-9a-f]{16}")
# Replies of models are millions of small objects: to list them takes minutes.
_NOT_LISTED = "replies"
_TOLD = {
    "gpu_hours": "{:.2f} GPU-hours spent",
    "fetched_gb": "{:.4f} GB fetched",
    "money": "{:.2f} spent",
    "stored_gb": "{:.4f} GB stored",
}
_GO_ON = "committed work is kept: raise the cap and run again to go on"
_ADVICE = dict.fromkeys(_TOLD, _GO_ON) | {
    "stored_gb": f"{_GO_ON}, or first delete directories of stages that earlier configs left in the output"
}


def spent(output: Storage) -> Spend:
    """What all stages below `output` have spent, complete or not, whatever their fingerprints."""
    return sum(spent_by_stage(output).values(), Spend())


def spent_by_stage(output: Storage, reader: CommitReader | None = None) -> dict[str, Spend]:
    """What each stage below `output` has spent, under any fingerprint.

    Looks at folders, not at objects: millions of pictures may lie beside the stages.
    """
    reader = reader or CommitReader()
    found: dict[str, Spend] = {}
    for stage in output.folders():
        for name in output.folders(f"{stage}/"):
            directory = output.child(f"{stage}/{name}")
            if _FINGERPRINT.fullmatch(name) and directory.stat(STAGE_INFO) is not None:
                records = (*reader.commits(directory), *reader.taken_back(directory))
                found[stage] = sum((record.spend for record in records), found.get(stage, Spend()))
    return found


def stored_bytes(output: Storage) -> int:
    """What lies below `output`, by one listing; without replies of models and the few files beside the folders."""
    folders = (folder for folder in output.folders() if folder != _NOT_LISTED)
    return sum(info.size for folder in folders for info in output.list(f"{folder}/"))


@dataclass
class SpendGuard:
    """Caps and what has been spent so far.

    Attributes:
        budget: the caps.
        spend: of all stages so far.
        money: what that comes to by the prices.
        prices: by which what is added comes to money; None adds none.
        output: is listed before each stage where stored bytes have a cap; None leaves it at what is added.
        stored: bytes that the output holds, by the last listing and what was added since.
    """

    budget: Budget
    spend: Spend
    money: float = 0.0
    prices: Prices | None = None
    output: Storage | None = None
    stored: int = 0

    def check_before(self, stage: str, num_gpus: float) -> None:
        """Refuse a stage that would need GPUs where the cap leaves none, or after a cap was passed."""
        if num_gpus and self.budget.gpu_hours == 0:
            raise BudgetError(f"{stage}: needs GPUs and budget.gpu_hours is 0; raise it to allow them")
        if self.budget.stored_gb is not None and self.output is not None:
            self.stored = stored_bytes(self.output)
        self._check(stage)

    def add(self, stage: str, spend: Spend) -> None:
        """Count a committed partition; stop the stage when a cap is exceeded."""
        self.spend += spend
        self.stored += spend.stored_bytes
        if self.prices is not None:
            self.money += self.prices.money(stage, spend)
        self._check(stage)

    def used(self) -> dict[str, tuple[float, float | None]]:
        """What is spent of each cap and the cap, in its unit, by setting of the section `budget`; None is no cap.

        What is stored is only known where it has a cap.
        """
        used: dict[str, tuple[float, float | None]] = {
            "gpu_hours": (self.spend.gpu_seconds / 3600, self.budget.gpu_hours),
            "fetched_gb": (self.spend.fetched_bytes / 1e9, self.budget.fetched_gb),
            "money": (self.money, self.budget.money),
        }
        if self.budget.stored_gb is not None:
            used["stored_gb"] = (self.stored / 1e9, self.budget.stored_gb)
        return used

    def _check(self, stage: str) -> None:
        for cap, (used, most) in self.used().items():
            if most is not None and used > most:
                raise BudgetError(f"{stage}: {self._told(cap, used)}, budget.{cap} is {most:g}; {_ADVICE[cap]}")

    def _told(self, cap: str, used: float) -> str:
        if cap == "money" and self.prices is not None:
            return f"{used:.2f} {self.prices.currency} spent by prices of {self.prices.date}"
        return _TOLD[cap].format(used)


def open_guard(budget: Budget, output: Storage, reader: CommitReader | None = None) -> SpendGuard:
    """A guard that knows what the run below `output` has spent so far; a reader spares what it has read before.

    Raises:
        ConfigError: the file of prices is not one.
    """
    prices, by_stage = load_prices(budget.prices), spent_by_stage(output, reader)
    money = sum(prices.money(stage, spend) for stage, spend in by_stage.items())
    return SpendGuard(budget, sum(by_stage.values(), Spend()), money, prices, output)
