"""Object storage behind one interface: a local directory, or S3 (any server that speaks it).

Paths are relative, with forward slashes. Both kinds promise the same: a write is all or nothing, `create` never
replaces what is there, and every refusal is one `StorageError` that says what to do. Endpoint and credentials of S3
come from the environment (`AWS_ENDPOINT_URL`, `AWS_ACCESS_KEY_ID`, ... as boto3 reads them), never from the config.
"""

from __future__ import annotations

import errno
import os
import uuid
from abc import ABC, abstractmethod
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any
from urllib.parse import urlparse

import boto3
from botocore.config import Config as BotoConfig
from botocore.exceptions import BotoCoreError, ClientError

from pipeline.errors import StorageError

_TEMPORARY = ".tmp-"


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
        """Bytes [start, start + length) of an object; fewer at its end. StorageError if there is none."""

    @abstractmethod
    def stat(self, path: str) -> ObjectInfo | None:
        """What is at `path`, or None."""

    @abstractmethod
    def write(self, path: str, data: bytes) -> None:
        """Store the object, replacing one of that name. Readers see the old bytes or the new, nothing between."""

    @abstractmethod
    def create(self, path: str, data: bytes) -> bool:
        """Store the object if there is none of that name; True when the stored object is now exactly `data`."""

    @abstractmethod
    def list(self, prefix: str = "") -> Iterator[ObjectInfo]:
        """Objects whose path starts with `prefix` (a folder name ends with a slash), sorted by path."""

    @abstractmethod
    def delete(self, path: str) -> None:
        """Remove the object; nothing happens if there is none."""

    @abstractmethod
    def child(self, path: str) -> Storage:
        """The storage rooted at a folder of this one."""


def open_storage(uri: str) -> Storage:
    """`s3://bucket/prefix`, `file:///directory`, or a directory.

    Raises:
        StorageError: the scheme is not known, or the bucket has no name.
    """
    parsed = urlparse(uri)
    if parsed.scheme == "s3":
        if not parsed.netloc:
            raise StorageError(f"{uri}: names no bucket; write s3://bucket/prefix")
        return S3Storage(parsed.netloc, parsed.path.strip("/"))
    if parsed.scheme in ("", "file"):
        return LocalStorage(Path(parsed.path if parsed.scheme else uri).absolute())
    raise StorageError(f"{uri}: unknown kind of storage {parsed.scheme!r}; use a directory or s3://bucket/prefix")


def open_object(uri: str) -> tuple[Storage, str]:
    """The storage and the path in it of one file, named by path or s3:// address."""
    folder, _, name = uri.rpartition("/")
    if not name:
        raise StorageError(f"{uri}: names a folder, not a file")
    return open_storage(folder or ("/" if uri.startswith("/") else ".")), name


class LocalStorage(Storage):
    """A directory. Objects are written beside their place and renamed or linked into it."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.uri = str(root)

    def read(self, path: str, start: int = 0, length: int | None = None) -> bytes:
        with self._explained(path, "read"), (self.root / path).open("rb") as file:
            file.seek(start)
            return file.read(-1 if length is None else length)

    def stat(self, path: str) -> ObjectInfo | None:
        with self._explained(path, "read"):
            try:
                found = (self.root / path).stat()
            except (FileNotFoundError, NotADirectoryError):
                return None
            return ObjectInfo(path, found.st_size, f"{found.st_size}-{found.st_mtime_ns}")

    def write(self, path: str, data: bytes) -> None:
        with self._explained(path, "write"), self._written(path, data) as temporary:
            temporary.rename(self.root / path)

    def create(self, path: str, data: bytes) -> bool:
        with self._explained(path, "write"), self._written(path, data) as temporary:
            try:
                os.link(temporary, self.root / path)
            except FileExistsError:
                return False
            return True

    def list(self, prefix: str = "") -> Iterator[ObjectInfo]:
        start = self.root / prefix.rpartition("/")[0]
        paths = []
        with self._explained(prefix, "list"):
            for folder, _, names in os.walk(start):
                relative = Path(folder).relative_to(self.root)
                paths += [(relative / name).as_posix() for name in names if not name.startswith(_TEMPORARY)]
        for path in sorted(paths):
            if path.startswith(prefix) and (info := self.stat(path)) is not None:
                yield info

    def delete(self, path: str) -> None:
        with self._explained(path, "delete"):
            (self.root / path).unlink(missing_ok=True)

    def child(self, path: str) -> LocalStorage:
        return LocalStorage(self.root / path)

    @contextmanager
    def _written(self, path: str, data: bytes) -> Iterator[Path]:
        folder = (self.root / path).parent
        folder.mkdir(parents=True, exist_ok=True)
        temporary = folder / f"{_TEMPORARY}{uuid.uuid4().hex}"
        try:
            with temporary.open("wb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            yield temporary
        finally:
            temporary.unlink(missing_ok=True)

    @contextmanager
    def _explained(self, path: str, verb: str) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            advice = {
                errno.ENOSPC: "the disk is full; free space and run again, committed work is kept",
                errno.EDQUOT: "the quota is used up; free space and run again, committed work is kept",
                errno.EACCES: "permission denied; choose another `output` or change the owner",
                errno.EPERM: "permission denied; choose another `output` or change the owner",
                errno.EROFS: "the file system is read-only; choose another `output`",
                errno.ENOENT: "there is no such file",
                errno.ENOTDIR: "a file stands where a folder is needed",
                errno.EISDIR: "a folder stands where a file is needed",
            }.get(error.errno or 0, error.strerror or str(error))
            raise StorageError(f"{self.root / path}: cannot {verb}: {advice}") from error


_MISSING = {"404", "NoSuchKey", "NotFound"}
_S3_ADVICE = {
    "NoSuchBucket": "the bucket does not exist; create it or correct `output`",
    "AccessDenied": "access denied; the credentials may not do this (is the bucket read-only for them?)",
    "403": "access denied; the credentials may not do this, or are wrong",
    "InvalidAccessKeyId": "the access key is unknown; check AWS_ACCESS_KEY_ID",
    "SignatureDoesNotMatch": "the secret key is wrong; check AWS_SECRET_ACCESS_KEY",
    "ExpiredToken": "the session token has expired; renew it and run again, committed work is kept",
    "SlowDown": "the server asks to slow down and did so for every retry; run again later, committed work is kept",
}


class S3Storage(Storage):
    """A prefix of a bucket."""

    def __init__(self, bucket: str, prefix: str) -> None:
        self.bucket = bucket
        self.prefix = prefix
        self.uri = f"s3://{bucket}/{prefix}".rstrip("/")

    def __getstate__(self) -> dict[str, Any]:
        return {"bucket": self.bucket, "prefix": self.prefix, "uri": self.uri}

    @cached_property
    def _client(self) -> Any:
        # Standard mode: exponential backoff with jitter on throttling, 5xx, time-outs and broken connections.
        retries = {"mode": "standard", "total_max_attempts": 8}
        return boto3.session.Session().client(
            "s3", config=BotoConfig(retries=retries, connect_timeout=10, read_timeout=60, max_pool_connections=32)
        )

    def _key(self, path: str) -> str:
        return f"{self.prefix}/{path}" if self.prefix else path

    def read(self, path: str, start: int = 0, length: int | None = None) -> bytes:
        if length == 0:
            return b""
        ranged = {}
        if start or length is not None:
            ranged["Range"] = f"bytes={start}-{'' if length is None else start + length - 1}"
        with self._explained(path, "read"):
            try:
                return bytes(self._client.get_object(Bucket=self.bucket, Key=self._key(path), **ranged)["Body"].read())
            except ClientError as error:
                if _code(error) == "InvalidRange":
                    return b""
                raise

    def stat(self, path: str) -> ObjectInfo | None:
        with self._explained(path, "read"):
            try:
                head = self._client.head_object(Bucket=self.bucket, Key=self._key(path))
            except ClientError as error:
                if _code(error) in _MISSING:
                    return None
                raise
            return ObjectInfo(path, head["ContentLength"], head["ETag"].strip('"'))

    def write(self, path: str, data: bytes) -> None:
        with self._explained(path, "write"):
            self._client.put_object(Bucket=self.bucket, Key=self._key(path), Body=data)

    def create(self, path: str, data: bytes) -> bool:
        with self._explained(path, "write"):
            try:
                self._client.put_object(Bucket=self.bucket, Key=self._key(path), Body=data, IfNoneMatch="*")
            except ClientError as error:
                if _code(error) not in {"PreconditionFailed", "412", "ConditionalRequestConflict"}:
                    raise
                # A retry after a lost answer meets the object that the first attempt made: that is ours.
                return self.stat(path) is not None and self.read(path) == data
            return True

    def list(self, prefix: str = "") -> Iterator[ObjectInfo]:
        skip = len(self._key(""))
        with self._explained(prefix, "list"):
            pages = self._client.get_paginator("list_objects_v2").paginate(
                Bucket=self.bucket, Prefix=self._key(prefix)
            )
            for page in pages:
                for entry in page.get("Contents", ()):
                    yield ObjectInfo(entry["Key"][skip:], entry["Size"], entry["ETag"].strip('"'))

    def delete(self, path: str) -> None:
        with self._explained(path, "delete"):
            self._client.delete_object(Bucket=self.bucket, Key=self._key(path))

    def child(self, path: str) -> S3Storage:
        return S3Storage(self.bucket, self._key(path).strip("/"))

    @contextmanager
    def _explained(self, path: str, verb: str) -> Iterator[None]:
        try:
            yield
        except ClientError as error:
            if _code(error) in _MISSING:
                advice = "there is no such object"
            else:
                advice = _S3_ADVICE.get(_code(error), " ".join(str(error).split()))
            raise StorageError(f"{self.uri}/{path}: cannot {verb}: {advice}") from error
        except BotoCoreError as error:
            advice = " ".join(str(error).split())
            raise StorageError(
                f"{self.uri}/{path}: cannot {verb}: {advice} (check AWS_ENDPOINT_URL, credentials and the network)"
            ) from error


def _code(error: ClientError) -> str:
    return str(error.response.get("Error", {}).get("Code", ""))
