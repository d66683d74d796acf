"""A .zst as its frames. Most tools write one, which cannot be split; `pzstd` and seekable files have many."""

from __future__ import annotations

from collections.abc import Iterator

import zstandard

from pipeline.wikidata.dump.ranges import Damage, Piece, Range, Read, Text

CHUNK = 1 << 18
_FRAME = b"\x28\xb5\x2f\xfd"
_PROBE_BYTES = 1 << 17
_JSON_TEXT = frozenset(b"\t\n\r" + bytes(range(0x20, 0x7F)))
# Frames of `zstd --long` need more than the library allows by itself.
_MOST_WINDOW = 1 << 31


def zstd_text(read: Read, part: Range) -> Iterator[Piece]:
    """The text of the frames that start in the range and of those after them; after damage, from the next frame on."""
    offset = 0 if part.start == 0 else _next_frame(read, part.start, part.end)
    while offset is not None and offset < part.size:
        damage: Damage | None = None
        for piece in _frames(read, part, offset):
            yield piece
            damage = piece if isinstance(piece, Damage) else None
        if damage is None or damage.cut_off:
            return
        offset = _next_frame(read, damage.offset + 1, part.size)


def _frames(read: Read, part: Range, offset: int) -> Iterator[Piece]:
    position, data = offset, b""
    while position < part.size or data:
        frame = position - len(data)
        owned = frame < part.end
        decompressor = zstandard.ZstdDecompressor(max_window_size=_MOST_WINDOW).decompressobj()
        try:
            while not decompressor.eof:
                if not data:
                    data = read(position, CHUNK)
                    position += len(data)
                    if not data:
                        yield Damage(
                            part.size, f"the file ends in the frame that starts at byte {frame}", owned, cut_off=True
                        )
                        return
                start = position - len(data)
                text = decompressor.decompress(data)
                data = decompressor.unused_data if decompressor.eof else b""
                if text:
                    yield Text(text, owned, start, position - len(data))
        except zstandard.ZstdError as error:
            yield Damage(frame, f"in a zstd frame: {error}", owned)
            return


def _next_frame(read: Read, start: int, end: int) -> int | None:
    """Offset of the first frame that starts in [start, end), proved by decompressing its beginning to JSON text."""
    position = start
    while position < end:
        data = read(position, CHUNK + len(_FRAME))
        found = data.find(_FRAME)
        while 0 <= found < CHUNK:
            if position + found >= end:
                return None
            if _starts_text(read(position + found, _PROBE_BYTES)):
                return position + found
            found = data.find(_FRAME, found + 1)
        position += CHUNK
    return None


def _starts_text(data: bytes) -> bool:
    # Blocks come out whole, of up to 128 kB: a probe that holds none proves nothing, and is taken for none.
    try:
        text = zstandard.ZstdDecompressor(max_window_size=_MOST_WINDOW).decompressobj().decompress(data)
    except zstandard.ZstdError:
        return False
    return bool(text) and _JSON_TEXT.issuperset(text[:256])
