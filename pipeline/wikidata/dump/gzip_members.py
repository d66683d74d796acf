"""A .gz as its members: the real dump is about 2,000 of them, each compressed on its own, so it splits between them."""

from __future__ import annotations

from collections.abc import Iterator

from isal import igzip_lib

from pipeline.wikidata.dump.ranges import Piece, Range, Read
from pipeline.wikidata.dump.units import Format, unit_text

# Text that is given on at a time: it stays in a processor's cache on its way to the next step.
_MOST_TEXT = 1 << 19
_HEADER_BYTES = 10


class _Member:
    """Keeps what it has not used yet: handing it back and forth would take a fifth of the time."""

    def __init__(self) -> None:
        self._member = igzip_lib.IgzipDecompressor(flag=igzip_lib.DECOMP_GZIP)

    @property
    def eof(self) -> bool:
        return self._member.eof

    @property
    def needs_data(self) -> bool:
        return self._member.needs_input

    def decode(self, data: bytes) -> tuple[bytes, bytes]:
        text = self._member.decompress(data, _MOST_TEXT)
        return text, self._member.unused_data if self._member.eof else b""


def _may_begin(data: bytes) -> bool:
    """XFL and OS as compressors write them."""
    return len(data) >= _HEADER_BYTES and data[8] in (0, 2, 4) and data[9] in (3, 255)


_FORMAT = Format(
    name="gzip member",
    magic=b"\x1f\x8b\x08\x00",
    decoder=_Member,
    error=igzip_lib.error,  # type: ignore[arg-type]  # its stub declares the exception as a value
    chunk=1 << 17,
    probe=1 << 12,
    may_begin=_may_begin,
)


def gzip_text(read: Read, part: Range) -> Iterator[Piece]:
    """See `unit_text`."""
    return unit_text(_FORMAT, read, part)
