"""One line of the dump as typed structs; fields that the pipeline does not use are skipped, not built.

Format: https://doc.wikimedia.org/Wikibase/master/php/docs_topics_json.html. Empty maps are `{}` since 2019 and `[]`
before; items of old revisions have `numeric-id` and no `id`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, overload

import msgspec

# Best first; deprecated is never best.
RANKS = ("preferred", "normal")
# Bytes of a line from which on its statements are decoded one at a time: as structs they take four times their JSON,
# and a line may be of 50 MB. One at a time takes longer, and one line in a million is that large.
LARGE_LINE = 4_000_000


def number(entity_id: str) -> int:
    """Q42 -> 42, P18 -> 18."""
    return int(entity_id[1:])


class DataValue(msgspec.Struct, gc=False):
    """A value; the shape of `value` depends on `type`."""

    type: str
    value: Any


class Snak(msgspec.Struct, gc=False):
    """A property with a value, with an unknown one (somevalue), or with none (novalue)."""

    snaktype: str
    property: str
    datavalue: DataValue | None = None


class Claim(msgspec.Struct, gc=False):
    """A statement. Without a GUID (only in files that are not real dumps) nothing can be grounded in it."""

    mainsnak: Snak
    id: str | None = None
    rank: str = "normal"
    qualifiers: dict[str, list[Snak]] | list[Any] = msgspec.field(default_factory=dict)


class DumpEntity(msgspec.Struct, gc=False):
    """An item or a property, without its labels, which are read of every item and by `outline.py`."""

    id: str
    type: str = "item"
    claims: dict[str, Sequence[Claim]] | list[Any] = msgspec.field(default_factory=dict)
    sitelinks: dict[str, msgspec.Raw] | list[Any] = msgspec.field(default_factory=dict)
    lastrevid: int | None = None
    modified: str | None = None


class _LargeEntity(DumpEntity, gc=False):
    claims: dict[str, list[msgspec.Raw]] | list[Any] = msgspec.field(default_factory=dict)  # type: ignore[assignment]


class _Undecoded(Sequence[Claim]):
    """Statements that are decoded each time they are looked at, and held as the bytes of the line."""

    def __init__(self, raw: Sequence[msgspec.Raw]) -> None:
        self._raw = raw

    def __len__(self) -> int:
        return len(self._raw)

    @overload
    def __getitem__(self, at: int) -> Claim: ...
    @overload
    def __getitem__(self, at: slice) -> Sequence[Claim]: ...
    def __getitem__(self, at: int | slice) -> Claim | Sequence[Claim]:
        return _Undecoded(self._raw[at]) if isinstance(at, slice) else _claim.decode(self._raw[at])

    def __iter__(self) -> Iterator[Claim]:
        return map(_claim.decode, self._raw)


_entity = msgspec.json.Decoder(DumpEntity)
_large_entity = msgspec.json.Decoder(_LargeEntity)
_claim = msgspec.json.Decoder(Claim)


def decode(block: bytes, start: int = 0, end: int | None = None) -> DumpEntity:
    """Decode the line at block[start:end].

    Raises:
        msgspec.DecodeError: not JSON, or not an entity; of a line above `LARGE_LINE`, what is wrong in a statement is
            raised when that is looked at.
        UnicodeDecodeError: not UTF-8.
    """
    # A view: a slice would be another 50 MB.
    line = memoryview(block)[start:end]
    if len(line) < LARGE_LINE:
        return _entity.decode(line)
    entity = _large_entity.decode(line)
    if isinstance(entity.claims, dict):
        entity.claims = {name: _Undecoded(raw) for name, raw in entity.claims.items()}  # type: ignore[misc]
    return entity
