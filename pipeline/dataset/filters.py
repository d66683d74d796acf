"""Items that are left out of the data set, each with a reason to count by. Without a setting nothing is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from pipeline.dataset.protected.keys import Protected, identity, load_all
from pipeline.dataset.protected.overlap import overlaps
from pipeline.dataset.settings import Assemble
from pipeline.stage import Inputs
from pipeline.storage import Storage

Row = dict[str, Any]


@dataclass(frozen=True)
class LeftOut:
    """Why an item goes: one word to count by, and what was found, where that tells more."""

    reason: str
    evidence: str | None = None


class ItemFilter(Protocol):
    """Says which items go. It is small and can be pickled; what it needs of all rows comes from `prepare`."""

    def deciding(self) -> dict[str, Any]:
        """Everything besides the rows that decides what goes: settings, digests of lists."""

    def prepare(self, inputs: Inputs, directory: Storage) -> Any:
        """What every partition needs; once on the driver, sent to each worker.

        Args:
            inputs: complete stages that `arrange` reads.
            directory: of `arrange`; what is too large to be sent may be left below `shared/`.
        """

    def reasons(self, rows: Sequence[Row], prepared: Any) -> Mapping[int, LeftOut]:
        """qa_id of each item that goes -> why.

        Args:
            rows: of `judged`, those of one file or a part of it, with the `phash` of their pictures.
            prepared: as `prepare` gave it.
        """


class Passing:
    """Only items that every verdict of the judge lets pass."""

    def deciding(self) -> dict[str, Any]:
        return {"filter": "passing"}

    def prepare(self, inputs: Inputs, directory: Storage) -> None:
        return None

    def reasons(self, rows: Sequence[Row], prepared: None) -> Mapping[int, LeftOut]:
        found = {item["qa_id"]: item.get("passes") for row in rows for item in row["items"]}
        return {
            qa_id: LeftOut("not_judged" if passes is None else "not_passing")
            for qa_id, passes in found.items()
            if not passes
        }


class Unprotected:
    """No items of what benchmarks hold.

    Args:
        lists: places of protected lists, as `protected/keys.py` reads them.
        distance: bits in which perceptual hashes of one picture may differ.
    """

    def __init__(self, lists: Sequence[str], distance: int) -> None:
        self._lists, self._distance = lists, distance

    def deciding(self) -> dict[str, Any]:
        return {"filter": "unprotected", "lists": sorted(map(identity, self._lists)), "bits": self._distance}

    def prepare(self, inputs: Inputs, directory: Storage) -> list[Protected]:
        return load_all(self._lists)

    def reasons(self, rows: Sequence[Row], prepared: Sequence[Protected]) -> Mapping[int, LeftOut]:
        phashes = {row["sha256"]: row["phash"] for row in rows}
        found = overlaps(rows, phashes, prepared, self._distance)
        return {qa_id: LeftOut(overlap.reason, overlap.evidence) for qa_id, overlap in found.items()}


def filters_of(config: Assemble) -> tuple[ItemFilter, ...]:
    """Those that the settings ask for, in the order in which they are asked."""
    found: list[ItemFilter] = []
    if config.protected:
        found.append(Unprotected(config.protected, config.protected_bits))
    if config.keep == "passing":
        found.append(Passing())
    return tuple(found)


def leave_out(
    rows: Sequence[Row], filters: Sequence[ItemFilter], prepared: Sequence[Any]
) -> tuple[list[Row], list[Row]]:
    """Apply filters one after the other; a later one sees what earlier ones left.

    Returns:
        The rows with the items that stay; and rows of `schema.LEFT_OUT`, one for each that went.
    """
    left, gone = list(rows), list[Row]()
    for each, known in zip(filters, prepared, strict=True):
        reasons = each.reasons(left, known)
        gone += [
            _left_out(row, item, reasons[item["qa_id"]])
            for row in left
            for item in row["items"]
            if item["qa_id"] in reasons
        ]
        left = [{**row, "items": [item for item in row["items"] if item["qa_id"] not in reasons]} for row in left]
    return left, gone


def _left_out(row: Row, item: Row, why: LeftOut) -> Row:
    return {
        **{name: item[name] for name in ("qa_id", "qid", "language", "question")},
        "sha256": row["sha256"],
        "reason": why.reason,
        "evidence": why.evidence,
    }
