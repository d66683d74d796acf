"""Model folders between a local disk, where libraries want them, and object storage, where they live."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path

from pipeline.errors import UserError
from pipeline.storage import Storage, below, open_storage


@dataclass(frozen=True)
class ModelFile:
    """One file of a model folder: path below it, size in bytes, hex SHA-256."""

    path: str
    size: int
    sha256: str


def download(uri: str, folder: Path) -> Path:
    """Copy a model folder to a local disk.

    Raises:
        UserError: there is no model, or a name of its files leads elsewhere.
    """
    storage = open_storage(uri)
    found = list(storage.list())
    if not any(info.path == "config.json" for info in found):
        raise UserError(f"{uri}: holds no model (no config.json); name a Hugging Face folder")
    for info in found:
        path = below(folder, info.path)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(storage.read(info.path))
    return folder


def upload(folder: Path, storage: Storage) -> list[ModelFile]:
    """Copy a model folder into storage; its files, sorted by path."""
    files = []
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            data, name = path.read_bytes(), path.relative_to(folder).as_posix()
            storage.write(name, data)
            files.append(ModelFile(name, len(data), hashlib.sha256(data).hexdigest()))
    return files
