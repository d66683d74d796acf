"""Stage `score`: what all predictions show, as a table and as pages."""

from __future__ import annotations

from typing import Any

import pyarrow as pa

from eval.scores import scores
from eval.settings import Comparing
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

    def __init__(self, run_name: str, comparing: Comparing, after: tuple[str, ...]) -> None:
        self.run_name, self.comparing = run_name, comparing
        self.after = after  # type: ignore[misc]

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
