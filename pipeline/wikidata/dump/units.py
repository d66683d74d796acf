"""Files that are units one after another, each compressed on its own: gzip members, zstd frames.

A file of one unit cannot be split: the first range has all of it and the others nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Protocol

from pipeline.wikidata.dump.ranges import Damage, Piece, Range, Read, Text

_JSON_TEXT = frozenset(b"\t\n\r" + bytes(range(0x20, 0x7F)))
_PROBED_TEXT = 256


class Decoder(Protocol):
    """Decompresses one unit."""

    @property
    def eof(self) -> bool:
        """Whether the unit has ended."""
        ...

    @property
    def needs_data(self) -> bool:
        """Whether it can give no more text of the data that it has."""
        ...

    def decode(self, data: bytes) -> tuple[bytes, bytes]:
        """The next text and, at the end of the unit, what lies behind it; until then the decoder keeps what is left."""
        ...


@dataclass(frozen=True)
class Format:
    """A kind of unit.

    Attributes:
        name: what a unit is called.
        magic: the bytes that each begins with.
        decoder: makes a decoder for one.
        error: what decoders raise.
        chunk: bytes that are read at a time.
        probe: bytes from which a decoder gives some text, whatever the unit.
        may_begin: whether what follows the magic can be a header.
    """

    name: str
    magic: bytes
    decoder: Callable[[], Decoder]
    error: type[Exception]
    chunk: int
    probe: int
    may_begin: Callable[[bytes], bool]


def unit_text(kind: Format, read: Read, part: Range) -> Iterator[Piece]:
    """The text of the units that start in the range and of those after them.

    Where a unit is damaged, reading goes on at the next one that can be recognised.
    """
    offset = 0 if part.start == 0 else _next_unit(kind, read, part.start, part.end)
    while offset is not None and offset < part.size:
        damage: Damage | None = None
        for piece in _units(kind, read, part, offset):
            yield piece
            damage = piece if isinstance(piece, Damage) else None
        if damage is None or damage.cut_off:
            return
        offset = _next_unit(kind, read, damage.offset + 1, part.size)


def _units(kind: Format, read: Read, part: Range, offset: int) -> Iterator[Piece]:
    """Unit after unit from an offset on, until the file ends or one is damaged."""
    position, data = offset, b""
    while position < part.size or data:
        unit = position - len(data)
        owned = unit < part.end
        decoder = kind.decoder()
        start = unit
        try:
            while not decoder.eof:
                if not data and decoder.needs_data:
                    data = read(position, kind.chunk)
                    position += len(data)
                    if not data:
                        told = f"the file ends in the {kind.name} that starts at byte {unit}"
                        yield Damage(part.size, told, owned, cut_off=True)
                        return
                text, data = decoder.decode(data)
                if text:
                    yield Text(text, owned, start, position - len(data))
                    start = position - len(data)
        except kind.error as error:
            yield Damage(unit, f"no {kind.name}, or a damaged one: {error}", owned)
            return


def _next_unit(kind: Format, read: Read, start: int, end: int) -> int | None:
    """Offset of the first unit that starts in [start, end), proved by decoding its beginning to JSON text."""
    position = start
    while position < end:
        data = read(position, kind.chunk + len(kind.magic))
        found = data.find(kind.magic)
        while 0 <= found < kind.chunk:
            if position + found >= end:
                return None
            if _starts_text(kind, read(position + found, kind.probe)):
                return position + found
            found = data.find(kind.magic, found + 1)
        position += kind.chunk
    return None


def _starts_text(kind: Format, data: bytes) -> bool:
    if not kind.may_begin(data):
        return False
    try:
        text, _ = kind.decoder().decode(data)
    except kind.error:
        return False
    return bool(text) and _JSON_TEXT.issuperset(text[:_PROBED_TEXT])
