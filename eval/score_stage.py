"""Stage `score`: what all predictions show, as a table and as pages."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pyarrow as pa

from eval.errors_shown import shown
from eval.overlap import PictureHash, overlaps
from eval.report.benchmarks.data import BenchmarkData, Overlap
from eval.report.benchmarks.pages import pages
from eval.scores import scores
from eval.settings import Comparing
from eval.taught import Taught
from pipeline.commit import Counts, load_manifest
from pipeline.errors import ConfigError
from pipeline.schema import PREDICTIONS, SCORES
from pipeline.stage import Inputs, Outcome, Partition, Stage, StageOutput
from pipeline.storage import open_storage


class ScoreStage(Stage):
    """One partition: the run. Predictions of other runs join in under names of their own."""

    name = "score"
    version = 1
    tables = ("scores",)
    on_driver = True

    def __init__(self, run_name: str, comparing: Comparing, picture_hash: PictureHash | None = None) -> None:
        """What is compared.

        Args:
            run_name: stands on the pages.
            comparing: settings.
            picture_hash: of a benchmark's picture, to be compared with those taught; None in a run without a data set.
        """
        self.run_name, self.comparing, self.picture_hash = run_name, comparing, picture_hash
        own = ("images", "assemble") if picture_hash is not None else ()
        self.after = (*own, "benchmarks", "judge_replies")  # type: ignore[misc]

    def check(self) -> None:
        self.deciding()

    def deciding(self) -> dict[str, Any]:
        stored = {name: _stored(name, place).manifest.digest for name, place in sorted(self.comparing.stored.items())}
        return {"name": self.run_name, **self.comparing.deciding(), "stored": stored}

    def partitions(self, inputs: Inputs) -> list[Partition]:
        return [Partition("run", {})]

    def process(self, partition: Partition, inputs: Inputs, shared: Any) -> Outcome:
        rows = scores(self.predictions(inputs).to_pylist(), baseline=self.comparing.baseline)
        return Outcome({"scores": pa.Table.from_pylist(rows, schema=SCORES)}, Counts("scores", len(rows), len(rows)))

    def documents(self, inputs: Inputs, output: StageOutput) -> Mapping[str, bytes]:
        taught = Taught(inputs["assemble"], inputs["images"]) if self.picture_hash is not None else None
        predictions = self.predictions(inputs).to_pylist()
        data = BenchmarkData(
            name=self.run_name,
            scores=output.read("scores").to_pylist(),
            baseline=self.comparing.baseline,
            errors=shown(predictions, self.comparing.baseline, inputs["benchmarks"], taught),
            overlaps=self._overlaps(inputs["benchmarks"], taught),
            notes=_notes(predictions, inputs["benchmarks"]),
        )
        return pages(data)

    def _overlaps(self, benchmarks: StageOutput, taught: Taught | None) -> list[Overlap]:
        if taught is None or self.picture_hash is None or not benchmarks.num_rows("benchmark_items"):
            return []
        return overlaps(benchmarks, taught.qids(), taught.phashes(), self.picture_hash)

    def predictions(self, inputs: Inputs) -> pa.Table:
        """Of all models, those of other runs among them: rows of `schema.PREDICTIONS`."""
        stored = sorted(self.comparing.stored.items())
        others = [_renamed(_stored(name, place).read("predictions"), name) for name, place in stored]
        return pa.concat_tables([inputs["judge_replies"].read("predictions"), *others])


def _renamed(predictions: pa.Table, name: str) -> pa.Table:
    """Under the name that this run gives them; of several models each keeps its own behind it."""
    models = predictions["model"].to_pylist()
    several = len(set(models)) > 1
    named = pa.array([f"{name}-{model}" if several else name for model in models], pa.string())
    return predictions.set_column(predictions.schema.get_field_index("model"), PREDICTIONS.field("model"), named)


def _stored(name: str, place: str) -> StageOutput:
    """The predictions of another run.

    Raises:
        ConfigError: there are none.
    """
    directory = open_storage(place)
    manifest = load_manifest(directory)
    if manifest is None or not manifest.files("predictions"):
        raise ConfigError(
            f"comparing.stored.{name}: {place} is no directory of a complete evaluate stage; `culturalground status` "
            "shows it beside evaluate_NAME or judge_replies"
        )
    return StageOutput(directory, manifest)


def _notes(predictions: Sequence[Mapping[str, Any]], benchmarks: StageOutput) -> list[str]:
    notes = []
    if not predictions:
        notes.append("No model was asked anything: its engine is none.")
    if not benchmarks.num_rows("benchmark_items"):
        notes.append("No benchmark was asked: benchmarks.folder is not set.")
    waiting = sum(row["strict_state"] == "unjudged" for row in predictions)
    if waiting:
        notes.append(f"{waiting:,} replies wait for a judge, or it said nothing that could be read; no score has them.")
    failed = sum(row["status"] != "answered" for row in predictions)
    if failed:
        notes.append(f"{failed:,} requests failed; they count as not right, and column status says why.")
    return notes
