"""A file of an export on its way: read a block at a time, wherever it lies, and hashed as it passes."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Callable

from pipeline.dataset.publish.contents import File
from pipeline.errors import InputError, VerificationError, at_setting
from pipeline.storage import BLOCK_BYTES, Storage


class SentFile(io.BufferedIOBase):
    """What clients take for an open file; it holds one block of 8 MiB at most.

    A client may seek back and send a part again: each byte is hashed and counted when it is read first.

    Args:
        storage: of the export.
        file: which.
        told: is called with the number of bytes that were read for the first time.

    Raises:
        VerificationError: while it is read, if the file became shorter.
    """

    def __init__(self, storage: Storage, file: File, told: Callable[[int], None] = lambda _: None) -> None:
        self._storage, self._file, self._told = storage, file, told
        self._position = 0
        self._start, self._block = 0, b""
        self._digest = hashlib.sha256()
        self.num_read = 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._position

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        base = {io.SEEK_SET: 0, io.SEEK_CUR: self._position, io.SEEK_END: self._file.size}[whence]
        self._position = max(0, base + offset)
        return self._position

    def read(self, size: int | None = -1) -> bytes:
        left = max(0, self._file.size - self._position)
        wanted = left if size is None or size < 0 else min(size, left)
        pieces = []
        while wanted:
            if not self._start <= self._position < self._start + len(self._block):
                self._load()
            first = self._position - self._start
            piece = self._block[first : first + wanted]
            pieces.append(piece)
            self._position += len(piece)
            wanted -= len(piece)
        if self._position >= self._file.size:
            self._start, self._block = 0, b""
        return pieces[0] if len(pieces) == 1 else b"".join(pieces)

    def check(self) -> None:
        """Compare what was read with the manifest, if all of it was.

        Raises:
            VerificationError: the file was changed after the export had been checked.
        """
        if self.num_read == self._file.size and self._digest.hexdigest() != self._file.sha256:
            raise self._changed()

    def _load(self) -> None:
        with at_setting("--from", InputError):
            block = self._storage.read(self._file.path, self._position, BLOCK_BYTES)
        if not block:
            raise self._changed()
        self._start, self._block = self._position, block
        fresh = self._start + len(block) - self.num_read
        if self._start <= self.num_read and fresh > 0:
            self._digest.update(block[len(block) - fresh :])
            self.num_read += fresh
            self._told(fresh)

    def _changed(self) -> VerificationError:
        return VerificationError(
            f"--from {self._storage.uri}/{self._file.path}: was changed while it was published; "
            "give the command that exported it again, then publish again"
        )
