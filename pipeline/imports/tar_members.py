"""The members of an uncompressed tar, by their headers alone: afterwards each is one ranged read."""

from __future__ import annotations

import io
import tarfile
from collections.abc import Iterator

from pipeline.errors import InputError
from pipeline.storage import Storage
from pipeline.storage_local import LocalStorage
from pipeline.tables import ObjectFile

# Read at once: on a disk a header, elsewhere what a request is worth, with the pictures in between.
_LOCAL_BYTES, _REMOTE_BYTES = 8 << 10, 4 << 20


def members(storage: Storage, path: str, size: int) -> Iterator[tuple[str, int, int]]:
    """Name, first byte and size of every file in the archive, in its order.

    Raises:
        InputError: it is no uncompressed tar, or ends in the middle.
    """
    name = f"{storage.uri}/{path}"
    at_once = _LOCAL_BYTES if isinstance(storage, LocalStorage) else _REMOTE_BYTES
    file = io.BufferedReader(ObjectFile(storage, path, size), at_once)
    try:
        with tarfile.open(fileobj=file, mode="r:") as archive:
            for member in archive:
                # It keeps all that it has seen, and an archive may hold millions.
                archive.members = []  # type: ignore[attr-defined]
                if member.isreg():
                    yield member.name.removeprefix("./"), member.offset_data, member.size
    except tarfile.TarError as error:
        raise InputError(
            f"--pictures {name}: cannot be read as an uncompressed tar ({error}); unpack a compressed one (gunzip), "
            "fetch a damaged one again"
        ) from error
