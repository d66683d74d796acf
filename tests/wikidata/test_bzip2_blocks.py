"""Blocks of a .bz2 come once and in order, and what is damaged is told at its place."""

from __future__ import annotations

import bz2
import random
import tracemalloc
from functools import cache

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.wikidata.dump.bzip2_blocks import bzip2_text
from pipeline.wikidata.dump.ranges import Damage, Range, Text
from tests.wikidata.bzip2 import BLOCK, CHECKSUM_BITS, HEADER_BITS, MARK_BITS, crc, decode, field, pieces, put
from tests.wikidata.dumps import entity_line

pytestmark = pytest.mark.slow


def test_a_randomised_block_is_left_to_the_c_library() -> None:
    draw = random.Random(4)
    # No two neighbours are equal, nor are they where randomising turns their lowest bits: no runs come of it.
    text = bytes(draw.choice(b"aceg") + 16 * (place % 2) for place in range(5000))
    stream = bz2.compress(text)
    block = decode(stream, HEADER_BITS)
    assert block is not None
    stream = put(stream, HEADER_BITS + MARK_BITS + CHECKSUM_BITS, 1, 1)
    # The library gives all but the last byte before it compares the checksum, which is of another text.
    randomised = bz2.BZ2Decompressor().decompress(stream, max_length=len(text) - 1) + text[-1:]
    assert len(randomised) == len(text)
    assert randomised != text
    for bit in (HEADER_BITS + MARK_BITS, block.end + MARK_BITS):
        stream = put(stream, bit, CHECKSUM_BITS, crc(randomised))
    assert bz2.decompress(stream) == randomised
    assert decode(stream, HEADER_BITS) is None
    assert pieces(stream) == [Text(randomised, True, 4, block.end // 8)]


def test_a_mark_inside_a_block_is_not_taken_for_one() -> None:
    """Bytes are chosen so that the head, which lists those that occur, holds the mark."""
    rows = ((4, BLOCK >> 32), (5, BLOCK >> 16 & 0xFFFF), (6, BLOCK & 0xFFFF))
    alphabet = bytes(row << 4 | column for row, bits in rows for column in range(16) if bits >> (15 - column) & 1)
    text = bytes(random.Random(6).choices(alphabet, k=4000)) + alphabet
    stream = bz2.compress(text)
    assert f"{BLOCK:048b}" in f"{int.from_bytes(stream[5:]):b}"
    [piece] = pieces(stream)
    assert isinstance(piece, Text)
    assert piece.data == text


@cache
def many_blocks() -> tuple[bytes, list[Text]]:
    """A stream of eight blocks, and they."""
    stream = bz2.compress(b"".join(entity_line(number, size=60) for number in range(3600)), 1)
    texts = [piece for piece in pieces(stream) if isinstance(piece, Text)]
    assert b"".join(text.data for text in texts) == bz2.decompress(stream)
    assert len(texts) == 8
    return stream, texts


@given(st.integers(0, 2**31))
def test_a_range_has_the_blocks_that_start_in_it(start: int) -> None:
    stream, texts = many_blocks()
    start %= len(stream)
    assert pieces(stream, start) == [text for text in texts if text.start >= start]


@given(st.integers(1, 6), st.integers(0, MARK_BITS - 1))
def test_a_mark_that_is_damaged_costs_its_block_alone(number: int, bit: int) -> None:
    stream, texts = many_blocks()
    place = 0
    for _ in range(number):
        block = decode(stream, place or HEADER_BITS)
        assert block is not None
        place = block.end
    found = pieces(put(stream, place + bit, 1, 1 - field(stream, place + bit, 1)))
    assert [piece for piece in found if isinstance(piece, Text)] == texts[:number] + texts[number + 1 :]
    assert [piece.offset for piece in found if isinstance(piece, Damage)] == [texts[number].start]


@given(st.binary(min_size=1, max_size=300))
def test_bytes_between_streams_are_passed_over(junk: bytes) -> None:
    stream, texts = many_blocks()
    found = pieces(stream + junk + stream)
    assert [piece.data for piece in found if isinstance(piece, Text)] == 2 * [text.data for text in texts]


@given(st.integers(0, 7), st.integers(0, 2**31))
def test_a_block_that_is_damaged_is_told_where_it_starts(number: int, place: int) -> None:
    stream, texts = many_blocks()
    hurt = texts[number]
    # Its mark and the next one are left whole.
    place = hurt.start + 7 + place % (hurt.end - hurt.start - 7)
    damaged = stream[:place] + bytes([stream[place] ^ 0x5A]) + stream[place + 1 :]
    found = pieces(damaged)
    # Some bits decide nothing: lengths of codes that no symbol uses.
    is_whole = _is_read_by_bz2(damaged)
    assert [piece for piece in found if isinstance(piece, Text)] == [
        text for text in texts if is_whole or text is not hurt
    ]
    assert [piece.offset for piece in found if isinstance(piece, Damage)] == ([] if is_whole else [hurt.start])


def _is_read_by_bz2(stream: bytes) -> bool:
    try:
        bz2.decompress(stream)
    except OSError:
        return False
    return True


def test_memory_does_not_grow_with_the_file() -> None:
    """Of what is read no more than a few blocks is held, also where nothing is found."""
    stream, _ = many_blocks()
    data = stream + bytes(30 << 20) + stream
    asked = []

    def read(at: int, size: int) -> bytes:
        asked.append((at, size))
        return data[at : at + size]

    part = Range("x.bz2", "bz2", 0, len(data), len(data), is_array=False)
    tracemalloc.start()
    found = sum(isinstance(piece, Text) for piece in bzip2_text(read, part))
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert found == 16
    assert most < 20 << 20
    assert max(size for _, size in asked) <= 1 << 20
