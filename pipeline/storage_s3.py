"""Storage in a bucket of S3, or of any server that speaks it, by boto3.

Endpoint, credentials and number of attempts come from the environment (`AWS_ENDPOINT_URL`, `AWS_ACCESS_KEY_ID`,
`AWS_MAX_ATTEMPTS`, ... as boto3 reads them), never from the config.
"""

from __future__ import annotations

import os
import random
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cached_property
from io import BufferedIOBase
from typing import Any

import boto3
from boto3.s3.transfer import TransferConfig
from botocore.config import Config as BotoConfig
from botocore.exceptions import BotoCoreError, ClientError

from pipeline.errors import StorageError
from pipeline.storage import ObjectInfo, Storage

MAX_ATTEMPTS = 8
CONNECT_TIMEOUT_S = 10.0
READ_TIMEOUT_S = 60.0

# Parts are sent one after another: whoever wants more sends several files at once.
_IN_PARTS = TransferConfig(multipart_threshold=16 << 20, multipart_chunksize=16 << 20, use_threads=False)

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
        # Legacy mode waits up to 1, 2, 4, ... 64 s, so a server may be away for a minute. Standard mode gives up on a
        # refused connection after 3 s, and its quota (500 tokens, 14 a retry) ends a burst that many threads meet.
        retries = {"mode": "legacy", "total_max_attempts": _attempts()}
        config = BotoConfig(
            retries=retries, connect_timeout=CONNECT_TIMEOUT_S, read_timeout=READ_TIMEOUT_S, max_pool_connections=32
        )
        try:
            return boto3.session.Session().client("s3", config=config)
        except ValueError as error:
            raise StorageError(f"{self.uri}: {error}; correct AWS_ENDPOINT_URL, such as https://host:port") from error

    def _key(self, path: str) -> str:
        return f"{self.prefix}/{path}" if self.prefix else path

    def read(self, path: str, start: int = 0, length: int | None = None) -> bytes:
        if length == 0:
            return b""
        ranged = {}
        if start or length is not None:
            ranged["Range"] = f"bytes={start}-{'' if length is None else start + length - 1}"
        attempt = 0
        with self._explained(path, "read"):
            while True:
                attempt += 1
                try:
                    answer = self._client.get_object(Bucket=self.bucket, Key=self._key(path), **ranged)
                except ClientError as error:
                    if _code(error) == "InvalidRange":
                        return b""
                    raise
                try:
                    return bytes(answer["Body"].read())
                except BotoCoreError:
                    # boto3's own retries end with the headers: an answer that breaks off later is asked for again here.
                    if attempt >= _attempts():
                        raise
                    time.sleep(random.random() * 2 ** (attempt - 1))

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

    def write_from(self, path: str, file: BufferedIOBase) -> None:
        with self._explained(path, "write"):
            self._client.upload_fileobj(file, self.bucket, self._key(path), Config=_IN_PARTS)

    def create(self, path: str, data: bytes) -> bool:
        creator = uuid.uuid4().hex
        attempt = 0
        with self._explained(path, "write"):
            while True:
                attempt += 1
                try:
                    self._client.put_object(
                        Bucket=self.bucket,
                        Key=self._key(path),
                        Body=data,
                        IfNoneMatch="*",
                        Metadata={"creator": creator},
                    )
                    return True
                except ClientError as error:
                    if _code(error) in {"PreconditionFailed", "412"}:
                        # A retry after a lost answer meets the object that its own first attempt made.
                        return self._creator(path) == creator
                    # A conflict says that another request for this key is under way, not how it ends.
                    if _code(error) != "ConditionalRequestConflict" or attempt >= _attempts():
                        raise
                    time.sleep(random.random())

    def _creator(self, path: str) -> str | None:
        head = self._client.head_object(Bucket=self.bucket, Key=self._key(path))
        found: str | None = head["Metadata"].get("creator")
        return found

    def list(self, prefix: str = "") -> Iterator[ObjectInfo]:
        skip = len(self._key(""))
        with self._explained(prefix, "list"):
            pages = self._client.get_paginator("list_objects_v2").paginate(Bucket=self.bucket, Prefix=self._key(prefix))
            found = [
                ObjectInfo(entry["Key"][skip:], entry["Size"], entry["ETag"].strip('"'))
                for page in pages
                for entry in page.get("Contents", ())
            ]
        # Not every server lists in order: some keep folders together, and S3's directory buckets promise none.
        yield from sorted(found, key=lambda info: info.path)

    def folders(self, prefix: str = "") -> Iterator[str]:
        key = self._key(prefix)
        with self._explained(prefix, "list"):
            pages = self._client.get_paginator("list_objects_v2").paginate(
                Bucket=self.bucket, Prefix=key, Delimiter="/"
            )
            found = [entry["Prefix"] for page in pages for entry in page.get("CommonPrefixes", ())]
        yield from sorted(prefix[len(key) :].rstrip("/") for prefix in found)

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


def _attempts() -> int:
    return int(os.environ.get("AWS_MAX_ATTEMPTS", MAX_ATTEMPTS))


def _code(error: ClientError) -> str:
    return str(error.response.get("Error", {}).get("Code", ""))
