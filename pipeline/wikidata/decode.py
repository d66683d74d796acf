"""One line of the dump as typed structs; fields that the pipeline does not use are skipped, not built.

Format: https://doc.wikimedia.org/Wikibase/master/php/docs_topics_json.html. Empty maps are `{}` since 2019 and `[]`
before; items of old revisions have `numeric-id` and no `id`.
"""

from __future__ import annotations

from typing import Any

import msgspec

# Best first; deprecated is never best.
RANKS = ("preferred", "normal")


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
    claims: dict[str, list[Claim]] | list[Any] = msgspec.field(default_factory=dict)
    sitelinks: dict[str, msgspec.Raw] | list[Any] = msgspec.field(default_factory=dict)
    lastrevid: int | None = None
    modified: str | None = None


_decoder = msgspec.json.Decoder(DumpEntity)


def decode(line: bytes) -> DumpEntity:
    """Decode a line.

    Raises:
        msgspec.DecodeError: not JSON, or not an entity.
        UnicodeDecodeError: not UTF-8.
    """
    return _decoder.decode(line)
