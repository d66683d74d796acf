"""Items that are left out of the data set, each with a reason to count by. Without a setting nothing is."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from pipeline.config import Assemble
from pipeline.stage import Inputs
from pipeline.storage import Storage

Row = dict[str, Any]


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

    def reasons(self, rows: Sequence[Row], prepared: Any) -> Mapping[int, str]:
        """qa_id of each item that goes -> why, as one word.

        Args:
            rows: of `judged`, those of one file or a part of it.
            prepared: as `prepare` gave it.
        """


class Passing:
    """Only items that every verdict of the judge lets pass."""

    def deciding(self) -> dict[str, Any]:
        return {"filter": "passing"}

    def prepare(self, inputs: Inputs, directory: Storage) -> None:
        return None

    def reasons(self, rows: Sequence[Row], prepared: None) -> Mapping[int, str]:
        found = {item["qa_id"]: item.get("passes") for row in rows for item in row["items"]}
        return {
            qa_id: "not_judged" if passes is None else "not_passing" for qa_id, passes in found.items() if not passes
        }


def filters_of(config: Assemble) -> tuple[ItemFilter, ...]:
    """Those that the settings ask for, in the order in which they are asked."""
    return (Passing(),) if config.keep == "passing" else ()


def leave_out(
    rows: Sequence[Row], filters: Sequence[ItemFilter], prepared: Sequence[Any]
) -> tuple[list[Row], Counter[str]]:
    """The rows with the items that stay, and how many went by reason; a later filter sees what earlier ones left."""
    left, gone = list(rows), Counter[str]()
    for each, known in zip(filters, prepared, strict=True):
        reasons = each.reasons(left, known)
        gone.update(reasons[item["qa_id"]] for row in left for item in row["items"] if item["qa_id"] in reasons)
        left = [{**row, "items": [item for item in row["items"] if item["qa_id"] not in reasons]} for row in left]
    return left, gone
