"""An item's own statements: those that are edges, and whether the item has a picture and a country by a best one."""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit

from pipeline.wikidata.scan.simd import find, stands
from pipeline.wikidata.scan.strings import QUOTE, after, after_byte, after_string, number_at, string_end


def _text(text: bytes) -> Any:
    return np.frombuffer(text, np.uint8)


# What a property is wanted for.
EDGE, PICTURE, COUNTRY = 1, 2, 4
# In their order a statement's rank is a number.
RANKS = ("preferred", "normal", "deprecated")

_COMMA, _OPEN, _P = b","[0], b"{"[0], b"P"[0]
_AFTER_CLAIMS = _text(b']},"sitelinks":')
_NEXT_PROPERTY, _ARRAY = _text(b'],"P'), _text(b'":[{"mainsnak":')
# How lists of snaks begin, in qualifiers and references.
_SNAKS = (_text(b'":[{"snaktype":"'), _text(b'":[{"hash":"'))
_STATEMENT, _SNAKTYPE, _VALUE = _text(b'{"mainsnak":'), _text(b'{"snaktype":"'), _text(b'value"')
_NO_VALUES = (_text(b'somevalue"'), _text(b'novalue"'))
_PROPERTY, _HASH, _DATATYPE = _text(b',"property":"'), _text(b',"hash":"'), _text(b',"datatype":"')
_ITEM_VALUE = _text(b',"datavalue":{"value":{"entity-type":"item","numeric-id":')
_STRING_VALUE, _STRING_TYPE = _text(b',"datavalue":{"value":"'), _text(b',"type":"string"}')
_ITEM_ID, _ITEM_TYPE = _text(b',"id":"Q'), _text(b'},"type":"wikibase-entityid"}')
_IS_STATEMENT, _QUALIFIERS = _text(b'},"type":"statement"'), _text(b',"qualifiers":')
_ID_AFTER_QUALIFIERS, _ID, _RANK = _text(b'],"id":"'), _text(b',"id":"'), _text(b'","rank":"')
_RANK_TEXTS = tuple(_text(f'{rank}"'.encode()) for rank in RANKS)


@njit(nogil=True)
def add_edges(data: Any, at: int, end: int, qid: int, want: Any, rows: Any) -> tuple[int, int]:
    """Write the edges among the statements `{"P31":[{"mainsnak":...}]}` at `at` behind those there are.

    Returns:
        How many edges there are then, -1 if the statements are not laid out as expected; the uses, PICTURE and COUNTRY,
        for which there is a best statement with a value, for a country with an item.
    """
    stop = find(data, at, end, _AFTER_CLAIMS)
    if data[at] != _OPEN or stop < 0 or data[at + 1] != QUOTE or data[at + 2] != _P:
        return -1, 0
    num_edges, uses = rows.sizes[4], 0
    at += 3
    is_first = True
    while True:
        # Here stand the digits of a property, of the item's own statements or of a qualifier.
        prop, digits_end = number_at(data, at, stop)
        if prop >= 0 and digits_end + len(_ARRAY) <= stop and stands(data, digits_end, _ARRAY):
            use = want.properties[prop] if prop < len(want.properties) else 0
            at = digits_end + len(_ARRAY) - len(_STATEMENT)
            if use:
                num_edges, given, at = _add_property(data, at, stop, qid, prop, use, rows, num_edges)
                if num_edges < 0:
                    return -1, 0
                uses |= given
        elif is_first or not _are_snaks(data, digits_end, stop):
            return -1, 0
        is_first = False
        at = find(data, at, stop, _NEXT_PROPERTY)
        if at < 0:
            return num_edges, uses
        at += len(_NEXT_PROPERTY)


@njit(nogil=True)
def _are_snaks(data: Any, at: int, end: int) -> bool:
    return after(data, at, end, _SNAKS[0]) >= 0 or after(data, at, end, _SNAKS[1]) >= 0


@njit(nogil=True)
def _add_property(
    data: Any, at: int, end: int, qid: int, prop: int, use: int, rows: Any, num_edges: int
) -> tuple[int, int, int]:
    """Write the edges of one property, whose first statement begins at `at`.

    Returns:
        How many edges there are then, -1 if something is not as expected; the uses for which it has a best statement; a
        place in its last statement.
    """
    # By rank: whether there is a statement, one with a value, one with an item.
    seen = valued = linked = 0
    while True:
        is_valued, target, rank, at = _statement(data, at, end)
        if at < 0:
            return -1, 0, at
        seen |= 1 << rank
        valued |= is_valued << rank
        if target >= 0:
            linked |= 1 << rank
            if use & EDGE:
                rows.edge_subjects[num_edges] = qid
                rows.edge_properties[num_edges] = prop
                rows.edge_objects[num_edges] = target
                rows.edge_ranks[num_edges] = rank
                num_edges += 1
        following = find(data, at, end, _STATEMENT)
        # The first statement of the next property has a bracket before it.
        if following < 0 or data[following - 1] != _COMMA:
            break
        at = following
    # Preferred where there is one, else normal; deprecated is never best.
    best = seen & 1 or seen & 2
    given = (PICTURE if valued & best else 0) | (COUNTRY if linked & best else 0)
    return num_edges, use & given, at


@njit(nogil=True)
def _statement(data: Any, at: int, end: int) -> tuple[int, int, int, int]:
    """The statement at `at`.

    Returns:
        1 if it has a value, else 0; the item it points to, or -1; its rank; a place in it, -1 if it is not as expected.
    """
    at = after(data, at + len(_STATEMENT), end, _SNAKTYPE)
    if at < 0:
        return 0, -1, 0, -1
    behind = after(data, at, end, _VALUE)
    is_valued = behind >= 0
    if not is_valued:
        behind = max(after(data, at, end, _NO_VALUES[0]), after(data, at, end, _NO_VALUES[1]))
    at = after_string(data, behind, end, _PROPERTY, False)
    at = after_string(data, at, end, _HASH, True)
    target = -1
    if is_valued and at >= 0:
        string = after_string(data, at, end, _STRING_VALUE, False)
        if string >= 0:
            at = after(data, string, end, _STRING_TYPE)
        else:
            target, at = _item(data, at, end)
    at = after_string(data, at, end, _DATATYPE, True)
    at = after(data, at, end, _IS_STATEMENT)
    if at < 0:
        return 0, -1, 0, -1
    if at + len(_QUALIFIERS) <= end and stands(data, at, _QUALIFIERS):
        at = find(data, at, end, _ID_AFTER_QUALIFIERS)
        guid = at + len(_ID_AFTER_QUALIFIERS) if at >= 0 else -1
    else:
        guid = after(data, at, end, _ID)
    if guid < 0:
        return 0, -1, 0, -1
    at = string_end(data, guid, end)
    # Nothing can be grounded in a statement without a GUID; what that means is said elsewhere.
    at = after(data, at, end, _RANK) if at > guid else -1
    rank = _rank(data, at, end) if at >= 0 else -1
    return (int(is_valued), target, rank, at) if rank >= 0 else (0, -1, 0, -1)


@njit(nogil=True)
def _item(data: Any, at: int, end: int) -> tuple[int, int]:
    """The item in the value at `at`, and a place behind it; -1 for both if it is not as expected."""
    at = after(data, at, end, _ITEM_VALUE)
    if at < 0:
        return -1, -1
    target, at = number_at(data, at, end)
    if target < 0:
        return -1, -1
    if at + len(_ITEM_ID) <= end and stands(data, at, _ITEM_ID):
        _, at = number_at(data, at + len(_ITEM_ID), end)
        at = after_byte(data, at, end, QUOTE)
    return target, after(data, at, end, _ITEM_TYPE)


@njit(nogil=True)
def _rank(data: Any, at: int, end: int) -> int:
    for rank in range(len(RANKS)):
        if at + len(_RANK_TEXTS[rank]) <= end and stands(data, at, _RANK_TEXTS[rank]):
            return rank
    return -1
