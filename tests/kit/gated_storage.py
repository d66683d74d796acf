"""A storage that asks before every operation: the test may let it wait, refuse it, or kill the process there."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from pipeline.storage import Storage
from tests.kit.fused_storage import Fuse, FusedStorage

T = TypeVar("T")


class _Gate(Fuse):
    def __init__(self, passes: Callable[[str, str], None]) -> None:
        super().__init__()
        self.passes = passes

    def run(self, verb: str, path: str, operation: Callable[[], T]) -> T:
        self.passes(verb, path)
        return operation()


def gated(inner: Storage, passes: Callable[[str, str], None]) -> Storage:
    """`passes` is told of every operation (read, write, ...) and its path, below whichever child, before it happens."""
    return FusedStorage(inner, _Gate(passes))
