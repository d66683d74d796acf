"""A .gz as its members: the real dump is about 2,000 of them, each compressed on its own, so it splits between them.

A file of one member cannot be split: the first range has all of it and the others nothing.
"""

from __future__ import annotations

from collections.abc import Iterator

from isal import isal_zlib

from pipeline.wikidata.dump.ranges import Damage, Piece, Range, Read, Text

CHUNK = 1 << 20
# Text that is given on at a time: it stays in a processor's cache on its way to the next step.
_MOST_TEXT = 1 << 19
_MEMBER = b"\x1f\x8b\x08\x00"
_HEADER_BYTES = 10
_PROBE_BYTES = 1 << 12
_JSON_TEXT = frozenset(b"\t\n\r" + bytes(range(0x20, 0x7F)))
_WBITS = 31


def gzip_text(read: Read, part: Range) -> Iterator[Piece]:
    """The text of the members that start in the range and of those after them.

    Where a member is damaged, reading goes on at the next one that can be recognised.
    """
    offset = 0 if part.start == 0 else _next_member(read, part.start, part.end)
    while offset is not None and offset < part.size:
        damage: Damage | None = None
        for piece in _members(read, part, offset):
            yield piece
            damage = piece if isinstance(piece, Damage) else None
        if damage is None or damage.cut_off:
            return
        offset = _next_member(read, damage.offset + 1, part.size)


def _members(read: Read, part: Range, offset: int) -> Iterator[Piece]:
    """Member after member from an offset on, until the file ends or one is damaged."""
    position, data = offset, b""
    while position < part.size or data:
        member = position - len(data)
        owned = member < part.end
        decompressor = isal_zlib.decompressobj(wbits=_WBITS)
        try:
            while not decompressor.eof:
                if not data:
                    data = read(position, CHUNK)
                    position += len(data)
                    if not data:
                        yield Damage(
                            part.size, f"the file ends in the member that starts at byte {member}", owned, cut_off=True
                        )
                        return
                start = position - len(data)
                text = decompressor.decompress(data, _MOST_TEXT)
                data = decompressor.unused_data if decompressor.eof else decompressor.unconsumed_tail
                if text:
                    yield Text(text, owned, start, position - len(data))
        except isal_zlib.error as error:  # type: ignore[misc]  # its stub declares the exception as a value
            where = "after the last member" if data and not data.startswith(_MEMBER) else "in a member"
            yield Damage(member, f"{where}: {error}", owned)
            return


def _next_member(read: Read, start: int, end: int) -> int | None:
    """Offset of the first member that starts in [start, end), proved by inflating a little of it to JSON text."""
    position = start
    while position < end:
        data = read(position, CHUNK + _HEADER_BYTES)
        found = data.find(_MEMBER)
        while 0 <= found < CHUNK:
            if position + found >= end:
                return None
            if _starts_text(read(position + found, _PROBE_BYTES)):
                return position + found
            found = data.find(_MEMBER, found + 1)
        position += CHUNK
    return None


def _starts_text(data: bytes) -> bool:
    if len(data) < _HEADER_BYTES or data[8] not in (0, 2, 4) or data[9] not in (3, 255):
        return False
    try:
        text = isal_zlib.decompressobj(wbits=_WBITS).decompress(data, 256)
    except isal_zlib.error:  # type: ignore[misc]  # as above
        return False
    return bool(text) and _JSON_TEXT.issuperset(text)
