"""Files on the web, by ranged requests: to read a dump from where it is published, without a copy."""

from __future__ import annotations

import time
from collections.abc import Iterator

import httpx

from pipeline.errors import StorageError
from pipeline.storage import ObjectInfo, Storage

_TIMEOUT = httpx.Timeout(60.0, connect=15.0)
_ATTEMPTS = 8
_LONGEST_WAIT_S = 60.0
_USER_AGENT = "culturalground (dump reader)"


class HttpStorage(Storage):
    """A folder of a web server: its files can be read, nothing can be listed or written."""

    def __init__(self, uri: str) -> None:
        self.uri = uri.rstrip("/")

    def read(self, path: str, start: int = 0, length: int | None = None) -> bytes:
        if length == 0:
            return b""
        end = "" if length is None else start + length - 1
        reply = self._request("GET", path, {"Range": f"bytes={start}-{end}"})
        if reply.status_code == httpx.codes.REQUESTED_RANGE_NOT_SATISFIABLE:
            return b""
        if reply.status_code != httpx.codes.PARTIAL_CONTENT:
            raise StorageError(
                f"{self.uri}/{path}: the server answered {reply.status_code} to a request for a part of the file, "
                "so it cannot be read piece by piece; download it, or use a mirror that serves ranges"
            )
        return reply.content

    def stat(self, path: str) -> ObjectInfo | None:
        reply = self._request("HEAD", path, {})
        if reply.status_code == httpx.codes.NOT_FOUND:
            return None
        if reply.status_code != httpx.codes.OK or "content-length" not in reply.headers:
            raise StorageError(f"{self.uri}/{path}: the server answered {reply.status_code} and told no size")
        headers = reply.headers
        tag = headers.get("etag") or headers.get("last-modified") or ""
        return ObjectInfo(path, int(headers["content-length"]), tag)

    def _request(self, method: str, path: str, headers: dict[str, str]) -> httpx.Response:
        # Encodings would compress the compressed, and make ranges and sizes mean something else.
        sent = {"User-Agent": _USER_AGENT, "Accept-Encoding": "identity", **headers}
        problem = ""
        for attempt in range(_ATTEMPTS):
            if attempt:
                time.sleep(min(_LONGEST_WAIT_S, 2.0 ** (attempt - 1)))
            try:
                reply = httpx.request(
                    method, f"{self.uri}/{path}", headers=sent, timeout=_TIMEOUT, follow_redirects=True
                )
            except httpx.TransportError as error:
                problem = f"{type(error).__name__}: {error}"
                continue
            if reply.status_code != httpx.codes.TOO_MANY_REQUESTS and reply.status_code < 500:
                return reply
            problem = f"the server answered {reply.status_code}"
        raise StorageError(f"{self.uri}/{path}: {problem}, {_ATTEMPTS} times; try again later")

    def write(self, path: str, data: bytes) -> None:
        raise self._read_only(path)

    def create(self, path: str, data: bytes) -> bool:
        raise self._read_only(path)

    def delete(self, path: str) -> None:
        raise self._read_only(path)

    def list(self, prefix: str = "") -> Iterator[ObjectInfo]:
        raise self._read_only(prefix)

    def folders(self, prefix: str = "") -> Iterator[str]:
        raise self._read_only(prefix)

    def child(self, path: str) -> HttpStorage:
        return HttpStorage(f"{self.uri}/{path}")

    def _read_only(self, path: str) -> StorageError:
        return StorageError(
            f"{self.uri}/{path}: a web server is only read from, file by file; use a directory or s3://"
        )
