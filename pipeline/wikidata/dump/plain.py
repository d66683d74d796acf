"""Text that is not compressed: its units are its bytes."""

from __future__ import annotations

from collections.abc import Iterator

from pipeline.wikidata.dump.ranges import Piece, Range, Read, Text

CHUNK = 1 << 18


def plain_text(read: Read, part: Range) -> Iterator[Piece]:
    """The bytes from the start of the range, in chunks that lie on one side of its end."""
    position = part.start
    while position < part.size:
        limit = part.end if position < part.end else part.size
        data = read(position, min(CHUNK, limit - position))
        if not data:
            return
        yield Text(data, position < part.end, position, position + len(data))
        position += len(data)
