"""A model folder in object storage: known by its listing, fetched once for all workers of a machine."""

from __future__ import annotations

import fcntl
import hashlib
import shutil
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

from pipeline.errors import ConfigError, StorageError, UserError
from pipeline.storage import ObjectInfo, Storage, open_storage

_BLOCK = 16 << 20
# One connection to S3 gives some 80 MB/s.
_CONNECTIONS = 8
_TELL_EVERY_S = 10.0
_TOLD_BYTES = 1 << 30


def is_stored(model: str) -> bool:
    """Whether a model is named by an address in object storage."""
    return model.startswith("s3://")


def listing(uri: str) -> list[ObjectInfo]:
    """The model's files, sorted: those directly below the prefix, without hidden ones.

    Raises:
        ConfigError: there is no model.
        StorageError: the bucket cannot be listed.
    """
    found = [info for info in open_storage(uri).list() if "/" not in info.path and not info.path.startswith(".")]
    if not found:
        raise ConfigError(f"generation.model: {uri} holds no files; name the prefix of a Hugging Face folder")
    if not any(info.path == "config.json" for info in found):
        raise ConfigError(f"generation.model: {uri} holds no config.json; name the prefix of a Hugging Face folder")
    return found


def listing_revision(files: list[ObjectInfo]) -> str:
    """12 hex digits over name, size and ETag of every file: changed weights are another revision, unread."""
    digest = hashlib.sha256()
    for info in files:
        digest.update(f"{info.path}\0{info.size}\0{info.etag}\0".encode())
    return digest.hexdigest()[:12]


def fetch(uri: str, cache_folder: Path) -> Path:
    """The model as a local folder: fetched at the first call of any process of this machine, found by all others.

    A process that comes second waits for the first. Files that a stopped one had completed are kept.

    Raises:
        ConfigError: there is no model.
        UserError: the cache cannot be written, has no room, or the model changed while it was fetched.
    """
    files = listing(uri)
    revision = listing_revision(files)
    name = f"{uri.rstrip('/').rpartition('/')[2]}-{revision}"
    folder = cache_folder / name
    if folder.is_dir():
        return folder
    with _only_one(cache_folder, name):
        if folder.is_dir():
            return folder
        partial = cache_folder / f".fetching-{name}"
        try:
            partial.mkdir(exist_ok=True)
            _fetch_files(open_storage(uri), files, partial, name)
        except OSError as error:
            raise UserError(f"{partial}: {error.strerror or error}; make room, or set generation.cache") from error
        if listing_revision(listing(uri)) != revision:
            shutil.rmtree(partial)
            raise UserError(f"generation.model: {uri} changed while it was fetched; run again once it is at rest")
        partial.rename(folder)
    return folder


@contextmanager
def _only_one(cache_folder: Path, name: str) -> Iterator[None]:
    """Held by one process of this machine at a time; a process that ends, however it does, lets go."""
    try:
        cache_folder.mkdir(parents=True, exist_ok=True)
        file = (cache_folder / f".{name}.lock").open("w")
    except OSError as error:
        raise UserError(f"{cache_folder}: cannot be written ({error.strerror}); set generation.cache") from error
    with file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _fetch_files(storage: Storage, files: list[ObjectInfo], folder: Path, name: str) -> None:
    """All files that are not there yet, each under its name only once it is whole."""
    missing = [info for info in files if not (folder / info.path).exists()]
    num_bytes = sum(info.size for info in missing)
    free = shutil.disk_usage(folder).free
    if num_bytes > free:
        raise UserError(
            f"{folder.parent}: {name} needs {num_bytes / 1e9:.1f} GB and {free / 1e9:.1f} GB are free; make room, or "
            "set generation.cache to a folder on a larger disk"
        )
    told = _Told(name, num_bytes)
    with ThreadPoolExecutor(_CONNECTIONS) as pool:
        for info in missing:
            part = folder / f".{info.path}.part"
            with part.open("wb") as file:
                for block in _blocks(storage, info, pool):
                    file.write(block)
                    told.add(len(block))
            if part.stat().st_size != info.size:
                raise StorageError(
                    f"{storage.uri}/{info.path}: {part.stat().st_size} bytes came where the listing says {info.size}; "
                    "it may have changed meanwhile: run again"
                )
            part.rename(folder / info.path)
    told.end()


def _blocks(storage: Storage, info: ObjectInfo, pool: ThreadPoolExecutor) -> Iterator[bytes]:
    """A file from its start, read in rounds: no more blocks are in memory than there are connections."""
    starts = range(0, info.size, _BLOCK)
    for first in range(0, len(starts), _CONNECTIONS):
        round_of = starts[first : first + _CONNECTIONS]
        yield from pool.map(lambda start: storage.read(info.path, start, _BLOCK), round_of)


class _Told:
    """Says on standard error how far the fetching of a large model is."""

    def __init__(self, name: str, num_bytes: int) -> None:
        self._name, self._total, self._done = name, num_bytes, 0
        self._large = num_bytes >= _TOLD_BYTES
        self._shown = time.monotonic()

    def add(self, num_bytes: int) -> None:
        self._done += num_bytes
        if self._large and time.monotonic() - self._shown >= _TELL_EVERY_S:
            self._shown = time.monotonic()
            self._write("")

    def end(self) -> None:
        if self._large:
            self._write(", done")

    def _write(self, what: str) -> None:
        sys.stderr.write(f"{self._name}: fetched {self._done / 1e9:.1f} of {self._total / 1e9:.1f} GB{what}\n")
