"""A .bz2 as its blocks of up to 900 kB of text, which start at any bit: each is decompressed on its own.

A block is made a file of its own by a header before it and, after it, the mark of a stream's end with the block's own
checksum, which for one block is the stream's: so a damaged block is noticed and the next is read all the same.
Layout: https://en.wikipedia.org/wiki/Bzip2#File_format
"""

from __future__ import annotations

import bz2
from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

from pipeline.wikidata.dump.ranges import Damage, Piece, Range, Read, Text

CHUNK = 1 << 20
_BLOCK, _END = 0x314159265359, 0x177245385090
_MARK_BITS = 48
# A block of 900 kB that does not compress, and room to spare.
_LONGEST_BLOCK = 1_200_000
_HEADER = b"BZh9"

# Position of a mark in bits from the start of the file, and whether it ends a stream.
Mark = tuple[int, bool]


def bzip2_text(read: Read, part: Range) -> Iterator[Piece]:
    """The text of the blocks that start in the range and of those after them; a damaged block is left out and told."""
    window = _Window(read, part.start, part.size)
    marks = _marks(window)
    here = next(marks, None)
    last = here
    while here is not None:
        bit, ends = here
        if ends:
            window.forget_before(bit // 8)
            here = next(marks, None)
            last = here or last
            continue
        following = next(marks, None)
        if following is None:
            break
        text = _decompressed(window.bits(bit, following[0]))
        if text is None:
            # Compressed data may hold a mark's 48 bits by chance: the block goes on to the next one then.
            after = next(marks, None)
            if after is not None and after[0] - bit < 8 * _LONGEST_BLOCK:
                text = _decompressed(window.bits(bit, after[0]))
            if text is None:
                yield Damage(bit // 8, "a bzip2 block is damaged", bit // 8 < part.end)
                marks = _chained(after, marks)
            else:
                following = after or following
        if text is not None:
            yield Text(text, bit // 8 < part.end, bit // 8, following[0] // 8)
        window.forget_before(bit // 8)
        here = last = following
    if last is not None and not last[1]:
        start = last[0] // 8
        told = f"the file ends in the block that starts at byte {start}"
        yield Damage(part.size, told, start < part.end, cut_off=True)


def _chained(first: Mark | None, rest: Iterator[Mark]) -> Iterator[Mark]:
    if first is not None:
        yield first
    yield from rest


class _Window:
    """The part of the file that is still needed, from byte `base` on."""

    def __init__(self, read: Read, start: int, size: int) -> None:
        self._read, self._size = read, size
        self.base, self.data = start, b""

    def grow(self) -> bool:
        """Read on; False at the end of the file."""
        position = self.base + len(self.data)
        more = self._read(position, CHUNK) if position < self._size else b""
        self.data += more
        return bool(more)

    def forget_before(self, offset: int) -> None:
        if offset - self.base > CHUNK:
            self.data, self.base = self.data[offset - self.base :], offset

    def bits(self, first: int, last: int) -> bytes:
        """A stream of the one block that lies in these bits, whatever their place in a byte."""
        shift = first % 8
        start, stop = first // 8 - self.base, -(-last // 8) - self.base
        block: npt.NDArray[np.uint8] = np.frombuffer(self.data[start:stop] + b"\0", np.uint8)
        moved = ((block[:-1] << shift) | (block[1:] >> (8 - shift) if shift else 0)).astype(np.uint8).tobytes()
        whole, loose = divmod(last - first, 8)
        checksum = int.from_bytes(moved[6:10], "big")
        tail = (moved[whole] >> (8 - loose) if loose else 0) << 80 | _END << 32 | checksum
        padding = -(loose + 80) % 8
        return _HEADER + moved[:whole] + (tail << padding).to_bytes((loose + 80 + padding) // 8, "big")


def _marks(window: _Window) -> Iterator[Mark]:
    """Marks of blocks and of ends of streams, in order."""
    seen = window.base
    while window.grow():
        skipped = seen - window.base
        found = [(seen * 8 + bit, False) for bit in _find(window.data[skipped:], _BLOCK)]
        found += [(seen * 8 + bit, True) for bit in _find(window.data[skipped:], _END)]
        # A mark takes up to seven bytes: one that begins in the last six may not be whole yet.
        end = window.base + len(window.data) - 6
        yield from sorted(mark for mark in found if mark[0] // 8 < end)
        seen = max(seen, end)
    left = window.data[seen - window.base :] + b"\0"
    found = [(seen * 8 + bit, False) for bit in _find(left, _BLOCK)]
    yield from sorted(found + [(seen * 8 + bit, True) for bit in _find(left, _END)])


def _find(data: bytes, mark: int) -> list[int]:
    """Bits at which the mark stands."""
    found = []
    for shift in range(8):
        # Five bytes of it are whole at any shift; the bits around them are compared where those are found.
        inner = (mark >> shift & (1 << 40) - 1).to_bytes(5, "big")
        at = data.find(inner, 1)
        while at >= 0:
            around = int.from_bytes(data[at - 1 : at + 6].ljust(7, b"\0"), "big")
            if around >> (8 - shift) & (1 << _MARK_BITS) - 1 == mark:
                found.append(8 * (at - 1) + shift)
            at = data.find(inner, at + 1)
    return found


def _decompressed(stream: bytes) -> bytes | None:
    try:
        return bz2.decompress(stream)
    except (OSError, ValueError, EOFError):
        return None
