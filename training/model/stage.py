"""Stage `model`: the model that training starts from, as a folder in the run's own storage."""

from __future__ import annotations

import shutil
import tempfile
from functools import partial
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

# Weights in safetensors, or as torch stores them: CLIP's own come in the latter.
_TOWER_FILES = ["*.json", "*.safetensors", "*.bin"]


class BaseStage(Stage):
    """One partition: the folder. It is made, copied or fetched once, so that every later stage reads the same bytes."""

    name = "model"
    version = 2
    tables = ("model_files",)
    on_driver = True

    def __init__(self, config: Model, output: Storage, name: str = "model") -> None:
        self.config, self.output = config, output
        self.name = name  # type: ignore[misc]

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
        config = self.config
        if config.base == "tiny":
            from training.model.tiny import write_tiny

            return write_tiny(scratch / "tiny", config.num_layers)
        folder = _fetched(config.base, config.revision, scratch / "base")
        from training.model.llava import convert, is_original
        from training.model.processor import mend

        if is_original(folder):
            return convert(folder, partial(self._tower, scratch), scratch / "converted")
        mend(folder)
        return folder

    def _tower(self, scratch: Path, named: str, *, weights: bool) -> Path:
        """The CLIP that a checkpoint in LLaVA's layout names, or the one that the settings put in its place."""
        source, _, commit = (self.config.tower or named).partition("@")
        if _is_hub_id(source) and not commit:
            raise ConfigError(
                f"model.tower: {self.config.base} takes its vision tower from {source}, which may be another tomorrow; "
                f"give its commit, {source}@COMMIT, or a folder"
            )
        return _fetched(source, commit or None, scratch / "tower", _TOWER_FILES if weights else ["*.json"])


def files_table(files: list[ModelFile]) -> pa.Table:
    """Rows of `schema.MODEL_FILES`."""
    rows = [{"path": file.path, "num_bytes": file.size, "sha256": file.sha256} for file in files]
    return pa.Table.from_pylist(rows, schema=MODEL_FILES)


def _fetched(source: str, revision: str | None, folder: Path, patterns: list[str] | None = None) -> Path:
    """A local copy of a model folder, or of a model of the hub, of which patterns name the files that are wanted."""
    if _is_hub_id(source):
        from huggingface_hub import snapshot_download

        snapshot_download(source, revision=revision, local_dir=folder, allow_patterns=patterns)
        # What the hub's client notes down for itself is no part of the model.
        shutil.rmtree(folder / ".cache", ignore_errors=True)
        return folder
    return download(source, folder)


def _is_hub_id(base: str) -> bool:
    return base != "tiny" and "://" not in base and not base.startswith(("/", ".")) and base.count("/") == 1
