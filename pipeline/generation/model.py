"""Which model the settings name: what stands for it in rows and keys, and what an engine loads."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path

from pipeline.errors import ConfigError
from pipeline.generation import smollm2, stored_model
from pipeline.generation.settings import Generation
from pipeline.storage import open_storage

_ENDS = 1 << 20


@dataclass(frozen=True)
class Model:
    """Name and revision of the weights; together they stand in every row that the model had a part in."""

    name: str
    revision: str

    def __str__(self) -> str:
        return f"{self.name}@{self.revision}"


def identify(settings: Generation, section: str = "generation") -> Model:
    """Name and revision. A folder goes by its last name, so that rows do not depend on where it lies.

    Args:
        settings: that name the model.
        section: of the config that they stand in, for errors.

    Raises:
        ConfigError: there is no such folder or prefix, or a model id comes without a revision.
        UserError: smollm2 is asked for and not installed.
    """
    if settings.engine == "none":
        return Model("none", "")
    if settings.model == "smollm2":
        return Model(smollm2.NAME, smollm2.revision())
    if settings.engine == "endpoint":
        return Model(settings.model, settings.revision or "")
    if stored_model.is_stored(settings.model):
        revision = settings.revision or stored_model.listing_revision(stored_model.listing(settings.model))
        return Model(settings.model.rstrip("/").rpartition("/")[2], revision)
    folder = Path(settings.model)
    if settings.revision is not None:
        return Model(folder.name if folder.is_dir() else settings.model, settings.revision)
    if folder.is_dir():
        return Model(folder.resolve().name, folder_revision(folder))
    if settings.model.startswith(("/", ".", "~")):
        raise ConfigError(f"{section}.model: there is no folder {settings.model}; give one, a model id, or smollm2")
    raise ConfigError(
        f"{section}.revision: {settings.model} is a model id, which may name other weights tomorrow; give the commit"
    )


def location(settings: Generation) -> str:
    """What an engine loads: a folder, or a model id.

    Makes the folder of smollm2, and fetches a model from object storage, where that has not been done yet.
    """
    cache = Path(settings.cache) if settings.cache else smollm2.default_cache()
    if settings.model == "smollm2":
        return str(smollm2.model_folder(cache))
    return str(stored_model.fetch(settings.model, cache)) if stored_model.is_stored(settings.model) else settings.model


def memory_bytes(settings: Generation) -> int:
    """Main memory that an engine on CPUs holds: weights in 32 bits and KV cache. 0 on GPUs, or where it is not known.

    Raises:
        UserError: the model's files cannot be read.
    """
    if settings.engine != "vllm" or settings.num_gpus > 0:
        return 0
    if stored_model.is_stored(settings.model):
        sizes = {info.path: info.size for info in stored_model.listing(settings.model)}
        config = open_storage(settings.model).read("config.json")
    elif (folder := Path(settings.model)).is_dir() and (folder / "config.json").exists():
        sizes = {path.name: path.stat().st_size for path in folder.iterdir() if path.is_file()}
        config = (folder / "config.json").read_bytes()
    else:
        return 0
    weights = sum(size for name, size in sizes.items() if name.endswith(".safetensors"))
    # Kept in 16 bits as a rule, with the name of the format before its width.
    widened = 2 if b'float16"' in config else 1
    return weights * widened + int((settings.kv_cache_gb or 0) * 2**30)


def folder_revision(folder: Path) -> str:
    """12 hex digits over name, size, first and last MiB of every file: weights are too large to be read each time."""
    digest = hashlib.sha256()
    for path in sorted(path for path in folder.iterdir() if path.is_file() and not path.name.startswith(".")):
        size = path.stat().st_size
        digest.update(f"{path.name}\0{size}\0".encode())
        with path.open("rb") as file:
            digest.update(file.read(_ENDS))
            file.seek(max(0, size - _ENDS))
            digest.update(file.read(_ENDS))
    return digest.hexdigest()[:12]
