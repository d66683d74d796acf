"""Strings and numbers of JSON text in ASCII, as the dump writes them; whatever else there is gives -1."""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit

from pipeline.wikidata.scan.simd import WIDTH, equal, lowest, stands

QUOTE, BACKSLASH, _U = b'"'[0], b"\\"[0], b"u"[0]
_ZERO, _NINE = b"0"[0], b"9"[0]
_NO_DIGIT = 255
_HEX = np.array([int(chr(byte), 16) if chr(byte) in "0123456789abcdefABCDEF" else _NO_DIGIT for byte in range(256)],
                np.uint8)  # fmt: skip
_PLAIN_ESCAPES = {'"': '"', "\\": "\\", "/": "/", "b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t"}
_ESCAPES = np.array([ord(_PLAIN_ESCAPES.get(chr(byte), "\0")) for byte in range(256)], np.uint8)


@njit(nogil=True)
def number_at(data: Any, at: int, end: int) -> tuple[int, int]:
    """The number that data[at:end] begins with, of at most 18 digits, and where it ends; it ends at `at` if none is."""
    value: Any = 0
    stop = min(end, at + 18)
    begin = at
    while at < stop and _ZERO <= data[at] <= _NINE:
        value = 10 * value + (np.int64(data[at]) - _ZERO)
        at += 1
    if at > begin + 1 and data[begin] == _ZERO:
        return -1, begin
    return value if at > begin else -1, at


@njit(nogil=True)
def string_end(data: Any, at: int, end: int) -> int:
    """Where the string that begins at `at`, behind its quotation mark, has its closing one before `end`; else -1."""
    carry = np.uint64(0)
    one, top = np.uint64(1), np.uint64(63)
    while at + WIDTH <= end:
        quotes, escapes = equal(data, at, QUOTE), equal(data, at, BACKSLASH)
        escaped = (escapes << one) | carry
        if escapes & escaped:
            break  # two backslashes: byte by byte
        quotes &= ~escaped
        if quotes:
            return at + lowest(quotes)
        carry = escapes >> top
        at += WIDTH
    if carry:
        at -= 1
    while at < end:
        if data[at] == BACKSLASH:
            at += 2
        elif data[at] == QUOTE:
            return at
        else:
            at += 1
    return -1


@njit(nogil=True)
def after(data: Any, at: int, end: int, text: Any) -> int:
    """Behind the text, which must stand at `at`; else -1. `at` may be -1 already."""
    if at < 0 or at + len(text) > end or not stands(data, at, text):
        return -1
    return at + len(text)


@njit(nogil=True)
def after_byte(data: Any, at: int, end: int, byte: int) -> int:
    """Behind the byte, which must stand at `at`; else -1. `at` may be -1 already."""
    return at + 1 if 0 <= at < end and data[at] == byte else -1


@njit(nogil=True)
def after_string(data: Any, at: int, end: int, key: Any, is_optional: bool) -> int:
    """Behind the key with its opening quotation mark, the string and its closing one."""
    behind = after(data, at, end, key)
    if behind < 0:
        return at if is_optional else -1
    stop = string_end(data, behind, end)
    return stop + 1 if stop >= 0 else -1


@njit(nogil=True)
def add_text(data: Any, at: int, end: int, text: Any, size: int) -> int:
    """Add the string data[at:end] as UTF-8; the new size, or -1 if it has bytes or escapes that are not expected."""
    while at < end:
        byte = data[at]
        if byte < 32 or byte > 126:
            return -1
        if byte != BACKSLASH:
            text[size] = byte
            size += 1
            at += 1
            continue
        if data[at + 1] != _U:
            if _ESCAPES[data[at + 1]] == 0:
                return -1
            text[size] = _ESCAPES[data[at + 1]]
            size += 1
            at += 2
            continue
        point = _code_point(data, at, end)
        at += 6
        if 0xD800 <= point < 0xDC00:
            low = _code_point(data, at, end)
            if not 0xDC00 <= low < 0xE000:
                return -1
            point = 0x10000 + ((point - 0xD800) << 10) + (low - 0xDC00)
            at += 6
        elif point < 0 or 0xDC00 <= point < 0xE000:
            return -1
        if point < 0x80:
            text[size] = point
            size += 1
        elif point < 0x800:
            text[size], text[size + 1] = 0xC0 | point >> 6, 0x80 | point & 63
            size += 2
        elif point < 0x10000:
            text[size], text[size + 1], text[size + 2] = 0xE0 | point >> 12, 0x80 | point >> 6 & 63, 0x80 | point & 63
            size += 3
        else:
            text[size], text[size + 1] = 0xF0 | point >> 18, 0x80 | point >> 12 & 63
            text[size + 2], text[size + 3] = 0x80 | point >> 6 & 63, 0x80 | point & 63
            size += 4
    return size


@njit(nogil=True)
def _code_point(data: Any, at: int, end: int) -> int:
    r"""The number of the escape `\u00e9` at `at`, which ends before `end`; else -1."""
    if at + 6 > end or data[at] != BACKSLASH or data[at + 1] != _U:
        return -1
    point = 0
    for number in range(at + 2, at + 6):
        digit = _HEX[data[number]]
        if digit == _NO_DIGIT:
            return -1
        point = point << 4 | digit
    return point
