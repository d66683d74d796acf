"""Tar archives whose bytes depend on names and contents alone: no time, no owner."""

from __future__ import annotations

import io
import tarfile

# A header block, and what fills the last block of the content.
_BLOCK = 512


class Tar:
    """An archive in memory, in the POSIX format of 1988 (ustar), which every reader knows."""

    def __init__(self) -> None:
        self._buffer = io.BytesIO()
        self._archive = tarfile.open(fileobj=self._buffer, mode="w", format=tarfile.USTAR_FORMAT)  # noqa: SIM115
        self.size = 0

    def add(self, name: str, data: bytes) -> None:
        """Append a file."""
        # Its other fields stand at 0 and mode 644.
        info = tarfile.TarInfo(name)
        info.size = len(data)
        self._archive.addfile(info, io.BytesIO(data))
        self.size += member_size(len(data))

    def finish(self) -> bytes:
        """The bytes of the archive, to which nothing can be added any more."""
        self._archive.close()
        return self._buffer.getvalue()


def member_size(num_bytes: int) -> int:
    """What a file of so many bytes takes in an archive."""
    return _BLOCK + -(-num_bytes // _BLOCK) * _BLOCK
