"""Opens a dump: checks that it is one, plans its ranges, and names the input for the fingerprint."""

from __future__ import annotations

import hashlib

import msgspec

from pipeline.errors import InputError
from pipeline.wikidata.dump.lines import entity_lines, range_blocks
from pipeline.wikidata.dump.ranges import Damage, Range, Text, cut, kind_of, pieces
from pipeline.wikidata.dump.source import is_local, open_source

_WHOLE_BYTES = 64 << 20
_SAMPLES = 64
_SAMPLE_BYTES = 64 << 10


class _Head(msgspec.Struct):
    id: str
    type: str = "item"


def plan(uri: str, range_bytes: int) -> list[Range]:
    """The ranges of one dump file.

    Raises:
        InputError: the file is missing, empty, not of a readable kind, or its first line is not an entity.
    """
    kind = kind_of(uri)
    source = open_source(uri)
    head = Range(uri, kind, 0, source.size, source.size, is_array=False)
    first = b""
    for block in range_blocks(source.read, head):
        if isinstance(block, Damage):
            raise InputError(f"{uri}: compressed data is damaged at byte {block.offset}: {block.detail}")
        first = next(entity_lines(block), b"")
        if first:
            break
    try:
        msgspec.json.decode(first, type=_Head)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        shown = first[:60].decode("utf-8", "replace")
        raise InputError(
            f"{uri}: is not a Wikidata JSON dump: its first line is not an entity but {shown!r}; "
            "the dump is called latest-all.json.gz"
        ) from error
    begin = next((piece.data for piece in pieces(source.read, head) if isinstance(piece, Text) and piece.data), b"")
    return cut(uri, kind, source.size, begin.lstrip()[:1] == b"[", range_bytes)


def input_tag(uri: str) -> str:
    """A name for the bytes of an input: what a server tells of them, or a hash of a local file.

    Of a local file above 64 MiB only 64 evenly spaced pieces are hashed, its ends among them: another dump, or one with
    a hole of a sixty-third of its size, gets another name; a few bytes changed in between go unnoticed.
    """
    source = open_source(uri)
    size = source.size
    if not is_local(uri):
        return f"{size}-{source.tag}"
    if size <= _WHOLE_BYTES:
        return f"{size}-{hashlib.sha256(source.read(0, size)).hexdigest()[:16]}"
    digest = hashlib.sha256()
    for number in range(_SAMPLES):
        digest.update(source.read((size - _SAMPLE_BYTES) * number // (_SAMPLES - 1), _SAMPLE_BYTES))
    return f"{size}-{digest.hexdigest()[:16]}"
