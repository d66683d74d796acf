"""Stage `model`: the model that training starts from, as a folder in the run's own storage."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

import pyarrow as pa

from pipeline.commit import Counts
from pipeline.errors import ConfigError
from pipeline.schema import MODEL_FILES
from pipeline.stage import Inputs, Outcome, Partition, Stage
from pipeline.storage import Storage
from training.model.folder import ModelFile, download, upload
from training.settings import Model


class BaseStage(Stage):
    """One partition: the folder. It is made, copied or fetched once, so that every later stage reads the same bytes."""

    name = "model"
    version = 1
    tables = ("model_files",)
    on_driver = True

    def __init__(self, config: Model, output: Storage) -> None:
        self.config, self.output = config, output

    def deciding(self) -> dict[str, Any]:
        return self.config.deciding()

    def check(self) -> None:
        if _is_hub_id(self.config.base) and self.config.revision is None:
            raise ConfigError(
                f"model.revision: {self.config.base} is a model id, which may name other weights tomorrow; give its "
                "commit"
            )

    def partitions(self, inputs: Inputs) -> list[Partition]:
        return [Partition("model", {})]

    def process(self, partition: Partition, inputs: Inputs, shared: Any) -> Outcome:
        with tempfile.TemporaryDirectory() as name:
            folder = self._folder(Path(name))
            files = upload(folder, self.output.child(f"{self.name}/{self.fingerprint(inputs)}/export"))
        return Outcome({"model_files": files_table(files)}, Counts("files", len(files), len(files)))

    def _folder(self, scratch: Path) -> Path:
        base = self.config.base
        if base == "tiny":
            from training.model.tiny import write_tiny

            return write_tiny(scratch / "tiny", self.config.num_layers)
        if _is_hub_id(base):
            from huggingface_hub import snapshot_download

            return Path(snapshot_download(base, revision=self.config.revision, local_dir=scratch / "hub"))
        return download(base, scratch / "copy")


def files_table(files: list[ModelFile]) -> pa.Table:
    """Rows of `schema.MODEL_FILES`."""
    rows = [{"path": file.path, "num_bytes": file.size, "sha256": file.sha256} for file in files]
    return pa.Table.from_pylist(rows, schema=MODEL_FILES)


def _is_hub_id(base: str) -> bool:
    return base != "tiny" and "://" not in base and not base.startswith(("/", ".")) and base.count("/") == 1
