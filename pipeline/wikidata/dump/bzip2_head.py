"""The head of a bzip2 block: its checksum, the bytes that occur in it, its Huffman codes and where each is used.

Each code becomes a table of what the next 11 bits can be; the few symbols whose codes are longer are found by number.
Layout: https://en.wikipedia.org/wiki/Bzip2#File_format
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from numba import njit

# Numba counts in 64 bits; a number of unsigned ones and a plain number make floating point.
Int = int | np.int64
Bytes = npt.NDArray[np.uint8]
Words = npt.NDArray[np.uint64]
Ints = npt.NDArray[np.int64]
Entries = npt.NDArray[np.uint16]

# What is compiled is kept beside the code, file by file, and holds the numbers of other files as they were: who changes
# one of these removes it (`__pycache__`).
MARK = 0x314159265359
# Bits that are looked up at once. An entry of the table: place in the list << 8 | digit of a run's length << 6 |
# whether a run starts << 5 | bits of the code. What the table does not decode has the last place, and so has the end.
LOOKUP = 11
IS_LONG, IS_END = 0xFF00, 0xFFE0
LONGEST_CODE = 20
_MOST_GROUPS, _MOST_CODES, _MOST_SYMBOLS = 1 << 15, 6, 258


class Codes(NamedTuple):
    """Up to six Huffman codes, and which one each group of 50 symbols is written in.

    Attributes:
        selectors: uint8[groups], numbers of codes.
        table: uint16[6 << LOOKUP], entries by code and by the bits that come next.
        limits: int64[6, 21]. Codes of a length follow each other; as if all were of 20 bits, where those of each
            length end.
        offsets: int64[6, 21], what makes a code's number within its length the place of its entry in order.
        in_order: uint16[6, 258], entries from the shortest code to the longest.
    """

    selectors: Bytes
    table: Entries
    limits: Ints
    offsets: Ints
    in_order: Entries


class Head(NamedTuple):
    """The head of a block; all of it counts only if `is_sound`.

    Attributes:
        checksum: of the text.
        origin: place of the text's first byte among the sorted ones.
        alphabet: uint64[32], the bytes that occur in order, eight to a word from its low end.
        codes: for `bzip2_symbols`.
        end: the bit after the head.
    """

    is_sound: bool
    checksum: Int
    origin: Int
    alphabet: Words
    codes: Codes
    end: Int


@njit(cache=True, nogil=True)
def read_head(data: Bytes, bit: Int) -> Head:
    """Read the head of the block whose mark stands at a bit; not sound if the block is randomised, too."""
    is_randomised = _field(data, bit + 80, 1)
    checksum, origin = _field(data, bit + 48, 32), _field(data, bit + 81, 24)
    alphabet = np.zeros(32, np.uint64)
    num_bytes, at = _read_alphabet(data, bit + 105, alphabet)
    num_codes, num_groups = _field(data, at, 3), _field(data, at + 3, 15)
    is_sound = _field(data, bit, 48) == MARK and not is_randomised
    is_sound = is_sound and num_bytes > 0 and 2 <= num_codes <= _MOST_CODES and num_groups > 0
    selectors = np.zeros(_MOST_GROUPS, np.uint8)[:num_groups]
    table = np.full(_MOST_CODES << LOOKUP, IS_LONG, np.uint16)
    limits = np.zeros((_MOST_CODES, LONGEST_CODE + 1), np.int64)
    offsets = np.zeros((_MOST_CODES, LONGEST_CODE + 1), np.int64)
    in_order = np.zeros((_MOST_CODES, _MOST_SYMBOLS), np.uint16)
    codes = Codes(selectors, table, limits, offsets, in_order)
    if is_sound:
        at = _read_selectors(data, at + 18, num_codes, selectors)
        lengths = np.zeros(num_bytes + 2, np.int64)
        for code in range(num_codes):
            at = _read_lengths(data, at, lengths) if at > 0 else at
            if at > 0 and not _fill(lengths, code, codes):
                at = -1
    return Head(is_sound and at > 0, checksum, origin, alphabet, codes, at)


@njit(cache=True, nogil=True)
def _field(data: Bytes, bit: Int, size: int) -> Int:
    """A number of up to 48 bits; past the end there are zeros."""
    number: Int = 0
    for at in range(bit >> 3, (bit + size + 7) >> 3):
        number = number << 8 | (np.int64(data[at]) if at < data.size else 0)
    return number >> (-(bit + size) & 7) & ((1 << size) - 1)


@njit(cache=True, nogil=True)
def _read_alphabet(data: Bytes, bit: Int, alphabet: Words) -> tuple[int, Int]:
    """The bytes that occur: how many there are, and the bit after them."""
    rows = _field(data, bit, 16)
    bit += 16
    num = 0
    for row in range(16):
        if rows >> (15 - row) & 1:
            columns = _field(data, bit, 16)
            bit += 16
            for column in range(16):
                if columns >> (15 - column) & 1:
                    alphabet[num >> 3] |= np.uint64(row << 4 | column) << np.uint64(8 * (num & 7))
                    num += 1
    return num, bit


@njit(cache=True, nogil=True)
def _read_selectors(data: Bytes, bit: Int, num_codes: Int, selectors: Bytes) -> Int:
    """Each group's code, as its place in a list whose entries move to the front; the bit after, -1 if there is none."""
    recent = np.arange(_MOST_CODES)
    for group in range(selectors.size):
        place = 0
        while _field(data, bit + place, 1):
            place += 1
            if place == num_codes:
                return -1
        bit += place + 1
        code = recent[place]
        for each in range(place, 0, -1):
            recent[each] = recent[each - 1]
        recent[0] = selectors[group] = code
    return bit


@njit(cache=True, nogil=True)
def _read_lengths(data: Bytes, bit: Int, lengths: Ints) -> Int:
    """Bits of each symbol's code, each told from the one before it; the bit after, -1 if there is no such length."""
    length = _field(data, bit, 5)
    bit += 5
    for symbol in range(lengths.size):
        while 1 <= length <= LONGEST_CODE and _field(data, bit, 1):
            length += 1 - 2 * _field(data, bit + 1, 1)
            bit += 2
        if not 1 <= length <= LONGEST_CODE:
            return -1
        bit += 1
        lengths[symbol] = length
    return bit


@njit(cache=True, nogil=True)
def _fill(lengths: Ints, code: int, codes: Codes) -> bool:
    """Make a code of its lengths; False if their bits cannot tell so many symbols."""
    base, shift = code << LOOKUP, LONGEST_CODE - LOOKUP
    at = num = 0
    for length in range(1, LONGEST_CODE + 1):
        size = 1 << (LONGEST_CODE - length)
        codes.offsets[code, length] = num - at // size
        for symbol in range(lengths.size):
            if lengths[symbol] != length:
                continue
            if at + size > 1 << LONGEST_CODE:
                return False
            entry = _entry(symbol, lengths.size, length)
            codes.in_order[code, num] = entry
            if length <= LOOKUP:
                for each in range(base + (at >> shift), base + (at + size >> shift)):
                    codes.table[each] = entry
            at += size
            num += 1
        codes.limits[code, length] = at
    return True


@njit(cache=True, nogil=True)
def _entry(symbol: int, num_symbols: int, length: int) -> int:
    """The first two symbols are digits of a run's length, the last one is the end, the others are places in a list."""
    if symbol == num_symbols - 1:
        return IS_END | length
    if symbol < 2:
        return (symbol + 1) << 6 | length
    return (symbol - 1) << 8 | 1 << 5 | length
