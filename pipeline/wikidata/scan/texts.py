"""Labels and aliases: where those of the wanted languages stand, then their text in UTF-8."""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit

from pipeline.wikidata.scan.simd import find_byte, load, word
from pipeline.wikidata.scan.strings import BACKSLASH, QUOTE, add_text, string_end

_COMMA, _COLON = b","[0], b":"[0]
_OPEN, _CLOSE, _OPEN_LIST, _CLOSE_LIST = b"{"[0], b"}"[0], b"["[0], b"]"[0]
# The bytes before the language of a text, and between it and the text.
_LANGUAGE, _GUAGE, _TO_VALUE = word(b'{"langua'), word(b'ge":"'), word(b'","value')
_MASKS = np.array([(1 << 8 * size) - 1 for size in range(8)] + [(1 << 64) - 1], np.uint64)
LONGEST_CODE = 8
# Bytes that may be read at once; every line goes on for longer than that behind its labels.
ROOM = 64
NUM_SLOTS = 1024
_MULTIPLIER, _SHIFT = np.uint64(0x9E3779B97F4A7C15), np.uint64(54)


@njit(nogil=True)
def slot_of(code: Any) -> Any:
    """Where in the hash table a language's code is looked for first."""
    return (code * _MULTIPLIER) >> _SHIFT


@njit(nogil=True)
def _language(want: Any, data: Any, at: int, size: int) -> int:
    """The number of the language whose code stands there; -1 if it is none of the wanted ones."""
    if size > LONGEST_CODE:
        return -1
    code = load(data, at) & _MASKS[size]
    slot = slot_of(code)
    while want.slots[slot]:
        if want.slots[slot] == code:
            return want.languages[slot]
        slot = (slot + np.uint64(1)) % np.uint64(NUM_SLOTS)
    return -1


@njit(nogil=True)
def is_empty(data: Any, at: int) -> bool:
    """Whether an empty map stands at `at`: `[]` in dumps before 2019."""
    return (data[at] == _OPEN and data[at + 1] == _CLOSE) or (data[at] == _OPEN_LIST and data[at + 1] == _CLOSE_LIST)


@njit(nogil=True)
def find_labels(data: Any, at: int, end: int, want: Any, spans: Any) -> int:
    """Note where labels of wanted languages stand; where the map `{"en":{"language":"en","value":"x"}}` ends, or -1."""
    if is_empty(data, at):
        return at + 2
    if data[at] != _OPEN:
        return -1
    while True:
        at += 1
        begin, size = _key(data, at, end)
        value = _text_start(data, begin + size + 2, end, begin, size) if begin >= 0 else -1
        if value < 0:
            return -1
        stop = string_end(data, value, end)
        if stop < 0 or stop + 3 > end or data[stop + 1] != _CLOSE:
            return -1
        number = _language(want, data, begin, size)
        if number >= 0:
            spans[0, number], spans[1, number] = value, stop
        at = stop + 2
        if data[at] == _CLOSE:
            return at + 1
        if data[at] != _COMMA:
            return -1


@njit(nogil=True)
def find_aliases(data: Any, at: int, end: int, want: Any, spans: Any) -> int:
    """Note where lists of aliases begin; where the map `{"en":[{"language":"en","value":"x"}]}` ends, or -1."""
    if is_empty(data, at):
        return at + 2
    if data[at] != _OPEN:
        return -1
    while True:
        at += 1
        begin, size = _key(data, at, end)
        if begin < 0 or data[begin + size + 2] != _OPEN_LIST:
            return -1
        number = _language(want, data, begin, size)
        if number >= 0:
            spans[2, number] = begin + size + 2
        at = begin + size + 3
        if data[at] == _CLOSE_LIST:
            at += 1
        else:
            while True:
                value = _text_start(data, at, end, begin, size)
                if value < 0:
                    return -1
                stop = string_end(data, value, end)
                if stop < 0 or stop + 4 > end or data[stop + 1] != _CLOSE:
                    return -1
                at = stop + 3
                if data[stop + 2] == _CLOSE_LIST:
                    break
                if data[stop + 2] != _COMMA:
                    return -1
        if data[at] == _CLOSE:
            return at + 1
        if data[at] != _COMMA:
            return -1


@njit(nogil=True)
def add_texts(data: Any, end: int, qid: int, want: Any, rows: Any, spans: Any) -> bool:
    """Add the labels and aliases that were noted; False, and nothing added, if a text is not plain JSON in ASCII."""
    sizes = rows.sizes
    label_size, num_labels, alias_size, num_aliases = sizes[0], sizes[1], sizes[2], sizes[3]
    for number in range(want.num_languages):
        if spans[0, number] < 0:
            continue
        label_size = add_text(data, spans[0, number], spans[1, number], rows.label_text, label_size)
        if label_size < 0:
            return False
        before = num_aliases
        at = spans[2, number]
        if at >= 0 and data[at + 1] != _CLOSE_LIST:
            while data[at] != _CLOSE_LIST:
                # As `find_aliases` found it: {"language":"en","value":"
                value = find_byte(data, at + 14, end, QUOTE) + 11
                stop = string_end(data, value, end)
                alias_size = add_text(data, value, stop, rows.alias_text, alias_size)
                if alias_size < 0:
                    return False
                rows.alias_ends[num_aliases] = alias_size
                num_aliases += 1
                at = stop + 2
        rows.label_ends[num_labels] = label_size
        rows.label_qids[num_labels] = qid
        rows.label_languages[num_labels] = number
        rows.alias_counts[num_labels] = num_aliases - before
        num_labels += 1
    sizes[0], sizes[1], sizes[2], sizes[3] = label_size, num_labels, alias_size, num_aliases
    return True


@njit(nogil=True)
def _text_start(data: Any, at: int, end: int, code: int, size: int) -> int:
    """Where the text begins behind `{"language":"en","value":"`, which must stand at `at`; else -1."""
    if at + ROOM > end or load(data, at) != _LANGUAGE or load(data, at + 8) & _MASKS[5] != _GUAGE:
        return -1
    if not _same(data, code, at + 13, size):
        return -1
    return _value(data, at + 13 + size, end)


@njit(nogil=True)
def _value(data: Any, at: int, end: int) -> int:
    """Where the text begins behind `","value":"`, which must stand at `at`; else -1."""
    if at + 11 > end or load(data, at) != _TO_VALUE:
        return -1
    if data[at + 8] != QUOTE or data[at + 9] != _COLON or data[at + 10] != QUOTE:
        return -1
    return at + 11


@njit(nogil=True)
def _key(data: Any, at: int, end: int) -> tuple[int, int]:
    """Where the code of the key `"en":` at `at` begins, and its size; -1 if there is none of the usual length."""
    if at + ROOM > end or data[at] != QUOTE:
        return -1, 0
    for stop in range(at + 1, at + 33):
        if data[stop] == BACKSLASH:
            break
        if data[stop] == QUOTE:
            return (at + 1, stop - at - 1) if data[stop + 1] == _COLON else (-1, 0)
    return -1, 0


@njit(nogil=True)
def _same(data: Any, one: int, other: int, size: int) -> bool:
    for number in range(size):  # noqa: SIM110 - compiled
        if data[one + number] != data[other + number]:
            return False
    return True
