"""Cuts a compressed dump into ranges and reads every line of it exactly once, whatever the cuts.

A range [start, end) of the compressed file owns the gzip members (or plain bytes) that start in it. It drops its
text up to and including the first newline, unless it starts the file, and reads on past `end` to the next newline.
The real .gz dump is about 2,000 independent members, so it splits; a .bz2 is read as one range for now.
"""

from __future__ import annotations

import bz2
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

from isal import isal_zlib

from pipeline.errors import InputError
from pipeline.storage import Storage

CHUNK = 1 << 20
_MEMBER = b"\x1f\x8b\x08\x00"
_PROBE_BYTES = 1 << 12
_JSON_TEXT = frozenset(b"\t\n\r" + bytes(range(0x20, 0x7F)))
_GZIP_WBITS = 31


@dataclass(frozen=True)
class Range:
    """A range of one dump file. `size` is the file's, in bytes; `is_array` tells whether it must end with `]`."""

    uri: str
    kind: str
    start: int
    end: int
    size: int
    is_array: bool


def kind_of(uri: str) -> str:
    """gz, bz2 or plain, by the file's name.

    Raises:
        InputError: the ending is not one that can be read.
    """
    for ending, kind in ((".gz", "gz"), (".bz2", "bz2"), (".json", "plain"), (".ndjson", "plain"), (".jsonl", "plain")):
        if uri.endswith(ending):
            return kind
    raise InputError(f"{uri}: not a kind of dump that can be read; give .json.gz (fastest), .json.bz2 or .json")


def cut(uri: str, kind: str, size: int, is_array: bool, range_bytes: int) -> list[Range]:
    """Ranges of about `range_bytes` compressed bytes that together are the file."""
    if kind == "bz2":
        return [Range(uri, kind, 0, size, size, is_array)]
    edges = [*range(0, size, range_bytes), size]
    return [Range(uri, kind, start, end, size, is_array) for start, end in pairwise(edges)]


def lines(storage: Storage, path: str, part: Range) -> Iterator[bytes]:
    """The lines that belong to a range, without their newline and trailing comma; brackets and blanks left out.

    Raises:
        InputError: the file ends in the middle, or its compressed data is damaged.
    """
    last = b""
    for line in _raw_lines(_text(storage, path, part), drop_first=part.start > 0):
        last = line.strip()
        if last not in (b"", b"[", b"]", b","):
            yield last.removesuffix(b",")
    if part.is_array and part.end == part.size and last != b"]" and (last or part.start == 0):
        raise InputError(f"{part.uri}: ends before its closing bracket; it was cut off, download it again")


def _raw_lines(text: Iterator[tuple[bytes, bool]], *, drop_first: bool) -> Iterator[bytes]:
    """Split chunks into lines; a chunk that is not owned serves only to finish the line that was begun."""
    pending: list[bytes] = []
    for chunk, owned in text:
        if not owned and drop_first:
            return  # no newline in all the owned text: the whole line belongs to an earlier range
        *whole, rest = chunk.split(b"\n")
        for line in whole:
            if drop_first:
                drop_first, pending = False, []
                continue
            yield b"".join([*pending, line])
            pending = []
            if not owned:
                return
        if rest and not drop_first:
            pending.append(rest)
    if pending:
        yield b"".join(pending)


def _text(storage: Storage, path: str, part: Range) -> Iterator[tuple[bytes, bool]]:
    """Decompressed chunks from the first owned member on, each with whether it is owned."""
    readers = {"gz": _gzip_text, "bz2": _bzip2_text, "plain": _plain_text}
    try:
        yield from readers[part.kind](storage, path, part)
    except (isal_zlib.error, EOFError, OSError, ValueError) as error:  # type: ignore[misc]  # as below
        raise InputError(f"{part.uri}: compressed data is damaged after byte {part.start}: {error}") from error


def _plain_text(storage: Storage, path: str, part: Range) -> Iterator[tuple[bytes, bool]]:
    position = part.start
    while position < part.size:
        limit = part.end if position < part.end else part.size
        data = storage.read(path, position, min(CHUNK, limit - position))
        yield data, position < part.end
        position += len(data)


def _bzip2_text(storage: Storage, path: str, part: Range) -> Iterator[tuple[bytes, bool]]:
    position, data = 0, b""
    while position < part.size or data:
        decompressor = bz2.BZ2Decompressor()
        while not decompressor.eof:
            if not data:
                data = storage.read(path, position, CHUNK)
                position += len(data)
                if not data:
                    raise InputError(f"{part.uri}: ends in the middle; it was cut off, download it again")
            yield decompressor.decompress(data), True
            data = b""
        data = decompressor.unused_data


def _gzip_text(storage: Storage, path: str, part: Range) -> Iterator[tuple[bytes, bool]]:
    offset = part.start if part.start == 0 else _next_member(storage, path, part)
    if offset is None or offset >= part.end:
        return
    position, data = offset, b""
    while position < part.size or data:
        member = position - len(data)
        decompressor = isal_zlib.decompressobj(wbits=_GZIP_WBITS)
        while not decompressor.eof:
            if not data:
                data = storage.read(path, position, CHUNK)
                position += len(data)
                if not data:
                    raise InputError(f"{part.uri}: ends in the middle of a member; it was cut off, download it again")
            yield decompressor.decompress(data), member < part.end
            data = decompressor.unused_data if decompressor.eof else b""


def _next_member(storage: Storage, path: str, part: Range) -> int | None:
    """Offset of the first gzip member that starts in the range, proved by inflating a little of it to JSON text."""
    position, overlap = part.start, 9
    while position < part.end:
        data = storage.read(path, position, min(CHUNK + overlap, part.size - position))
        found = data.find(_MEMBER)
        while found >= 0:
            if position + found >= part.end:
                return None
            if _starts_text(storage.read(path, position + found, _PROBE_BYTES)):
                return position + found
            found = data.find(_MEMBER, found + 1)
        position += CHUNK
    return None


def _starts_text(data: bytes) -> bool:
    if len(data) < 10 or data[8] not in (0, 2, 4) or data[9] not in (3, 255):
        return False
    try:
        text = isal_zlib.decompressobj(wbits=_GZIP_WBITS).decompress(data, 256)
    except isal_zlib.error:  # type: ignore[misc]  # its stub declares the exception as a value
        return False
    return bool(text) and _JSON_TEXT.issuperset(text)
