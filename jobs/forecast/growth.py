"""How many rows each stage of a full run has, in which partitions: by a pilot and what is known of the full run."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from jobs.forecast.measured import Measured
from jobs.run_config import RunConfig
from pipeline.dataset.alike.across import CompareAcrossStage
from pipeline.errors import UserError
from pipeline.simulation.work import Floats
from pipeline.tables import row_group_rows

# Which stage's rows a stage has; one that is not here has the same work in every run.
_OF = {
    "select": "extract", "images": "select", "questions": "images", "rephrase": "questions", "judge": "rephrase",
    "compare_within": "judge", "compare_across": "compare_within", "arrange": "judge", "assemble": "arrange",
    "evaluate_base": "assemble", "evaluate_trained": "assemble",
}  # fmt: skip
# Stages whose rows are items, and those that do with a row, a picture, what its items ask for.
_ROWS_ARE_ITEMS = ("compare_within", "compare_across")
_BY_ITEMS = ("rephrase", "judge", "arrange", "assemble")
# Stages with a partition for each of `images`.
_AS_IMAGES = ("images", "questions", "rephrase", "judge")
# What the driver does once, whatever the size, in rows that it does as much for: before its partitions and after them.
_ONCE = {"select": (90_000, 0), "assemble": (0, 50_000)}
# ms of the driver of `questions`: once, for a concept in the pool of wrong options, and in the sample: docs/scaling.md.
_ONCE_MS, _POOL_MS, _SAMPLE_MS = 3000.0, 0.4, 2.0
# After its partitions it goes through the sample once more, beside what it does for so many concepts.
_ONCE_AFTER = 1000


@dataclass(frozen=True)
class Grown:
    """A stage of the full run.

    Attributes:
        rows: (P,) of each of its partitions.
        factor: its rows against the pilot's.
        effort: time for a row against the pilot's.
        before, after: time of the driver against the pilot's.
    """

    rows: Floats
    factor: float
    effort: float
    before: float
    after: float


@dataclass(frozen=True)
class FullSize:
    """What is known of the full run.

    Attributes:
        came_out: rows that came out of its stages that are complete.
        dump_bytes: of its dump, compressed; None where it does not matter, as extract is complete.
        items_a_picture: that are expected; None takes the pilot's.
    """

    came_out: Mapping[str, int] = field(default_factory=dict)
    dump_bytes: int | None = None
    items_a_picture: float | None = None


def grow(config: RunConfig, pilot: Mapping[str, Measured], size: FullSize) -> dict[str, Grown]:
    """The stages of the full run that the pilot tells about, in order.

    Args:
        config: of the full run.
        pilot: its stages, in their order.
        size: of the full run.

    Raises:
        UserError: nothing tells how much larger the full run is.
    """
    growth = _Growth(config, pilot, size)
    return {name: growth.grown(stage) for name, stage in pilot.items()}


class _Growth:
    """Goes through the stages in order, and keeps how many more rows came out of each, and of how many partitions."""

    def __init__(self, config: RunConfig, pilot: Mapping[str, Measured], size: FullSize) -> None:
        self.config, self.pilot, self.size = config, pilot, size
        self.came_out: dict[str, float] = {}
        self.partitions: dict[str, int] = {}
        self.denser = self._denser()

    def grown(self, stage: Measured) -> Grown:
        factor = self._factor(stage)
        self.came_out[stage.name] = self._came_out(stage, factor)
        if stage.name in _ROWS_ARE_ITEMS:
            factor *= self.denser
        rows = _cut(stage.rows_in * factor, *self._partitioning(stage, factor))
        self.partitions[stage.name] = len(rows)
        before, after = self._driver(stage, factor)
        effort = (self.denser if stage.name in _BY_ITEMS else 1.0) * self._scattered(stage, rows)
        return Grown(rows, factor, effort, before, after)

    def _scattered(self, stage: Measured, rows: Floats) -> float:
        """Time for a row against the pilot's: a shard's rows lie in more files, of which it reads whole row groups."""
        if stage.name != "assemble" or "arrange" not in self.pilot or not len(rows):
            return 1.0
        then = _groups_a_row(len(self.pilot["arrange"].rows), float(stage.rows.mean()))
        now = _groups_a_row(self.partitions["arrange"], float(rows.mean()))
        return 1.0 + stage.reading * (now / then - 1.0)

    def _denser(self) -> float:
        questions, expected = self.pilot.get("questions"), self.size.items_a_picture
        if expected is None or questions is None or not questions.items:
            return 1.0
        return expected * questions.ok / questions.items

    def _factor(self, stage: Measured) -> float:
        """Rows of the full run against the pilot's."""
        if stage.name == "extract":
            return self._dump(stage)
        before = _OF.get(stage.name)
        if before is None:
            return 1.0
        if before in self.came_out:
            return self.came_out[before]
        raise UserError(f"--pilot: has a result of {stage.name} and none of {before}; name a run that has both")

    def _dump(self, stage: Measured) -> float:
        if self.size.dump_bytes is not None and stage.compressed_bytes:
            return self.size.dump_bytes / stage.compressed_bytes
        if stage.name in self.size.came_out:
            return self.size.came_out[stage.name] / max(1, stage.ok)
        raise UserError(
            "--pilot: its extract was run by a version that did not note how many bytes it read; run it again"
        )

    def _came_out(self, stage: Measured, factor: float) -> float:
        """Rows that come out of a stage of the full run, against the pilot's."""
        if stage.name in self.size.came_out:
            return self.size.came_out[stage.name] / max(1, stage.ok)
        if stage.name != "select" or not stage.rows_in:
            return factor
        rows, looked_at = stage.rows_in * factor, max(1.0, stage.rows_in - stage.left_out)
        return min(rows, float(self.config.select.limit or math.inf)) / looked_at

    def _driver(self, stage: Measured, factor: float) -> tuple[float, float]:
        """How the driver's own work grows: with the rows, but for what it does once, and for a sample of one size."""
        rows = stage.rows_in
        before, after = ((once + rows * factor) / (once + rows or 1.0) for once in _ONCE.get(stage.name, (0, 0)))
        balance = self.config.questions.balance
        if stage.name != "questions" or "select" not in self.pilot:
            return before, after
        concepts = (float(self.pilot["select"].ok), self._concepts())
        sample = balance.sample if balance.is_thinning else 0
        drawn = [min(number, sample) for number in concepts]
        then, now = (
            _ONCE_MS + _POOL_MS * number + _SAMPLE_MS * some for number, some in zip(concepts, drawn, strict=True)
        )
        return now / then, (_ONCE_AFTER + drawn[1]) / (_ONCE_AFTER + drawn[0])

    def _concepts(self) -> float:
        return self.pilot["select"].ok * self.came_out["select"]

    def _partitioning(self, stage: Measured, factor: float) -> tuple[float, float]:
        """Size of a full partition, and of all together, in the unit that they are cut by."""
        config, name = self.config, stage.name
        if name == "extract" and self.size.dump_bytes is not None:
            return config.extract.range_mb * 1e6, float(self.size.dump_bytes)
        if name == "select":
            return float(config.select.rows_per_partition), stage.rows_in * factor
        if name in _AS_IMAGES and "select" in self.pilot:
            return float(config.images.rows_per_partition), self._concepts()
        if name in ("compare_within", "arrange") and "judge" in self.pilot:
            return float(config.assemble.rows_per_partition), self.pilot["judge"].ok * self.came_out["judge"]
        if name == "compare_across":
            return float(CompareAcrossStage.items_per_partition), stage.rows_in * factor
        if name == "assemble" and stage.spend.stored_bytes:
            return self._shard(stage), stage.spend.stored_bytes * factor * self.denser
        return stage.rows_in / max(1, len(stage.rows)), stage.rows_in * factor

    def _shard(self, stage: Measured) -> float:
        """Bytes that the stage stores for a full shard: those of its pictures and words, and what tells of them."""
        shard_mb = self.config.assemble.shard_mb
        pilots_mb = float(stage.settings.get("shard_mb", shard_mb))
        usual = stage.spend.stored_bytes / len(stage.rows) * shard_mb / pilots_mb
        # Shards of a small pilot are not full.
        return max(usual, shard_mb * 1e6)


def _groups_a_row(files: int, rows: float) -> float:
    """Row groups of arranged files that are read for each row of a shard, whose rows lie side by side in every file."""
    group = row_group_rows("arranged")
    touched = min(float(files), rows)
    return (touched * (1.0 - 1.0 / group) + rows / group) / rows


def _cut(rows: float, full: float, together: float) -> Floats:
    """Rows of each partition: all have as many but the last."""
    if together <= 0 or rows <= 0:
        return np.zeros(0)
    parts = np.full(math.ceil(together / full - 1e-9), full)
    parts[-1] = together - full * (len(parts) - 1)
    return parts * (rows / together)
