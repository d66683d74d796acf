"""Small dumps in every layout that a reader meets, made from lines."""

from __future__ import annotations

import bz2
import gzip
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import zstandard
from isal import isal_zlib


def entity_line(qid: int, *, label: str = "", size: int = 0, claims: dict[str, Any] | None = None) -> bytes:
    """An entity as the dump writes it; `size` adds so many characters that do not compress."""
    noise = "".join(chr(33 + (qid * 7919 + i * i * 31) % 90) for i in range(size)).replace("\\", "/").replace('"', "'")
    content = {
        "type": "item",
        "id": f"Q{qid}",
        "labels": {"en": {"language": "en", "value": label}} if label else {},
        "descriptions": {"en": {"language": "en", "value": noise}},
        "aliases": [],
        "claims": claims or {},
        "sitelinks": {},
    }
    return json.dumps(content).encode()


def statement(prop: str, value: Any, kind: str, rank: str = "normal", guid: str = "") -> dict[str, Any]:
    return {
        "mainsnak": {"snaktype": "value", "property": prop, "datavalue": {"value": value, "type": kind}},
        "id": guid or f"{prop}${value}",
        "rank": rank,
    }


def item(qid: int) -> dict[str, Any]:
    return {"entity-type": "item", "numeric-id": qid, "id": f"Q{qid}"}


def lines_of(path: Path) -> list[bytes]:
    """The entities of a .json.gz, one a line."""
    with gzip.open(path) as text:
        return [line.strip().removesuffix(b",") for line in text if line.strip() not in (b"[", b"]", b",", b"")]


def array_text(lines: Sequence[bytes]) -> bytes:
    return b"[\n" + b",\n".join(lines) + b"\n]\n"


def member(data: bytes, xfl: int = 0) -> bytes:
    """One gzip member with the header of the real dump's: no name, no time, OS 3."""
    compressor = isal_zlib.compressobj(1, isal_zlib.DEFLATED, -15)
    body = compressor.compress(data) + compressor.flush()
    trailer = isal_zlib.crc32(data).to_bytes(4, "little") + (len(data) & 0xFFFFFFFF).to_bytes(4, "little")
    return b"\x1f\x8b\x08\x00\0\0\0\0" + bytes([xfl, 3]) + body + trailer


def frame(data: bytes) -> bytes:
    """One zstd frame with a checksum."""
    return zstandard.ZstdCompressor(level=3, write_checksum=True).compress(data)


def layouts(folder: Path, lines: Sequence[bytes]) -> dict[str, Path]:
    """The same lines in every layout: many units or one, an array or a line each; blocks as small as bzip2 has them."""
    text = array_text(lines)
    batches = [b",\n".join(lines[start : start + 3]) for start in range(0, len(lines), 3)]
    members = member(b"[\n") + member(b",\n").join(map(member, batches)) + member(b"\n]\n")
    half = text.index(b"\n", len(text) // 2) + 1
    contents = {
        "members.json.gz": members,
        "single.json.gz": gzip.compress(text, mtime=0),
        "stream.json.bz2": bz2.compress(text, 1),
        "streams.json.bz2": bz2.compress(text[:half], 1) + bz2.compress(text[half:], 9),
        "frames.json.zst": b"".join(
            map(frame, [b"[\n", *(batch + b",\n" for batch in batches[:-1]), batches[-1], b"\n]\n"])
        ),
        "frame.json.zst": frame(text),
        "plain.json": text,
        "lines.ndjson": b"\n".join(lines) + b"\n",
        "unended.ndjson": b"\n".join(lines),
    }
    for name, data in contents.items():
        (folder / name).write_bytes(data)
    return {name: folder / name for name in contents}
