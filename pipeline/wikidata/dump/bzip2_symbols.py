"""The symbols of a bzip2 block, as the runs of equal bytes that they stand for.

Undone in one loop: Huffman codes, the list whose entries move to the front, and the lengths of runs. What comes next
cannot be foretold, and a wrong guess costs a processor as much as a symbol: so there are no branches but for what is
rare. The first 24 bytes of the list are three machine words, in which a move is a shift under a mask.

Numba checks no index: each one here is bounded by what was checked before it.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from numba import njit

from pipeline.wikidata.dump.bzip2_head import IS_END, IS_LONG, LONGEST_CODE, LOOKUP, Bytes, Codes, Int, Words

# Bytes in a block before it is sorted, at the highest level.
LONGEST = 900_000
_GROUP = 50
# Room for the runs of a block and of the group of symbols in which it is noticed that they are too many.
MOST_RUNS = LONGEST + 2 * _GROUP
# Bits of a run's length; a longer one shows above them, as every digit adds to it.
_LENGTH_BITS = 20
# Places that are kept in three words, and for each of them the bytes of every word up to it.
_IN_WORDS = 24
_UP_TO = np.array(
    [[(1 << 8 * min(max(place + 1 - 8 * word, 0), 8)) - 1 for word in range(3)] for place in range(_IN_WORDS)],
    np.uint64,
)
_8, _56, _BYTE = np.uint64(8), np.uint64(56), np.uint64(0xFF)
_PAST_LOOKUP, _PAST_CODE = np.uint64(64 - LOOKUP), np.uint64(64 - LONGEST_CODE)


@njit(cache=True, nogil=True)
def read_symbols(data: Bytes, at: Int, codes: Codes, recent: Words, runs: npt.NDArray[np.uint32]) -> tuple[Int, Int]:
    """Read symbols up to the end of the block.

    Args:
        data: at least eight bytes, and as many after the block.
        at: the bit at which the symbols start.
        codes: of the block.
        recent: uint64[32], the block's alphabet; used up.
        runs: uint32[MOST_RUNS]; gets length << 8 | byte for each run.

    Returns:
        Number of runs, and the bit after the block; -1 and 0 if it is damaged or does not end.
    """
    refused = (-1, 0)
    stop = data.size - 8
    bits = np.uint64(0)
    ready: Int = 0
    first, second, third = recent[0], recent[1], recent[2]
    length = longest = digits = np.int64(0)
    num_runs = np.uint64(0)
    runs[0] = 0
    for selector in codes.selectors:
        if at >> 3 > stop or num_runs > np.uint64(LONGEST):
            return refused
        code = np.int64(selector)
        for _ in range(_GROUP):
            if ready < LONGEST_CODE:
                bits, ready = _load(data, min(at >> 3, stop)) << np.uint64(at & 7), 57
            entry = np.int64(codes.table[(code << LOOKUP) + np.int64(bits >> _PAST_LOOKUP)])
            if entry >= IS_LONG:
                if entry == IS_LONG:
                    entry = _long_code(codes, code, np.int64(bits >> _PAST_CODE))
                if entry & IS_END == IS_END:
                    at += entry & 31
                    if entry == IS_END or at >> 3 > stop or longest >> _LENGTH_BITS:
                        return refused
                    return np.int64(num_runs) + 1, at
            size = entry & 31
            bits <<= np.uint64(size)
            ready -= size
            at += size
            # The length of a run is in digits 1 and 2, the lowest first; another place than the first starts a run.
            starts = entry >> 5 & 1
            goes_on = starts - 1
            length = (length & goes_on) + starts + ((entry >> 6 & 3) << (digits & 63))
            longest |= length
            digits = (digits + 1) & goes_on
            num_runs += np.uint64(starts)
            place = entry >> 8
            if place < _IN_WORDS:
                word = first if place < 8 else second
                word = third if place >= 16 else word
                byte = word >> np.uint64(8 * (place & 7)) & _BYTE
                up_to = _UP_TO[place]
                third = third & ~up_to[2] | (third << _8 | second >> _56) & up_to[2]
                second = second & ~up_to[1] | (second << _8 | first >> _56) & up_to[1]
                first = first & ~up_to[0] | (first << _8 | byte) & up_to[0]
            else:
                recent[0], recent[1], recent[2] = first, second, third
                byte = _move(recent, place)
                first, second, third = recent[0], recent[1], recent[2]
            runs[num_runs] = np.uint32(np.uint64(length) << _8 | byte)
    return refused


@njit(cache=True, nogil=True)
def _load(data: Bytes, at: Int) -> np.uint64:
    """The eight bytes from `at` on, the first one highest."""
    # An unsigned index cannot be meant from the end: without that case the processor loads all eight at once.
    first = np.uint64(at)
    word = np.uint64(0)
    for each in range(8):
        word = word << _8 | np.uint64(data[first + np.uint64(each)])
    return word


@njit(cache=True, nogil=True)
def _long_code(codes: Codes, code: Int, bits: Int) -> Int:
    """The entry of the code of more than 11 bits that 20 bits start with; the end, of no bits, if there is none."""
    length = LOOKUP + 1
    while length <= LONGEST_CODE and bits >= codes.limits[code, length]:
        length += 1
    if length > LONGEST_CODE:
        return IS_END
    return np.int64(codes.in_order[code, codes.offsets[code, length] + (bits >> (LONGEST_CODE - length))])


@njit(cache=True, nogil=True)
def _move(recent: Words, place: Int) -> np.uint64:
    """Move the byte at a place to the front."""
    last, shift = place >> 3, np.uint64(8 * (place & 7))
    byte = np.uint64(recent[last] >> shift & _BYTE)
    carry = byte
    for each in range(last):
        word = recent[each]
        recent[each] = word << _8 | carry
        carry = word >> _56
    up_to = _UP_TO[place & 7, 0]
    recent[last] = recent[last] & ~up_to | (recent[last] << _8 | carry) & up_to
    return byte
