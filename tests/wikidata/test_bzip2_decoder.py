"""The decoder of blocks gives what the C library gives, or nothing, and stays within its arrays."""

from __future__ import annotations

import bz2
import os
import random
import shutil
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.wikidata.dump.ranges import Text
from tests.wikidata.bzip2 import BLOCK, END, HEADER_BITS, MARK_BITS, crc, decode, field, made, pieces, put
from tests.wikidata.dumps import entity_line

pytestmark = pytest.mark.slow

runs = st.builds(lambda byte, length: bytes([byte]) * length, st.integers(0, 255), st.sampled_from(
    [1, 2, 3, 4, 5, 6, 7, 8, 9, 254, 255, 256, 257, 258, 259, 260, 261, 262, 263, 600])
)  # fmt: skip
texts = st.one_of(
    st.binary(min_size=1, max_size=3000),
    st.lists(runs, min_size=1, max_size=40).map(b"".join),
    st.builds(lambda unit, number: unit * number, st.binary(min_size=1, max_size=9), st.integers(1, 2000)),
    st.lists(st.sampled_from(b"ab"), min_size=1, max_size=3000).map(bytes),
    st.permutations(range(256)).map(bytes),
)


def text_of(stream: bytes, bit: int = HEADER_BITS) -> bytes:
    """The text of a stream's blocks one by one; the mark of its end must be where the last one says it is."""
    text = b""
    while field(stream, bit, MARK_BITS) == BLOCK:
        block = decode(stream, bit)
        assert block is not None
        text, bit = text + block.text, block.end
    assert field(stream, bit, MARK_BITS) == END
    return text


@given(texts, st.integers(1, 9))
@settings(max_examples=300)
def test_a_stream_of_any_text(text: bytes, level: int) -> None:
    assert text_of(bz2.compress(text, level)) == text


@given(texts, st.integers(0, 2**70), st.integers(0, 70))
def test_a_block_at_any_bit(text: bytes, before: int, shift: int) -> None:
    stream = bz2.compress(text)
    size = 8 * len(stream) + shift
    moved = (before % (1 << shift) << 8 * len(stream) | int.from_bytes(stream)) << -size % 8
    assert text_of(moved.to_bytes(-(-size // 8)), HEADER_BITS + shift) == text


def _fibonacci(length: int) -> bytes:
    one, other = b"a", b"ab"
    while len(other) < length:
        one, other = other, other + one
    return other[:length]


LARGE: dict[str, Callable[[], bytes]] = {
    "noise": lambda: random.Random(1).randbytes(2_000_000),
    "few bytes": lambda: bytes(random.Random(2).choices(b"abc", k=1_200_000)),
    "one byte": lambda: b"a" * 50_000_000,
    "period of 7": lambda: b"abcdefg" * 300_000,
    "period of 300 kB": lambda: random.Random(3).randbytes(300_000) * 6,
    "rising": lambda: bytes(range(256)) * 8000,
    "fibonacci": lambda: _fibonacci(1_500_000),
    "lines": lambda: b"\n".join(entity_line(number, label=f"L{number}", size=number % 90) for number in range(9000)),
}


@pytest.mark.parametrize("level", [1, 5, 9])
@pytest.mark.parametrize("name", LARGE)
def test_blocks_as_large_as_they_get(name: str, level: int) -> None:
    text = LARGE[name]()
    assert text_of(bz2.compress(text, level)) == text


@pytest.mark.skipif(not shutil.which("lbzip2"), reason="lbzip2 is not installed")
@pytest.mark.parametrize("name", ["noise", "lines"])
def test_streams_of_lbzip2(name: str) -> None:
    text = LARGE[name]()
    stream = subprocess.run(["lbzip2", "-n1", "-c"], input=text, stdout=subprocess.PIPE, check=True).stdout
    assert text_of(stream) == text


SMALL = [b"x", b"banana bandana", bytes(range(256)), b"a" * 300 + b"bcd" * 50, entity_line(42, size=200)]


@pytest.mark.parametrize("text", SMALL)
def test_every_flipped_bit_is_damage_or_does_not_matter(text: bytes) -> None:
    """The library takes a few that the decoder leaves to it: codes that nothing is written in may be unsound."""
    stream = bz2.compress(text)
    whole = decode(stream, HEADER_BITS)
    assert whole is not None
    for bit in range(HEADER_BITS, whole.end):
        flipped = put(stream, bit, 1, 1 - field(stream, bit, 1))
        try:
            taken = bz2.decompress(flipped)
        except (OSError, ValueError, EOFError):
            taken = b""
        assert taken in (b"", text)
        block = decode(flipped, HEADER_BITS)
        assert block is None or block.text == text, bit
        assert b"".join(piece.data for piece in pieces(flipped) if isinstance(piece, Text)) in (text, taken), bit


@pytest.mark.parametrize("text", SMALL)
def test_what_is_cut_off_is_no_block(text: bytes) -> None:
    stream = bz2.compress(text)
    whole = decode(stream, HEADER_BITS)
    assert whole is not None
    assert not any(decode(stream[:size], HEADER_BITS) for size in range(4, whole.end // 8))


@given(st.binary(max_size=400), st.integers(0, 200), st.randoms(use_true_random=False))
@settings(max_examples=500)
def test_noise_is_no_block(noise: bytes, kept: int, draw: random.Random) -> None:
    """After the first bytes of a real block, and where bytes of one were written over."""
    stream = bz2.compress(SMALL[4])
    assert decode(stream[: 4 + 6 + kept] + b"\xff" + noise, HEADER_BITS) is None
    over = bytearray(stream)
    for place in draw.sample(range(10, len(stream) - 12), 4):
        over[place] ^= draw.randrange(1, 256)
    assert decode(bytes(over), HEADER_BITS) is None


@pytest.mark.parametrize(
    ("lengths", "symbols"),
    [
        ((2, 2, 2, 2), ("10", "00", "10", "11")),
        ((3, 2, 1, 3), ("0", "110", "0", "111")),
        ((1, 2, 20, 20), (f"11{0:018b}", "0", f"11{0:018b}", f"11{1:018b}")),
    ],
)
def test_a_block_written_bit_by_bit(lengths: Sequence[int], symbols: Sequence[str]) -> None:
    """Sorted to bba: its first byte is at any of three places and at no fourth."""
    body = "".join(symbols)
    for origin, text in enumerate((b"abb", b"bab", b"bba")):
        block = decode(made(body, lengths=lengths, checksum=crc(text), origin=origin), 0)
        assert block is not None
        assert block.text == text
        assert decode(made(body, lengths=lengths, checksum=crc(text) ^ 1, origin=origin), 0) is None
        assert decode(made(body, lengths=lengths, checksum=crc(text), origin=3), 0) is None


@pytest.mark.parametrize(
    ("symbols", "lengths", "text"),
    [
        (("10", "00", "00", "11"), (2, 2, 2, 2), b"bbbb"),  # no number after four equal bytes
        (("10", *["00"] * 24, "10", "11"), (2, 2, 2, 2), b"a"),  # a run of 2**24, which is none in 24 bits
        (("0", "1"), (1, 2, 2, 1), b"a"),  # two codes more than two bits can tell
    ],
)
def test_what_is_refused_though_its_checksum_is_right(
    symbols: Sequence[str], lengths: Sequence[int], text: bytes
) -> None:
    assert decode(made("".join(symbols), lengths=lengths, checksum=crc(text)), 0) is None


TOO_MUCH = {
    "runs": "10" * 1_500_000,
    "digits": "01" * 3000 + "11",
    "digits of one run": ("01" * 20 + "10") * 9 + "11",
    "bytes in all": ("01" * 18 + "10") * 9 + "11",
}


@pytest.mark.parametrize("name", TOO_MUCH)
def test_too_much_for_a_block(name: str) -> None:
    assert decode(made(TOO_MUCH[name], groups=32767), 0) is None


@given(
    st.lists(st.integers(1, 20), min_size=4, max_size=4), st.integers(0, 3000), st.binary(min_size=8, max_size=2000),
    st.integers(1, 99),
)  # fmt: skip
def test_noise_in_a_code_of_any_lengths(lengths: list[int], origin: int, noise: bytes, groups: int) -> None:
    assert decode(made(f"{int.from_bytes(noise):b}", origin=origin, lengths=lengths, groups=groups), 0) is None


def test_no_index_is_out_of_bounds(tmp_path: Path) -> None:
    """The tests above, compiled so that each index is checked."""
    names = "noise-9 or not (out_of_bounds or large)"
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-k", names, __file__]
    environment = os.environ | {"NUMBA_BOUNDSCHECK": "1", "NUMBA_CACHE_DIR": str(tmp_path)}
    done = subprocess.run(command, env=environment, cwd=Path(__file__).parents[2], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout
