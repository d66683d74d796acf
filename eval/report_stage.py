"""Stage `report`: scores of all predictions, and the page about the whole run."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pyarrow as pa

from eval.scores import scores
from pipeline.commit import Counts
from pipeline.schema import SCORES
from pipeline.stage import Inputs, Outcome, Partition, Stage, StageOutput


class ReportStage(Stage):
    """One partition: the run. Its page is a document, `report.html`."""

    name = "report"
    version = 1
    tables = ("scores",)
    after = (
        "extract", "select", "images", "questions", "rephrase", "judge", "assemble", "model", "train",
        "evaluate_base", "evaluate_trained",
    )  # fmt: skip

    def __init__(self, run_name: str) -> None:
        self.run_name = run_name

    def deciding(self) -> dict[str, Any]:
        return {"name": self.run_name}

    def partitions(self, inputs: Inputs) -> list[Partition]:
        return [Partition("run", {})]

    def process(self, partition: Partition, inputs: Inputs, shared: Any) -> Outcome:
        predictions = [
            row for model in ("base", "trained") for row in inputs[f"evaluate_{model}"].read("predictions").to_pylist()
        ]
        rows = scores(predictions)
        return Outcome(
            {"scores": pa.Table.from_pylist(rows, schema=SCORES)}, Counts("scores", len(rows), len(rows))
        )

    def documents(self, inputs: Inputs, output: StageOutput) -> Mapping[str, bytes]:
        return {}
