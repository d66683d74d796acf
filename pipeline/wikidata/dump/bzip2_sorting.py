"""The sorting of a bzip2 block undone: the Burrows-Wheeler transform.

That means to go from each byte to the next one through a table of 4 MB, and each step waits for the memory to answer
the one before. Here many walks are under way at a time, from places dealt out over the table, so that they wait
together; each walk ends where another began, and what they gathered is put in order at the end.
M. Burrows, D. J. Wheeler: A block-sorting lossless data compression algorithm, 1994.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from numba import njit

from pipeline.wikidata.dump.bzip2_head import Bytes, Int
from pipeline.wikidata.dump.bzip2_symbols import LONGEST

Numbers = npt.NDArray[np.uint32]

# Walks at a time, about as many as there are requests that a core can have open. Each has room for so many steps, a
# good deal more than the mean of 28,000; a power of two would put the same step of all walks in one place of the cache.
WALKS, STEPS = 32, 50_000
# Stretches start at multiples of this: some 1,800 in a block, so that the walks end at about the same time.
_SPACING = 512
_NEXT, _BETWEEN, _START = np.uint32(8), np.uint32(_SPACING - 1), np.uint32(0)


@njit(cache=True, nogil=True)
def link(runs: Numbers, links: Numbers) -> Int:
    """For each byte of the block, as they are sorted: the place of the one after it in the text << 8 | the byte.

    Args:
        runs: length << 8 | byte.
        links: uint32[LONGEST], gets them.

    Returns:
        Bytes in the block; 0 if they are too many.
    """
    counts = np.zeros(256, np.int64)
    for run in runs:
        counts[run & 255] += run >> 8
    if counts.sum() > LONGEST:
        return 0
    places = np.cumsum(counts) - counts
    at = np.int64(0)
    for run in runs:
        byte, length = np.int64(run) & 255, np.int64(run) >> 8
        place = places[byte]
        places[byte] += length
        for each in range(length):
            links[place + each] = (at + each) << 8 | byte
        at += length
    return at


@njit(cache=True, nogil=True)
def walk(links: Numbers, origin: Int, text: Bytes) -> None:
    """Follow the links from the origin, one by one, for as many bytes as the text has."""
    place = np.uint32(origin)
    for at in range(text.size):
        text[at] = np.uint8(links[place])
        place = links[place] >> _NEXT


@njit(cache=True, nogil=True)
def walk_together(links: Numbers, origin: Int, walked: Bytes, text: Bytes) -> bool:
    """The same in many walks at a time.

    Args:
        links: uint32[n], each to a place below n; n is not 0.
        origin: below n.
        walked: uint8[WALKS, STEPS] to work in.
        text: uint8[n], gets the bytes.

    Returns:
        False if a walk takes more steps than there is room for, as may be where a text repeats itself.
    """
    num = (links.size - 1) // _SPACING + 1
    # Of each stretch from one start to the next: who walked it, in which steps [first, last), and which one follows.
    # That from the origin comes after those from the multiples.
    walker, first, last = np.zeros(num + 1, np.int64), np.zeros(num + 1, np.int64), np.zeros(num + 1, np.int64)
    following = np.zeros(num + 1, np.int64)
    place, stretch = np.zeros(WALKS, np.uint32), np.full(WALKS, -1)
    place[0], stretch[0] = origin, num
    begun = min(num, WALKS - 1)
    for each in range(begun):
        place[each + 1], stretch[each + 1], walker[each] = each * _SPACING, each, each + 1
    under_way = begun + 1
    step = 0
    while under_way and step < walked.shape[1]:
        at_start = False
        for each in range(WALKS):
            found = links[place[each]]
            walked[each, step] = np.uint8(found)
            place[each] = found >> _NEXT
            at_start |= place[each] & _BETWEEN == _START
        step += 1
        if not at_start:
            continue
        for each in range(WALKS):
            ended = stretch[each]
            if ended < 0 or place[each] & _BETWEEN != _START:
                continue
            last[ended], following[ended] = step, place[each] // _SPACING
            if begun < num:
                place[each], stretch[each], walker[begun], first[begun] = begun * _SPACING, begun, each, step
                begun += 1
            else:
                stretch[each] = -1
                under_way -= 1
    if under_way:
        return False
    at, ended = 0, num
    while at < text.size:
        size = min(last[ended] - first[ended], text.size - at)
        # An assignment of one slice to another would take two seconds to compile.
        source, target = walked[walker[ended], first[ended] :], text[at:]
        for each in range(size):
            target[each] = source[each]
        at += size
        ended = following[ended]
    return True
