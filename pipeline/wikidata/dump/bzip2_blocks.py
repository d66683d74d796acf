"""A .bz2 as its blocks of up to 900 kB of text, which start at any bit: each is decompressed on its own.

A block has a checksum of its own: so a damaged one is noticed, and the next is read all the same. What the decoder does
not take is given to the C library too before it is called damaged: it knows the randomised blocks of bzip2 before 1997.
Layout: https://en.wikipedia.org/wiki/Bzip2#File_format
"""

from __future__ import annotations

import bz2
from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

from pipeline.wikidata.dump.bzip2_decoder import Block, BlockDecoder
from pipeline.wikidata.dump.ranges import Damage, Piece, Range, Read, Text

CHUNK = 1 << 20
_BLOCK, _END = 0x314159265359, 0x177245385090
_MARK_BITS, _CHECKSUM_BITS = 48, 32
# A mark at any bit takes up to seven bytes.
_MARK_BYTES = 7
# A block of 900 kB that does not compress, and room to spare.
_LONGEST_BLOCK = 1_200_000
# Where the next mark is looked for at first: after a block there is one, and after a stream the header of the next.
_NEAR = 64
_HEADER = b"BZh9"

# Position of a mark in bits from the start of the file, and whether it ends a stream.
Mark = tuple[int, bool]


def bzip2_text(read: Read, part: Range) -> Iterator[Piece]:
    """The text of the blocks that start in the range and of those after them; a damaged block is left out and told."""
    window = _Window(read, part.start, part.size)
    decoder = BlockDecoder()
    mark = window.mark(8 * part.start)
    while mark is not None:
        bit, ends = mark
        start = bit // 8
        if ends:
            mark = window.mark(bit + _MARK_BITS + _CHECKSUM_BITS)
            continue
        owned = start < part.end
        block = window.block(decoder, bit)
        mark = window.mark(block.end if block else bit + _MARK_BITS)
        if block is None and mark is not None:
            block = window.block_between(bit, mark[0])
        if block is not None:
            yield Text(block.text, owned, start, block.end // 8)
        if mark is None:
            told = f"the file ends in the block that starts at byte {start}"
            yield Damage(part.size, told, owned, cut_off=True)
        elif block is None:
            yield Damage(start, "a bzip2 block is damaged", owned)
        elif mark[0] != block.end:
            yield Damage(block.end // 8, "no bzip2 block starts where the one before it ends", owned)


class _Window:
    """The part of the file that is still needed, from byte `base` on."""

    def __init__(self, read: Read, start: int, size: int) -> None:
        self._read, self._size = read, size
        self.base, self.data = start, b""

    def mark(self, bit: int) -> Mark | None:
        """The first mark at this bit or after it, None up to the end of the file; what lies before is let go."""
        at, step = bit // 8, _NEAR
        while True:
            # Not more than a block that turns out to be damaged may need.
            self._forget_before(at - _LONGEST_BLOCK)
            self._hold(at + step + _MARK_BYTES)
            data = self.data[at - self.base : at - self.base + step + _MARK_BYTES]
            found = [(8 * at + each, ends) for ends in (False, True) for each in _find(data, _END if ends else _BLOCK)]
            if following := [mark for mark in found if mark[0] >= bit]:
                return min(following)
            if len(data) < step + _MARK_BYTES:
                return None
            at, step = at + step, CHUNK

    def block(self, decoder: BlockDecoder, bit: int) -> Block | None:
        """The block at this bit, if it can be read."""
        self._forget_before(bit // 8)
        self._hold(bit // 8 + _LONGEST_BLOCK)
        block = decoder.decode(np.frombuffer(self.data, np.uint8), bit - 8 * self.base)
        return Block(block.text, block.end + 8 * self.base) if block else None

    def block_between(self, first: int, last: int) -> Block | None:
        """The block in these bits, if the C library can read it."""
        if last - first > 8 * _LONGEST_BLOCK:
            return None
        try:
            return Block(bz2.decompress(self._stream(first, last)), last)
        except (OSError, ValueError, EOFError):
            return None

    def _hold(self, stop: int) -> None:
        """Have the bytes of the file before this one, or all up to its end."""
        while (position := self.base + len(self.data)) < min(stop, self._size):
            if not (more := self._read(position, CHUNK)):
                return
            self.data += more

    def _forget_before(self, offset: int) -> None:
        if offset - self.base > CHUNK:
            self.data, self.base = self.data[offset - self.base :], offset

    def _stream(self, first: int, last: int) -> bytes:
        """A file of the one block in these bits: a header, and the mark of a stream's end with its checksum."""
        shift = first % 8
        start, stop = first // 8 - self.base, -(-last // 8) - self.base
        block: npt.NDArray[np.uint8] = np.frombuffer(self.data[start:stop] + b"\0", np.uint8)
        moved = ((block[:-1] << shift) | (block[1:] >> (8 - shift) if shift else 0)).astype(np.uint8).tobytes()
        whole, loose = divmod(last - first, 8)
        checksum = int.from_bytes(moved[6:10], "big")
        tail = (moved[whole] >> (8 - loose) if loose else 0) << 80 | _END << 32 | checksum
        padding = -(loose + 80) % 8
        return _HEADER + moved[:whole] + (tail << padding).to_bytes((loose + 80 + padding) // 8, "big")


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
