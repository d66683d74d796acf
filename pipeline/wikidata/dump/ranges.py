"""Ranges of a compressed file, and who owns what of it.

A range [start, end) of the compressed file owns the units that start in it: gzip members, bzip2 blocks, zstd frames,
bytes of plain text. Of their text it drops everything up to and including the first newline, unless it starts the file,
and it reads on past `end` to the next newline. So every line belongs to one range, whatever the cuts.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TypeVar

from pipeline.errors import InputError

T = TypeVar("T")
# Bytes of the compressed file, from an offset; fewer at its end.
Read = Callable[[int, int], bytes]

ENDINGS = {".gz": "gz", ".bz2": "bz2", ".zst": "zst", ".json": "plain", ".ndjson": "plain", ".jsonl": "plain"}


@dataclass(frozen=True)
class Range:
    """A range of one dump file. `size` is the file's, in bytes; `is_array` tells whether it must end with `]`."""

    uri: str
    kind: str
    start: int
    end: int
    size: int
    is_array: bool


@dataclass(frozen=True)
class Text:
    """Text, whether the range owns the unit that it comes from, and the bytes [start, end) of the file that it was."""

    data: bytes
    owned: bool
    start: int
    end: int


@dataclass(frozen=True)
class Damage:
    """Where compressed data cannot be read: at which byte of the file, and why.

    Attributes:
        owned: whether the range owns the unit; another range tells of it otherwise.
        cut_off: the file ends in the unit.
    """

    offset: int
    detail: str
    owned: bool = True
    cut_off: bool = False


Piece = Text | Damage


def kind_of(uri: str) -> str:
    """gz, bz2, zst or plain, by the file's name.

    Raises:
        InputError: the ending is not one that can be read.
    """
    for ending, kind in ENDINGS.items():
        if uri.endswith(ending):
            return kind
    raise InputError(
        f"{uri}: not a kind of dump that can be read; give .json.gz (fastest), .json.bz2, .json.zst or .json"
    )


def cut(uri: str, kind: str, size: int, is_array: bool, range_bytes: int) -> list[Range]:
    """Ranges of about `range_bytes` compressed bytes that together are the file."""
    edges = [*range(0, size, range_bytes), size]
    return [Range(uri, kind, start, end, size, is_array) for start, end in pairwise(edges)]


def interleaved(ranges: Sequence[T]) -> list[T]:
    """Another order of the ranges of a file, in which neighbours lie far apart.

    The first entities of the dump are several times as long as the average: begun one after the other they would all
    be in work at once, and progress would say nothing about the rest.
    """
    step = max(1, round(len(ranges) ** 0.5))
    return [each for first in range(step) for each in ranges[first::step]]


def pieces(read: Read, part: Range) -> Iterator[Piece]:
    """The text of a range: of the units it owns, and on beyond them for as long as it is asked for more."""
    # Each kind is a file of its own; what it needs is loaded where a file of the kind is read.
    if part.kind == "gz":
        from pipeline.wikidata.dump.gzip_members import gzip_text as text
    elif part.kind == "bz2":
        from pipeline.wikidata.dump.bzip2_blocks import bzip2_text as text
    elif part.kind == "zst":
        from pipeline.wikidata.dump.zstd_frames import zstd_text as text
    else:
        from pipeline.wikidata.dump.plain import plain_text as text
    return text(read, part)
