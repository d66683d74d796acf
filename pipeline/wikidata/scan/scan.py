"""Labels and edges of most lines of a block, straight into columns, compiled: a tenth of what decoding them takes.

It takes the lines of items that are laid out as the dump lays them out. All others it leaves to `outline.py`, which
also says what is wrong with a line: whatever is not as expected here, be it an escape, the order of keys or a value,
makes a line one of the others. That both ways give the same is tested on every real entity and on damaged lines.

Why bytes can be searched for: a quotation mark inside a string has a backslash before it, so a comma with a quotation
mark behind it either ends a string or begins one, and the byte behind them tells which.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
from numba import njit

from pipeline.wikidata.scan.simd import find, find_byte, stands, word
from pipeline.wikidata.scan.statements import COUNTRY, EDGE, PICTURE, add_edges
from pipeline.wikidata.scan.strings import QUOTE, number_at, string_end
from pipeline.wikidata.scan.texts import (
    LONGEST_CODE,
    NUM_SLOTS,
    ROOM,
    add_texts,
    find_aliases,
    find_labels,
    is_empty,
    slot_of,
)

Bytes = npt.NDArray[np.uint8]
Longs = npt.NDArray[np.int64]


def _text(text: bytes) -> Bytes:
    return np.frombuffer(text, np.uint8)


# What is known of a line: that it is left, or has been added and has no picture, no country, or both.
LEFT, NO_PICTURE, NO_COUNTRY, CANDIDATE = -1, 0, 1, 2

_COMMA, _COLON, _NEWLINE, _Q = b","[0], b":"[0], b"\n"[0], b"Q"[0]
_OPEN, _CLOSE, _OPEN_LIST, _CLOSE_LIST = b"{"[0], b"}"[0], b"["[0], b"]"[0]
_LABELS, _DESCRIPTIONS, _ALIASES = _text(b',"labels":'), _text(b',"descriptions":'), _text(b',"aliases":')
_CLAIMS, _TEXTS_END = _text(b',"claims":'), _text(b'"}},"aliases":')
_TYPE_KEY, _ID_KEY, _ITEM = _text(b"type"), _text(b"id"), _text(b'item"')


class Wanted(NamedTuple):
    """What is looked for.

    Attributes:
        slots: a hash table of languages, shape (NUM_SLOTS,): the code as a number, 0 where there is none.
        languages: for each slot the language's number.
        num_languages: how many there are.
        properties: for each property up to the highest wanted one a sum of EDGE, PICTURE and COUNTRY.
    """

    slots: npt.NDArray[np.uint64]
    languages: Longs
    num_languages: int
    properties: Bytes


class Rows(NamedTuple):
    """Where rows go, behind those that are there.

    Attributes:
        sizes: how many bytes of labels, labels, bytes of aliases, aliases and edges there are, shape (5,).
        before: the same before the line that was added last.
        label_text: UTF-8 of all labels, one after another.
        label_ends: where each ends.
        label_qids: whose it is.
        label_languages: the number of its language.
        alias_counts: how many aliases it has.
        alias_text: UTF-8 of all aliases.
        alias_ends: where each ends.
        edge_subjects: ids of the items that edges come from.
        edge_properties: 31 for P31.
        edge_objects: ids of the items that they lead to.
        edge_ranks: numbers of `RANKS`.
    """

    sizes: Longs
    before: Longs
    label_text: Bytes
    label_ends: Longs
    label_qids: Longs
    label_languages: Bytes
    alias_counts: Longs
    alias_text: Bytes
    alias_ends: Longs
    edge_subjects: Longs
    edge_properties: npt.NDArray[np.int32]
    edge_objects: Longs
    edge_ranks: Bytes


class Stop(NamedTuple):
    """Where a scan stopped.

    Attributes:
        position: where to go on; the end of the block if all lines are done.
        num_lines: lines since the last stop, with the one that it stopped for.
        num_no_picture: those of them that have no picture.
        num_no_country: those that have a picture and no country.
        verdict: CANDIDATE or LEFT, of the line that it stopped for; NO_PICTURE if there is none.
        start: where that line starts.
        end: where it ends.
    """

    position: int
    num_lines: int
    num_no_picture: int
    num_no_country: int
    verdict: int
    start: int
    end: int


def wanted(languages: Sequence[str], edges: Sequence[int], pictures: Sequence[int], countries: Sequence[int]) -> Wanted:
    """Prepare what is looked for.

    Args:
        languages: Wikidata's codes.
        edges: properties whose statements are edges.
        pictures: properties, one of which a candidate has.
        countries: properties, one of which gives a candidate an item.

    Raises:
        ValueError: a code has more than eight letters.
    """
    slots, numbers = np.zeros(NUM_SLOTS, np.uint64), np.zeros(NUM_SLOTS, np.int64)
    for number, language in enumerate(languages):
        code = language.encode()
        if not 0 < len(code) <= LONGEST_CODE:
            raise ValueError(f"{language!r}: a language's code has one to {LONGEST_CODE} letters")
        slot = int(slot_of(word(code)))
        while slots[slot]:
            slot = (slot + 1) % NUM_SLOTS
        slots[slot], numbers[slot] = word(code), number
    properties = np.zeros(max((*edges, *pictures, *countries), default=0) + 1, np.uint8)
    for use, members in ((EDGE, edges), (PICTURE, pictures), (COUNTRY, countries)):
        properties[list(members)] |= use
    return Wanted(slots, numbers, len(languages), properties)


def _compiled(source: int) -> Callable[[Bytes, int, Wanted, Rows], Stop]:
    # What is compiled is cached by the text of this file and by what a function encloses. The number stands for the
    # text of the other files, whose functions are compiled in.
    @njit(cache=True, nogil=True)
    def scan(block: Any, position: int, want: Any, rows: Any) -> Any:
        assert source >= 0
        num_lines = num_no_picture = num_no_country = 0
        spans = np.empty((3, want.num_languages), np.int64)
        size = len(block)
        while position < size:
            newline = find_byte(block, position, size, _NEWLINE)
            if newline < 0:
                newline = size
            start, end = _bare(block, position, newline)
            position = newline + 1
            is_bracket = end - start == 1 and (block[start] == _OPEN_LIST or block[start] == _CLOSE_LIST)
            if end == start or is_bracket:
                continue
            num_lines += 1
            verdict = _line(block, start, end, want, rows, spans)
            if verdict == NO_PICTURE:
                num_no_picture += 1
            elif verdict == NO_COUNTRY:
                num_no_country += 1
            else:
                return Stop(position, num_lines, num_no_picture, num_no_country, verdict, start, end)
        return Stop(size, num_lines, num_no_picture, num_no_country, NO_PICTURE, size, size)

    return scan


@njit(nogil=True)
def _line(data: Any, start: int, end: int, want: Any, rows: Any, spans: Any) -> int:
    """Add a line's rows and say what it is; LEFT, and nothing added, if it is not as expected."""
    if end - start < 2 * ROOM or data[end - 1] != _CLOSE:
        return LEFT
    labels = find(data, start, end, _LABELS)
    qid = _item(data, start, labels) if labels >= 0 else -1
    if qid < 0:
        return LEFT
    spans[:] = -1
    at = find_labels(data, labels + len(_LABELS), end, want, spans)
    if at < 0 or at + ROOM > end or not stands(data, at, _DESCRIPTIONS):
        return LEFT
    at += len(_DESCRIPTIONS)
    if is_empty(data, at):
        at += 2
    else:
        # Its last text ends where nothing but aliases can follow.
        at = find(data, at, end, _TEXTS_END) + 3
        if at < 3:
            return LEFT
    if at + ROOM > end or not stands(data, at, _ALIASES):
        return LEFT
    at = find_aliases(data, at + len(_ALIASES), end, want, spans)
    if at < 0 or at + len(_CLAIMS) + 2 > end or not stands(data, at, _CLAIMS):
        return LEFT
    at += len(_CLAIMS)
    num_edges, uses = rows.sizes[4], 0
    if not is_empty(data, at):
        num_edges, uses = add_edges(data, at, end, qid, want, rows)
        if num_edges < 0:
            return LEFT
    rows.before[:] = rows.sizes
    if not add_texts(data, end, qid, want, rows, spans):
        return LEFT
    rows.sizes[4] = num_edges
    if not uses & PICTURE:
        return NO_PICTURE
    return CANDIDATE if uses & COUNTRY else NO_COUNTRY


@njit(nogil=True)
def _item(data: Any, at: int, end: int) -> int:
    """The id of the item whose head, `{"type":"item","id":"Q42"`, is data[at:end]; -1 if it is another."""
    if data[at] != _OPEN:
        return -1
    qid = -1
    is_item = False
    while at < end:
        at += 1
        if at >= end or data[at] != QUOTE:
            return -1
        key = at + 1
        stop = string_end(data, key, end)
        if stop < 0 or stop + 2 >= end or data[stop + 1] != _COLON:
            return -1
        at = stop + 2
        if data[at] == QUOTE:
            value = at + 1
            at = string_end(data, value, end)
            if at < 0:
                return -1
            if stop - key == len(_TYPE_KEY) and stands(data, key, _TYPE_KEY):
                is_item = at - value + 1 == len(_ITEM) and stands(data, value, _ITEM)
            elif stop - key == len(_ID_KEY) and stands(data, key, _ID_KEY):
                if data[value] != _Q:
                    return -1
                qid, digits_end = number_at(data, value + 1, at)
                if digits_end != at:
                    return -1
            at += 1
        else:
            _, after = number_at(data, at, end)
            if after == at:
                return -1
            at = after
        if at < end and data[at] != _COMMA:
            return -1
    return qid if is_item else -1


@njit(nogil=True)
def _is_blank(byte: int) -> bool:
    return byte == 32 or 9 <= byte <= 13


@njit(nogil=True)
def _bare(data: Any, start: int, end: int) -> tuple[int, int]:
    """As `lines.line_spans` gives a line."""
    while start < end and _is_blank(data[start]):
        start += 1
    while end > start and _is_blank(data[end - 1]):
        end -= 1
    if end > start and data[end - 1] == _COMMA:
        end -= 1
        while end > start and _is_blank(data[end - 1]):
            end -= 1
    return start, end


def _source() -> int:
    files = sorted(Path(__file__).parent.glob("*.py"))
    return int.from_bytes(hashlib.sha256(b"".join(file.read_bytes() for file in files)).digest()[:7], "big")


scan = _compiled(_source())
"""Add what is kept of a block's lines to the rows, up to the first that somebody must look at.

Args:
    block: whole lines, shape (num_bytes,).
    position: where to begin, the start of a line.
    want: what is looked for.
    rows: with room for all that the block can hold.
"""
