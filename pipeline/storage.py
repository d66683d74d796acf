"""Object storage behind one interface: a local directory, or S3 (any server that speaks it).

Paths are relative, with forward slashes. Both kinds promise the same: a write is all or nothing, `create` never
replaces what is there, and every refusal is one `StorageError` that says what to do.
"""

from __future__ import annotations

import hashlib
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from io import BufferedIOBase
from pathlib import Path
from urllib.parse import urlparse

from pipeline.errors import StorageError

BLOCK_BYTES = 8 << 20


@dataclass(frozen=True)
class ObjectInfo:
    """An object: path relative to its storage, size in bytes, and a tag that changes when its bytes do."""

    path: str
    size: int
    etag: str


class Storage(ABC):
    """A place for objects. Instances are small, can be pickled, and may be used from several threads."""

    uri: str

    @abstractmethod
    def read(self, path: str, start: int = 0, length: int | None = None) -> bytes:
        """Bytes [start, start + length) of an object; fewer at its end, none past it. StorageError if there is none."""

    @abstractmethod
    def stat(self, path: str) -> ObjectInfo | None:
        """What is at `path`, or None."""

    @abstractmethod
    def write(self, path: str, data: bytes) -> None:
        """Store the object, replacing one of that name. Readers see the old bytes or the new, nothing between."""

    def write_from(self, path: str, file: BufferedIOBase) -> None:
        """As `write`, of all that a file holds; S3 takes it piece by piece, so that memory does not grow with it."""
        self.write(path, file.read())

    @abstractmethod
    def create(self, path: str, data: bytes) -> bool:
        """Store the object if there is none of that name; True when this call did, False when one was there."""

    @abstractmethod
    def list(self, prefix: str = "") -> Iterator[ObjectInfo]:
        """Objects whose path starts with `prefix` (a folder name ends with a slash), sorted by path."""

    @abstractmethod
    def folders(self, prefix: str = "") -> Iterator[str]:
        """Names of the folders directly below one (a folder name ends with a slash), sorted, without slashes."""

    @abstractmethod
    def delete(self, path: str) -> None:
        """Remove the object; nothing happens if there is none."""

    @abstractmethod
    def child(self, path: str) -> Storage:
        """The storage rooted at a folder of this one."""


def below(folder: Path, path: str) -> Path:
    """A place below a folder; where it is does not depend on what has been put there.

    Raises:
        StorageError: the path leads out of the folder, as a name that a stranger chose may.
    """
    if path.startswith("/") or ".." in path.split("/"):
        raise StorageError(f"{folder}: {path!r} lies outside of it; find out who wrote that name, nothing here does")
    return folder / path


def digest_of(storage: Storage, path: str, told: Callable[[int], None] = lambda _: None) -> str:
    """Hex SHA-256 of an object, of which 8 MiB are in memory at a time.

    Args:
        storage: has the object.
        path: of it.
        told: is called with the number of bytes of each block that was read.
    """
    digest, position = hashlib.sha256(), 0
    while True:
        block = storage.read(path, position, BLOCK_BYTES)
        digest.update(block)
        position += len(block)
        told(len(block))
        if len(block) < BLOCK_BYTES:
            return digest.hexdigest()


def open_storage(uri: str) -> Storage:
    """`s3://bucket/prefix`, `file:///directory`, a directory, or to read from, `https://host/folder`.

    Raises:
        StorageError: the scheme is not known, or the bucket has no name.
    """
    # Both kinds build on the interface above; whoever stays on a disk does not load boto3.
    from pipeline.storage_local import LocalStorage

    parsed = urlparse(uri)
    if parsed.scheme == "s3":
        if not parsed.netloc:
            raise StorageError(f"{uri}: names no bucket; write s3://bucket/prefix")
        from pipeline.storage_s3 import S3Storage

        return S3Storage(parsed.netloc, parsed.path.strip("/"))
    if parsed.scheme in ("http", "https"):
        from pipeline.storage_http import HttpStorage

        return HttpStorage(uri)
    if parsed.scheme in ("", "file"):
        return LocalStorage(Path(parsed.path if parsed.scheme else uri).absolute())
    raise StorageError(f"{uri}: unknown kind of storage {parsed.scheme!r}; use a directory or s3://bucket/prefix")


def open_object(uri: str) -> tuple[Storage, str]:
    """The storage and the path in it of one file, named by path or by s3:// or https:// address."""
    folder, _, name = uri.rpartition("/")
    if not name:
        raise StorageError(f"{uri}: names a folder, not a file")
    return open_storage(folder or ("/" if uri.startswith("/") else ".")), name
