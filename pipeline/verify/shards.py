"""One pass over the shards for all checks of samples: a shard is read once, one row group in memory at a time."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Sequence
from typing import Any, ClassVar

import pyarrow as pa

from pipeline.commit import CommitRecord
from pipeline.errors import StorageError, VerificationError
from pipeline.progress import Progress
from pipeline.stage import StageOutput
from pipeline.tables import read_groups
from pipeline.verify.check import Check, Findings

Row = dict[str, Any]
UNREADABLE = (StorageError, VerificationError, pa.ArrowException, OSError)


class RowCheck(ABC):
    """Looks at every row of every shard.

    Attributes:
        name: what holds where nothing is wrong.
        findings: what is wrong.
        looked_at: how many samples, pictures or rows were looked at.
    """

    name: ClassVar[str]

    def __init__(self) -> None:
        self.findings = Findings()
        self.looked_at = 0

    def begin(self, assemble: StageOutput, commit: CommitRecord) -> None:  # noqa: B027 - most need nothing
        """Before the rows of a shard."""

    @abstractmethod
    def look(self, row: Row, shard: str, number: int) -> None:
        """A row of `schema.SHARDS`, the shard that it is in, and its place there."""

    def finish(self) -> None:  # noqa: B027
        """After the rows of a shard."""

    def end(self) -> None:  # noqa: B027
        """After the last shard."""

    def notes(self) -> Iterable[str]:
        """Figures that are worth a look and no fault."""
        return ()

    def check(self) -> Check:
        """What came of it."""
        return Check(self.name, self.looked_at, tuple(self.findings.first), self.findings.num, tuple(self.notes()))


def walk(assemble: StageOutput, checks: Sequence[RowCheck], progress: Progress | None = None) -> None:
    """Show every row to every check; what cannot be read is a problem of all that it was kept from."""
    for commit in assemble.manifest.commits:
        able = [check for check in checks if _begun(check, assemble, commit)]
        try:
            number = 0
            for file in commit.files:
                if file.table != "shards":
                    continue
                for group in read_groups(assemble.directory, file.path):
                    for row in group.to_pylist():
                        for check in able:
                            check.look(row, commit.partition, number)
                        number += 1
        except UNREADABLE as error:
            for check in able:
                check.findings.add(f"cannot be checked: {error}")
        else:
            for check in able:
                check.finish()
        if progress is not None:
            progress.add()
    for check in checks:
        check.end()


def _begun(check: RowCheck, assemble: StageOutput, commit: CommitRecord) -> bool:
    try:
        check.begin(assemble, commit)
    except UNREADABLE as error:
        check.findings.add(f"cannot be checked: {error}")
        return False
    return True
