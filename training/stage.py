"""Stage `train`: shards and a base model to a trained model; Ray Train runs the ranks, checkpoints are the resume."""

from __future__ import annotations

from typing import Any

import pyarrow as pa

from pipeline.commit import Counts
from pipeline.schema import LOSSES
from pipeline.stage import Inputs, Outcome, Partition, Stage
from pipeline.storage import Storage
from training import checkpoint
from training.job import Job
from training.launch import Ranks, launch
from training.loop import Recipe
from training.model.folder import ModelFile
from training.model.stage import files_table
from training.settings import Train


class TrainStage(Stage):
    """One partition: the run. A killed run goes on from its last checkpoint, not from its start."""

    name = "train"
    version = 1
    tables = ("losses", "model_files")
    after = ("assemble", "model")
    on_driver = True

    def __init__(self, config: Train, output: Storage) -> None:
        self.config, self.output = config, output
        self.num_gpus = config.num_workers * config.gpus_per_worker  # type: ignore[misc]

    def deciding(self) -> dict[str, Any]:
        return self.config.deciding()

    def partitions(self, inputs: Inputs) -> list[Partition]:
        return [Partition("run", {})]

    def process(self, partition: Partition, inputs: Inputs, shared: Any) -> Outcome:
        config = self.config
        directory = self.output.child(f"{self.name}/{self.fingerprint(inputs)}")
        job = self._job(inputs, directory)
        launch(job, Ranks(config.num_workers, config.cpus_per_worker, config.gpus_per_worker, config.max_failures))
        record = checkpoint.last(directory)
        assert record is not None, "a finished training has a checkpoint"
        steps = record["steps"]
        files = [ModelFile(**file) for file in checkpoint.exported(directory)]
        tables = {"losses": pa.Table.from_pylist(steps, schema=LOSSES), "model_files": files_table(files)}
        return Outcome(tables, Counts("steps", len(steps), len(steps)))

    def _job(self, inputs: Inputs, directory: Storage) -> Job:
        config, assemble = self.config, inputs["assemble"]
        shards = {
            commit.partition: file.path
            for commit in assemble.manifest.commits
            for file in commit.files
            if file.table == "shards"
        }
        return Job(
            base=f"{inputs['model'].directory.uri}/export",
            shards=assemble.directory.uri,
            shard_of_partition=shards,
            index=[file.path for file in assemble.files("index")],
            output=directory.uri,
            seed=config.seed,
            epoch=0,
            window=config.window,
            samples_per_step=config.samples_per_step,
            samples_per_micro_batch=config.samples_per_micro_batch,
            max_steps=config.max_steps,
            checkpoint_every=config.checkpoint_every,
            keep_checkpoints=config.keep_checkpoints,
            dtype=config.dtype,
            recipe=Recipe(config.learning_rate, config.warmup_share, config.weight_decay, config.max_grad_norm),
        )
