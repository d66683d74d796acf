"""Where a finished import lies: its directory has the fingerprint in its name, a file above it says which it is."""

from __future__ import annotations

import json

from pipeline.commit import describe, load_manifest
from pipeline.errors import InputError
from pipeline.stage import StageOutput
from pipeline.storage import Storage, open_storage

_FILE, _KEY = "import.json", "import"


def point_at(target: Storage, directory: Storage) -> None:
    """Say that the import below `target` is finished, in this directory."""
    target.write(_FILE, describe({_KEY: directory.uri}))


def open_import(uri: str) -> StageOutput:
    """The finished import below a folder or prefix.

    Raises:
        InputError: there is none.
        StorageError: storage refuses.
    """
    target = open_storage(uri)
    if target.stat(_FILE) is None:
        raise InputError(f"{uri}: holds no finished import (no {_FILE}); `culturalground import --to {uri}` makes one")
    directory = open_storage(json.loads(target.read(_FILE))[_KEY])
    manifest = load_manifest(directory)
    if manifest is None:
        raise InputError(f"{uri}: the import that its {_FILE} names, {directory.uri}, is gone; import again")
    return StageOutput(directory, manifest)
