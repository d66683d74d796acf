"""Everything that changed between two runs, as one value: what a person is told and what a program reads."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields, is_dataclass
from typing import Any

from pipeline.diff.concepts import concept_difference
from pipeline.diff.items import PART, ItemDifference, item_difference
from pipeline.diff.numbers import Difference
from pipeline.diff.pictures import picture_difference
from pipeline.diff.run import Run, in_both, same_result
from pipeline.diff.settings import Setting, StageChange, changed_models, changed_stages
from pipeline.progress import Progress


@dataclass(frozen=True)
class Comparison:
    """Two runs. A table is None where a run has none of it yet, or where the stage came to the same files in both."""

    before: str
    after: str
    stages: tuple[StageChange, ...]
    models: tuple[Setting, ...]
    concepts: Difference | None
    pictures: Difference | None
    items: ItemDifference | None

    @property
    def first(self) -> StageChange | None:
        """The first stage that does not come to the same files in both."""
        return next((stage for stage in self.stages if stage.state not in ("same", "same_result")), None)

    @property
    def is_none(self) -> bool:
        """Whether both runs have the same stages with the same fingerprints and files."""
        return all(stage.state == "same" for stage in self.stages)

    def as_dict(self) -> dict[str, Any]:
        """Plain JSON, with what is worked out of it."""
        first = self.first
        found: dict[str, Any] = _plain(self)
        return {"same": self.is_none, "first": None if first is None else first.stage, **found}


def _plain(value: Any) -> Any:
    """As JSON has it. `dataclasses.asdict` makes a wrong counter of a counter."""
    if is_dataclass(value):
        return {each.name: _plain(getattr(value, each.name)) for each in fields(value)}
    if isinstance(value, Mapping):
        return {str(name): _plain(each) for name, each in value.items()}
    return [_plain(each) for each in value] if isinstance(value, list | tuple) else value


def compare(before: Run, after: Run, part: int = PART, progress: Callable[[int], Progress] | None = None) -> Comparison:
    """Compare two runs, as far as both are complete.

    Args:
        before: a run.
        after: the other.
        part: samples of a run in memory at a time.
        progress: makes what is told of every shard that was read, given their number.
    """

    def differ(stage: str) -> bool:
        outputs = in_both(before, after, stage)
        return outputs is not None and not same_result(*outputs)

    return Comparison(
        before.name,
        after.name,
        changed_stages(before, after),
        changed_models(before, after),
        concept_difference(before, after) if differ("select") else None,
        picture_difference(before, after) if differ("images") else None,
        item_difference(before, after, part, progress) if differ("assemble") else None,
    )
