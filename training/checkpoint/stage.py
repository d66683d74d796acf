"""Stages `model_step-N`: checkpoints of a training as models that can be asked while it goes on."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

from pipeline.commit import Counts
from pipeline.stage import Inputs, Outcome, Partition, Stage
from pipeline.storage import Storage
from training.model.folder import download, upload
from training.model.stage import files_table
from training.settings import Train


class CheckpointStage(Stage):
    """One partition: the folder.

    Args:
        step: of the checkpoint.
        attempt: which of several at this step, as its record says.
        training: the directory of the stage `train`.
        base: address of the model that it began with.
        settings: of the training.
        output: where the folder goes.
    """

    version = 1
    tables = ("model_files",)
    on_driver = True

    def __init__(self, step: int, attempt: str, training: Storage, base: str, settings: Train, output: Storage) -> None:
        self.name = f"model_step-{step:06d}"  # type: ignore[misc]
        self.step, self.attempt, self.training = step, attempt, training
        self.base, self.settings, self.output = base, settings, output

    def deciding(self) -> dict[str, Any]:
        return {"training": self.training.uri.rpartition("/")[2], "step": self.step, "attempt": self.attempt}

    def partitions(self, inputs: Inputs) -> list[Partition]:
        return [Partition("model", {})]

    def process(self, partition: Partition, inputs: Inputs, shared: Any) -> Outcome:
        from training.checkpoint.as_model import write_checkpoint

        with tempfile.TemporaryDirectory() as name:
            base, folder = download(self.base, Path(name) / "base"), Path(name) / "export"
            write_checkpoint(self.training, self.step, base, self.settings, folder)
            files = upload(folder, self.output.child(f"{self.name}/{self.fingerprint(inputs)}/export"))
        return Outcome({"model_files": files_table(files)}, Counts("files", len(files), len(files)))
