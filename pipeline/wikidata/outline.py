"""What is kept of every line of the dump: labels, and statements that link items, without decoding the rest.

The dump writes an entity's parts in one order, and a key's quotation marks cannot stand inside a string, so the parts
that are wanted can be found by searching bytes and decoded alone: a fifth of the line. Whatever does not look as
expected is decoded whole, by the same types; a test compares both ways, and the typed decode of `decode.py`, on every
real entity. What lies in the parts passed over is not looked at: damage there goes unnoticed.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any, cast

import msgspec
import stringzilla

from pipeline.wikidata.decode import RANKS, number

_find = stringzilla.find

_LABELS, _DESCRIPTIONS, _ALIASES, _CLAIMS = b',"labels":', b',"descriptions":', b',"aliases":', b',"claims":'
_AFTER_CLAIMS, _END = b',"sitelinks":', b"}"
_STATEMENT = b'{"mainsnak":'
_SNAK = (b'{"snaktype":', b'{"hash":')
_NEXT_PROPERTY = re.compile(rb'\],"P\d+":\[\{"mainsnak":')


class Text(msgspec.Struct, gc=False):
    """A label or an alias, without the language, which is the key that it stands under."""

    value: str


class ItemValue(msgspec.Struct, gc=False):
    """A value that is an object; only those of items have these fields. Old revisions have only `numeric-id`."""

    id: str | None = None
    numeric_id: int | None = msgspec.field(name="numeric-id", default=None)
    entity_type: str | None = msgspec.field(name="entity-type", default=None)


class Value(msgspec.Struct, gc=False):
    """The value of a snak."""

    type: str
    value: ItemValue | str


class MainSnak(msgspec.Struct, gc=False):
    """What a statement says."""

    snaktype: str
    datavalue: Value | None = None


class Link(msgspec.Struct, gc=False):
    """A statement of one of the wanted properties."""

    mainsnak: MainSnak
    id: str | None = None
    rank: str = "normal"

    def qid(self) -> int | None:
        """The item that it points to."""
        found = self.mainsnak.datavalue
        if found is None or found.type != "wikibase-entityid" or isinstance(found.value, str):
            return None
        value = found.value
        if value.entity_type not in (None, "item"):
            return None
        return value.numeric_id if value.numeric_id is not None else number(value.id or "")


class Outline(msgspec.Struct, gc=False):
    """An entity without what nobody needs of most.

    Attributes:
        labels: a struct with a field for each wanted language, in their order; see `texts` and `names`.
        aliases: likewise.
    """

    id: str
    type: str = "item"
    labels: Any = None
    aliases: Any = None
    claims: dict[str, list[Link]] | list[Any] = msgspec.field(default_factory=list)

    def links(self, prop: str) -> Sequence[Link]:
        """Statements of a property (P31) that have a GUID."""
        if isinstance(self.claims, list) or prop not in self.claims:
            return ()
        return [link for link in self.claims[prop] if link.id]


def _outline_type(languages: Sequence[str]) -> type[Outline]:
    """`Outline` with the wanted languages alone: of the others nothing is made.

    Empty maps are `[]` in dumps before 2019, so each map may be a list too.
    """
    names = [f"language_{number}" for number in range(len(languages))]

    def of_languages(name: str, kind: Any) -> Any:
        fields: list[Any] = [
            (field, kind | None, msgspec.field(name=language, default=None))
            for field, language in zip(names, languages, strict=True)
        ]
        return msgspec.defstruct(name, fields, gc=False)

    return cast(
        type[Outline],
        msgspec.defstruct(
            "Outline",
            [
                ("id", str),
                ("type", str, "item"),
                ("labels", of_languages("Labels", Text) | list[Any], msgspec.field(default_factory=list)),
                ("aliases", of_languages("Aliases", list[Text]) | list[Any], msgspec.field(default_factory=list)),
            ],
            bases=(Outline,),
            gc=False,
        ),
    )


class OutlineReader:
    """Reads outlines from blocks of lines.

    Args:
        always: properties (P31) whose statements are wanted of every item.
        pictures: those without one of which nothing else matters.
        countries: wanted of items that have a picture.
        languages: Wikidata's codes of the labels and aliases that are wanted, in the order of their columns.
    """

    def __init__(
        self,
        always: Collection[str],
        pictures: Collection[str],
        countries: Collection[str],
        languages: Sequence[str] = (),
    ) -> None:
        self._with_labels = bool(languages)
        self._decode: Callable[[bytes], Outline] = msgspec.json.Decoder(_outline_type(languages)).decode
        self._always, self._pictures = _keys(always), _keys(set(pictures) - set(always))
        self._countries = _keys(set(countries) - set(always))

    def read(self, block: bytes, start: int, end: int) -> Outline:
        """The outline of the line at block[start:end].

        Raises:
            msgspec.DecodeError: not JSON, or not an entity.
        """
        parts = self._parts(block, start, end)
        if parts is not None:
            try:
                return self._decode(parts)
            except msgspec.DecodeError:
                pass  # decoded whole, it says what is wrong, or is right after all
        return self._decode(block[start:end])

    def _parts(self, block: bytes, start: int, end: int) -> bytes | None:
        """The line without what is not wanted, as JSON; None if it is not laid out as the dump's lines are."""
        labels = _find(block, _LABELS, start, end)
        descriptions = _find(block, _DESCRIPTIONS, max(labels, start), end)
        aliases = _find(block, _ALIASES, max(descriptions, start), end)
        claims = _find(block, _CLAIMS, max(aliases, start), end)
        if not start < labels < descriptions < aliases < claims or block[end - 1 : end] != _END:
            return None
        if self._with_labels:
            head = block[start:descriptions] + block[aliases:claims]
        else:
            head = block[start:labels].rstrip(b",")
        statements = self._statements(block, claims + len(_CLAIMS), end)
        return None if statements is None else b'%b,"claims":{%b}}' % (head, b",".join(statements))

    def _statements(self, block: bytes, start: int, end: int) -> list[bytes] | None:
        found: list[bytes] = []
        for keys, needed in ((self._always, False), (self._pictures, True), (self._countries, False)):
            num_before = len(found)
            for key in keys:
                at = _find(block, key, start, end)
                if at < 0:
                    continue
                part = _statements_at(block, key, at, end)
                if part is None:
                    return None
                if part:
                    found.append(part)
            if needed and len(found) == num_before:
                break
        return found


def _keys(properties: Collection[str]) -> tuple[bytes, ...]:
    return tuple(b'"%b":[' % prop.encode() for prop in sorted(properties))


def _statements_at(block: bytes, key: bytes, at: int, end: int) -> bytes | None:
    """`"P31":[...]` of an entity's own statements, at or after where its key was found.

    Empty if only qualifiers and references have the property, None if it is laid out otherwise.
    """
    while at >= 0:
        array = at + len(key)
        if block.startswith(_STATEMENT, array):
            break
        if not block.startswith(_SNAK, array):
            return None
        at = _find(block, key, array, end)
    else:
        return b""
    stop = _find(block, b'],"P', array, end)
    while stop >= 0 and not _NEXT_PROPERTY.match(block, stop):
        stop = _find(block, b'],"P', stop + 4, end)
    if stop < 0:
        after = _find(block, b"]}" + _AFTER_CLAIMS, array, end)
        stop = after if after >= 0 else end - len(b"]}}")
    return block[at : stop + 1]


def best_values(links: Sequence[Link]) -> list[Link]:
    """Statements of the best rank that have a value: preferred where there is one, else normal, never deprecated."""
    for rank in RANKS if links else ():
        ranked = [link for link in links if link.rank == rank]
        if ranked:
            return [link for link in ranked if link.mainsnak.snaktype == "value"]
    return []


def property_names(numbers: Collection[int]) -> Mapping[str, int]:
    """P31 -> 31."""
    return {f"P{each}": each for each in numbers}
