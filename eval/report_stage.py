"""Stage `report`: the page about the whole run."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from eval.report.data import ReportData, timing
from eval.report.page import page
from eval.report.pictures import PLACE_COLUMNS, places
from eval.tasks.held_out import NAME
from pipeline.commit import Counts
from pipeline.stage import Inputs, Outcome, Partition, Stage, StageOutput
from pipeline.tables import Slice, read_slice, read_table

GALLERY_PICTURES = 24


class ReportStage(Stage):
    """One partition: the run. Its page is a document, `report.html`."""

    name = "report"
    version = 2
    tables = ()
    after = (
        "extract", "select", "images", "questions", "rephrase", "judge", "compare_within",
        "compare_across", "arrange", "assemble", "model", "train", "benchmarks", "evaluate_base",
        "evaluate_trained", "judge_replies", "score",
    )  # fmt: skip

    def __init__(self, run_name: str) -> None:
        self.run_name = run_name

    def deciding(self) -> dict[str, Any]:
        return {"name": self.run_name}

    def partitions(self, inputs: Inputs) -> list[Partition]:
        return [Partition("run", {})]

    def process(self, partition: Partition, inputs: Inputs, shared: Any) -> Outcome:
        return Outcome({}, Counts("pages", 1, 1))

    def documents(self, inputs: Inputs, output: StageOutput) -> Mapping[str, bytes]:
        scored = [row for row in inputs["score"].read("scores").to_pylist() if row["task"] == NAME]
        data = report_data(
            self.run_name,
            {**inputs, self.name: output},
            losses=inputs["train"].read("losses").to_pylist(),
            validation_losses=inputs["train"].read("validation_losses").to_pylist(),
            scores=scored,
            notes=[] if scored else ["Nothing was evaluated: evaluate.engine is none."],
        )
        return {"report.html": page(data).encode()}


def report_data(
    name: str,
    outputs: Mapping[str, StageOutput],
    losses: Sequence[dict[str, Any]] = (),
    validation_losses: Sequence[dict[str, Any]] = (),
    scores: Sequence[dict[str, Any]] = (),
    notes: Sequence[str] = (),
) -> ReportData:
    """What the page shows of a run whose stages are given in their order."""
    assemble = outputs["assemble"]
    return ReportData(
        name=name,
        gallery=_gallery(assemble),
        statistics=json.loads(assemble.directory.read("documents/statistics.json")),
        funnel=[(stage, output.manifest.counts) for stage, output in outputs.items()],
        timings=[timing(output.manifest) for output in outputs.values()],
        losses=losses,
        validation_losses=validation_losses,
        scores=scores,
        notes=notes,
    )


def _gallery(assemble: StageOutput) -> list[dict[str, Any]]:
    """Rows of `shards` whose pictures are shown."""
    paths = {
        commit.partition: file.path
        for commit in assemble.manifest.commits
        for file in commit.files
        if file.table == "shards"
    }
    rows: list[dict[str, Any]] = []
    indexes = (read_table(assemble.directory, file.path, PLACE_COLUMNS) for file in assemble.files("index"))
    for shard, row in places(indexes, GALLERY_PICTURES):
        rows += read_slice(assemble.directory, Slice(paths[shard], row, row + 1)).to_pylist()
    return rows
