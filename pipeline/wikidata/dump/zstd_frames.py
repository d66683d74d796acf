"""A .zst as its frames. Most tools write one, which cannot be split; `pzstd` and seekable files have many."""

from __future__ import annotations

from collections.abc import Iterator

import zstandard

from pipeline.wikidata.dump.ranges import Piece, Range, Read
from pipeline.wikidata.dump.units import Format, unit_text

# Frames of `zstd --long` need more than the library allows by itself.
_MOST_WINDOW = 1 << 31


class _Frame:
    def __init__(self) -> None:
        self._frame = zstandard.ZstdDecompressor(max_window_size=_MOST_WINDOW).decompressobj()

    @property
    def eof(self) -> bool:
        return self._frame.eof

    @property
    def needs_data(self) -> bool:
        return True

    def decode(self, data: bytes) -> tuple[bytes, bytes]:
        text = self._frame.decompress(data)
        return text, self._frame.unused_data if self._frame.eof else b""


# Text comes out in blocks of up to 128 kB: a probe must hold a whole one.
_FORMAT = Format(
    name="zstd frame",
    magic=b"\x28\xb5\x2f\xfd",
    decoder=_Frame,
    error=zstandard.ZstdError,
    chunk=1 << 18,
    probe=1 << 17,
    may_begin=lambda data: True,
)


def zstd_text(read: Read, part: Range) -> Iterator[Piece]:
    """See `unit_text`."""
    return unit_text(_FORMAT, read, part)
