"""What an export consists of: the files that its manifest names, and whether they are what it says."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import orjson

from pipeline.commit import MANIFEST
from pipeline.errors import InputError, UserError, VerificationError, at_setting
from pipeline.progress import ByteProgress
from pipeline.storage import Storage, digest_of

READ_AT_ONCE = 4


@dataclass(frozen=True)
class File:
    """A file of an export: path below the folder, bytes, hex SHA-256 of the bytes."""

    path: str
    size: int
    sha256: str


@dataclass(frozen=True)
class Contents:
    """All files of an export but its manifest, by path, and the bytes of the manifest."""

    files: tuple[File, ...]
    manifest: bytes

    @property
    def manifest_file(self) -> File:
        return File(MANIFEST, len(self.manifest), hashlib.sha256(self.manifest).hexdigest())

    @property
    def paths(self) -> frozenset[str]:
        return frozenset(file.path for file in self.files)


def parse(manifest: bytes) -> Contents:
    """What a manifest of an export names.

    Raises:
        ValueError: it is no such manifest, or names a file outside its folder.
    """
    try:
        raw = orjson.loads(manifest)
        entries = [*(entry for shard in raw["shards"] for entry in shard["files"]), *raw["documents"]]
        files = tuple(File(str(entry["path"]), int(entry["size"]), str(entry["sha256"])) for entry in entries)
    except (KeyError, TypeError, ValueError) as error:
        raise ValueError(f"it is no manifest of an export ({type(error).__name__}: {error})") from error
    for file in files:
        if file.path.startswith("/") or {"", ".", ".."} & set(file.path.split("/")) or file.path == MANIFEST:
            raise ValueError(f"it names {file.path!r}, which is no path of a file in its folder")
    return Contents(tuple(sorted(files, key=lambda file: file.path)), manifest)


def load(source: Storage) -> Contents:
    """The manifest of a finished export.

    Raises:
        UserError: the folder has none, or one of something else.
    """
    with at_setting("--from", InputError):
        if source.stat(MANIFEST) is None:
            raise UserError(
                f"--from {source.uri}: has no {MANIFEST}, so it is no finished export; "
                "give the command that exported it again, or name another folder"
            )
        manifest = source.read(MANIFEST)
    try:
        return parse(manifest)
    except ValueError as error:
        raise UserError(
            f"--from {source.uri}: {MANIFEST} does not fit: {error}; name the folder of an export"
        ) from error


def check(source: Storage, contents: Contents) -> None:
    """Read every file and compare it with the manifest.

    Raises:
        VerificationError: a file is missing or differs; the first one is named.
    """
    progress = ByteProgress("check", sum(file.size for file in contents.files))
    with at_setting("--from", InputError), ThreadPoolExecutor(READ_AT_ONCE) as pool:
        for problem in pool.map(lambda file: problem_of(source, file, progress.add), contents.files):
            if problem is not None:
                pool.shutdown(wait=False, cancel_futures=True)
                progress.finish("stopped")
                raise VerificationError(
                    f"--from {source.uri}/{problem}; give the command that exported it again, which mends the folder"
                )
    progress.finish("done")


def problem_of(storage: Storage, file: File, told: Callable[[int], None] = lambda _: None) -> str | None:
    """What is wrong with a file, by its name; None if it has the bytes of the manifest.

    Args:
        storage: where it lies.
        file: what it should be.
        told: is called with the number of bytes of each block that was read.
    """
    info = storage.stat(file.path)
    if info is None:
        return f"{file.path}: is missing, {MANIFEST} names it"
    if info.size != file.size:
        return f"{file.path}: has {info.size:,} bytes, {MANIFEST} says {file.size:,}"
    if digest_of(storage, file.path, told) != file.sha256:
        return f"{file.path}: its bytes are not those that {MANIFEST} names"
    return None
