"""The processor of a model as the bytes of its files: what workers load, whatever disks and networks they see."""

from __future__ import annotations

import hashlib
import json
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from pipeline.dataset.tokens import TokenCounter
from pipeline.errors import ConfigError, UserError
from pipeline.fingerprint import fingerprint
from pipeline.storage import open_storage

SETTING = "assemble.processor"
_SUFFIXES = (".json", ".txt", ".jinja", ".model")
_WHOLE = ("patch_size", "vision_feature_select_strategy")


@dataclass(frozen=True)
class ProcessorFiles:
    """Files by name, and what tells these from others."""

    files: tuple[tuple[str, bytes], ...]
    digest: str

    def __hash__(self) -> int:
        return hash(self.digest)


def read_processor(name: str) -> ProcessorFiles:
    """The files of a processor, weights left out.

    Args:
        name: a folder, an s3:// address, or MODEL@COMMIT of the hub.

    Raises:
        ConfigError: there is no processor.
    """
    if not is_hub_id(name):
        return _read_folder(name)
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import HfHubHTTPError, HFValidationError, LocalEntryNotFoundError

    model, _, commit = name.partition("@")
    if not commit:
        raise ConfigError(
            f"{SETTING}: {name} may be another tomorrow; give its commit, {name}@COMMIT (a folder begins with / or ./)"
        )
    patterns = [f"*{suffix}" for suffix in _SUFFIXES]
    try:
        return _read_folder(snapshot_download(model, revision=commit, allow_patterns=patterns))
    except (HfHubHTTPError, HFValidationError, LocalEntryNotFoundError) as error:
        raise ConfigError(f"{SETTING}: {name} cannot be fetched: {' '.join(str(error).split())}") from error


def is_hub_id(name: str) -> bool:
    """Whether it names a model of the hub rather than a folder."""
    return "://" not in name and not name.startswith(("/", ".")) and name.count("/") == 1


def identity(name: str | None) -> str | None:
    """What stands for the processor in a fingerprint: a commit stays what it is, a folder is known by its bytes."""
    if name is None or is_hub_id(name):
        return name
    return read_processor(name).digest


@lru_cache(maxsize=1)
def counter_of(given: ProcessorFiles) -> TokenCounter:
    """What counts tokens with these files; the last one used stays loaded.

    Raises:
        ConfigError: they are not those of a LlavaNext, or too few.
    """
    return TokenCounter(load_processor(dict(given.files)))


def load_processor(files: Mapping[str, bytes]) -> Any:
    """The LlavaNextProcessor; what its own files leave out of the tower's shape is taken from the model's config."""
    from pipeline import torchvision_remedy

    torchvision_remedy.ensure()
    from transformers import LlavaNextProcessor

    with tempfile.TemporaryDirectory() as folder:
        for name, data in files.items():
            (Path(folder) / name).write_bytes(data)
        try:
            processor = LlavaNextProcessor.from_pretrained(folder, local_files_only=True)
        except (OSError, ValueError, TypeError, KeyError, AttributeError) as error:
            raise ConfigError(
                f"{SETTING}: holds no processor of a LlavaNext ({' '.join(str(error).split())[:300]})"
            ) from error
    if any(getattr(processor, name) is None for name in _WHOLE):
        config = json.loads(files.get("config.json", b"{}"))
        if "vision_config" not in config:
            raise ConfigError(
                f"{SETTING}: says no patch_size, and there is no config.json of the model to take it from"
            )
        # As Pangea's comes: the three values are left out together, and a CLIP tower has one token besides its patches.
        processor.patch_size = config["vision_config"]["patch_size"]
        processor.vision_feature_select_strategy = config.get("vision_feature_select_strategy", "default")
        processor.num_additional_image_tokens = 1
    return processor


def _read_folder(uri: str) -> ProcessorFiles:
    try:
        storage = open_storage(uri)
        names = [info.path for info in storage.list() if "/" not in info.path and info.path.endswith(_SUFFIXES)]
        files = tuple((name, storage.read(name)) for name in sorted(names))
    except UserError as error:
        raise ConfigError(f"{SETTING}: {uri} cannot be read: {error}") from error
    if not any(name in ("processor_config.json", "preprocessor_config.json") for name, _ in files):
        raise ConfigError(f"{SETTING}: {uri} holds no processor (no processor_config.json); name a model's folder")
    digests = {name: hashlib.sha256(data).hexdigest() for name, data in files}
    return ProcessorFiles(files, fingerprint(digests))
