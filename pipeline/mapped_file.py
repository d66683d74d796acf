"""Files mapped into memory: from a directory as they lie there, from S3 out of a folder that a machine's workers share.

The folder lies where temporary files go (`TMPDIR`). A file in it is named by its hash, is written whole, and is
deleted when newer ones need the room, which does no harm to who has it mapped.
"""

from __future__ import annotations

import hashlib
import os
import tempfile
from contextlib import suppress
from pathlib import Path

import pyarrow as pa

from pipeline.errors import VerificationError
from pipeline.storage import Storage
from pipeline.storage_local import LocalStorage
from pipeline.tables import FileRecord

# What all copies on a machine may take: the labels of the whole dump several times over.
MOST_COPIED_BYTES = 16_000_000_000


def copies_folder() -> Path:
    """Where this machine's copies are, one folder for each user."""
    return Path(tempfile.gettempdir()) / f"culturalground-{os.getuid()}"


def open_mapped(storage: Storage, file: FileRecord) -> pa.NativeFile:
    """The file, to be read without copying; one that lies elsewhere is fetched once for all processes of a machine.

    Processes that want a file at the same moment may each fetch it.

    Raises:
        OSError: a file of a directory is not there.
        StorageError: there is no such object, or no room for its copy.
        VerificationError: the bytes fetched are not those of the record.
    """
    if isinstance(storage, LocalStorage):
        return pa.memory_map(str(storage.root / file.path))
    folder = copies_folder()
    path = folder / file.sha256
    with suppress(FileNotFoundError):
        os.utime(path)
        return pa.memory_map(str(path))
    data = storage.read(file.path)
    if hashlib.sha256(data).hexdigest() != file.sha256:
        raise VerificationError(f"{storage.uri}/{file.path}: its bytes do not match their record")
    _make_room(folder, len(data))
    LocalStorage(folder).write(path.name, data)
    # Not mapped from the folder: another process may be making room there.
    return pa.BufferReader(data)


def _make_room(folder: Path, num_bytes: int) -> None:
    """Delete what was used longest ago until so many bytes more are within the limit."""
    found = []
    with suppress(FileNotFoundError):
        for path in folder.iterdir():
            with suppress(FileNotFoundError):
                about = path.stat()
                found.append((about.st_mtime_ns, about.st_size, path))
    excess = sum(size for _, size, _ in found) + num_bytes - MOST_COPIED_BYTES
    for _, size, path in sorted(found):
        if excess <= 0:
            return
        path.unlink(missing_ok=True)
        excess -= size
