"""Stage `train`: shards and a base model to a trained model; Ray Train runs the ranks, checkpoints are the resume."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import pyarrow as pa

from pipeline.commit import Counts
from pipeline.schema import LOSSES, VALIDATION_LOSSES
from pipeline.stage import Inputs, Outcome, Partition, Stage, StageOutput
from pipeline.storage import Storage
from training.checkpoint import records
from training.job import Job
from training.launch import Ranks, launch
from training.model.folder import ModelFile
from training.model.stage import files_table
from training.settings import MixturePart, Train
from training.sources import OWN, import_of, source
from training.told import left_out, validated


class TrainStage(Stage):
    """One partition: the run. A killed run goes on from its last checkpoint, not from its start."""

    name = "train"
    version = 2
    tables = ("losses", "validation_losses", "model_files")
    after = ("assemble", "model")
    on_driver = True

    def __init__(self, config: Train, output: Storage, subcluster: str | None = None) -> None:
        self.config, self.output, self.subcluster = config, output, subcluster
        self.num_cpus = config.num_workers * config.cpus_per_worker  # type: ignore[misc]
        self.num_gpus = config.num_workers * config.gpus_per_worker  # type: ignore[misc]

    def deciding(self) -> dict[str, Any]:
        return {**self.config.deciding(), "imports": {part.name: _digest(part) for part in self.config.mixture}}

    def check(self) -> None:
        for part in self.config.mixture:
            if part.data != OWN:
                import_of(part)

    def partitions(self, inputs: Inputs) -> list[Partition]:
        return [Partition("run", {})]

    def process(self, partition: Partition, inputs: Inputs, shared: Any) -> Outcome:
        config = self.config
        directory = self.output.child(f"{self.name}/{self.fingerprint(inputs)}")
        ranks = Ranks(
            config.num_workers, config.min_workers, config.cpus_per_worker, config.gpus_per_worker, config.max_failures,
            self.subcluster,
        )  # fmt: skip
        launch(self._job(inputs, directory), ranks)
        record = records.last(directory)
        assert record is not None, "a finished training has a checkpoint"
        steps = record["steps"]
        files = [ModelFile(**file) for file in records.exported(directory)]
        tables = {
            "losses": pa.Table.from_pylist(steps, schema=LOSSES),
            "validation_losses": pa.Table.from_pylist(validated(directory), schema=VALIDATION_LOSSES),
            "model_files": files_table(files),
        }
        return Outcome(tables, Counts("steps", len(steps), len(steps)))

    def documents(self, inputs: Inputs, output: StageOutput) -> Mapping[str, bytes]:
        """Samples that `on_corrupt: skip` left out, by qa_id, with what is wrong with each."""
        found = left_out(output.directory)
        return {"left_out.json": json.dumps(found, indent=1, sort_keys=True).encode()} if found else {}

    def _job(self, inputs: Inputs, directory: Storage) -> Job:
        own, mixture = inputs["assemble"], self.config.mixture
        return Job(
            base=f"{inputs['model'].directory.uri}/export",
            sources=tuple(source(part, own if part.data == OWN else import_of(part), "train") for part in mixture),
            validation=tuple(source(part, own, "validation") for part in mixture if part.data == OWN),
            output=directory.uri,
            settings=self.config,
        )


def _digest(part: MixturePart) -> str | None:
    """Of an import: what it holds decides what is learned, where it lies does not."""
    return None if part.data == OWN else import_of(part).manifest.digest
