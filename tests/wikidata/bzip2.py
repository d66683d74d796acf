"""Blocks of bzip2 and their bits, for tests."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from itertools import pairwise

import numpy as np

from pipeline.wikidata.dump.bzip2_blocks import bzip2_text
from pipeline.wikidata.dump.bzip2_decoder import Block, BlockDecoder
from pipeline.wikidata.dump.ranges import Damage, Range, Text

HEADER_BITS, MARK_BITS, CHECKSUM_BITS = 32, 48, 32
BLOCK, END = 0x314159265359, 0x177245385090


def field(data: bytes, bit: int, size: int) -> int:
    number = int.from_bytes(data[bit // 8 : (bit + size) // 8 + 1].ljust((bit + size) // 8 + 1 - bit // 8, b"\0"))
    return number >> 8 - (bit + size) % 8 & (1 << size) - 1


def put(data: bytes, bit: int, size: int, value: int) -> bytes:
    """The data with other bits at a place."""
    shift = 8 * len(data) - bit - size
    return (int.from_bytes(data) & ~((1 << size) - 1 << shift) | value << shift).to_bytes(len(data))


def made(
    body: str, *, checksum: int = 0, origin: int = 0, lengths: Sequence[int] = (2, 2, 2, 2), groups: int = 1
) -> bytes:
    """A block of the bytes a and b, written bit by bit: both its codes have these lengths, the first one is used."""
    steps = [
        ("10" if last < length else "11") * abs(length - last) for last, length in pairwise((lengths[0], *lengths))
    ]
    code = f"{lengths[0]:05b}" + "".join(step + "0" for step in steps)
    letters = f"{1 << 9:016b}{3 << 13:016b}"
    head = f"{BLOCK:048b}{checksum:032b}0{origin:024b}{letters}{2:03b}{groups:015b}" + "0" * groups + 2 * code
    bits = head + body + f"{END:048b}{0:032b}"
    return int(bits.ljust(-(-len(bits) // 8) * 8, "0"), 2).to_bytes(-(-len(bits) // 8))


def crc(text: bytes) -> int:
    """The checksum bit by bit."""
    value = 0xFFFFFFFF
    for byte in text:
        value ^= byte << 24
        for _ in range(8):
            value = (value << 1 ^ (0x04C11DB7 if value >> 31 else 0)) & 0xFFFFFFFF
    return value ^ 0xFFFFFFFF


@cache
def decoder() -> BlockDecoder:
    return BlockDecoder()


def decode(data: bytes, bit: int) -> Block | None:
    return decoder().decode(np.frombuffer(data, np.uint8), bit)


def pieces(data: bytes, start: int = 0) -> list[Text | Damage]:
    part = Range("x.bz2", "bz2", start, len(data), len(data), is_array=False)
    return list(bzip2_text(lambda at, size: data[at : at + size], part))
