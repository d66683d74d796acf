"""A storage that dies at a chosen operation, as a process does that is killed there, and records the others."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import TypeVar

from pipeline.storage import ObjectInfo, Storage

T = TypeVar("T")


class Killed(BaseException):
    """Not an Exception: no code under test may catch it and carry on."""


@dataclass
class Fuse:
    """Burns at operation number `burns_at` (the first is 1), before or after it took effect; None never burns.

    Once burnt, every further operation raises as well: a dead process releases no lease.
    """

    burns_at: int | None = None
    after: bool = False
    burnt: bool = False
    operations: list[tuple[str, str]] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def run(self, verb: str, path: str, operation: Callable[[], T]) -> T:
        with self._lock:
            if self.burnt:
                raise Killed
            self.operations.append((verb, path))
            burns = len(self.operations) == self.burns_at
            self.burnt = burns
        if burns and not self.after:
            raise Killed
        result = operation()
        if burns:
            raise Killed
        return result

    def paths(self, verb: str) -> list[str]:
        """What was read, written, ... in order."""
        return [path for done, path in self.operations if done == verb]


class FusedStorage(Storage):
    """Passes everything on to `inner`, through a fuse that it shares with its children."""

    def __init__(self, inner: Storage, fuse: Fuse) -> None:
        self.inner, self.fuse, self.uri = inner, fuse, inner.uri

    def read(self, path: str, start: int = 0, length: int | None = None) -> bytes:
        return self.fuse.run("read", path, lambda: self.inner.read(path, start, length))

    def stat(self, path: str) -> ObjectInfo | None:
        return self.fuse.run("stat", path, lambda: self.inner.stat(path))

    def write(self, path: str, data: bytes) -> None:
        self.fuse.run("write", path, lambda: self.inner.write(path, data))

    def create(self, path: str, data: bytes) -> bool:
        return self.fuse.run("create", path, lambda: self.inner.create(path, data))

    def list(self, prefix: str = "") -> Iterator[ObjectInfo]:
        return iter(self.fuse.run("list", prefix, lambda: [*self.inner.list(prefix)]))

    def folders(self, prefix: str = "") -> Iterator[str]:
        return iter(self.fuse.run("folders", prefix, lambda: [*self.inner.folders(prefix)]))

    def delete(self, path: str) -> None:
        self.fuse.run("delete", path, lambda: self.inner.delete(path))

    def child(self, path: str) -> FusedStorage:
        return FusedStorage(self.inner.child(path), self.fuse)


def bury_holders(output: Storage) -> None:
    """Change every lease below `output` so that its holder is a process of this host that is gone."""
    for info in output.list():
        if "/lease/" in info.path:
            holder = json.loads(output.read(info.path))
            host, pid, _, token = holder["owner"].split()
            holder["owner"] = f"{host} {pid} 1 {token}"
            output.write(info.path, json.dumps(holder).encode())
