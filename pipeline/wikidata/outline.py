"""What is kept of every line of the dump, decoded by types that skip the rest: labels, and statements that link items.

The typed decode of a whole entity (`decode.py`) takes several times as long, and is left to candidates.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Collection, Sequence
from typing import Any, cast

import msgspec
import pyarrow as pa

from pipeline.schema import EDGES, LABELS
from pipeline.wikidata.entity import RANKS, number


class Text(msgspec.Struct):
    """A label or an alias, without the language, which is the key that it stands under."""

    value: str


class ItemValue(msgspec.Struct):
    """A value that is an object; only those of items have these fields. Old revisions have only `numeric-id`."""

    id: str | None = None
    numeric_id: int | None = msgspec.field(name="numeric-id", default=None)
    entity_type: str | None = msgspec.field(name="entity-type", default=None)


class Value(msgspec.Struct):
    """The value of a snak."""

    type: str
    value: ItemValue | str


class MainSnak(msgspec.Struct):
    """What a statement says."""

    snaktype: str
    datavalue: Value | None = None


class Link(msgspec.Struct):
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


Claims = dict[int, list[Link]]


class Outline(msgspec.Struct):
    """An entity without what nobody needs of most. `claims` has the wanted properties alone."""

    id: str
    type: str
    labels: dict[str, Text] | list[Any]
    aliases: dict[str, list[Text]] | list[Any]
    claims: Any


class OutlineDecoder:
    """Decodes lines to outlines.

    Args:
        properties: P-numbers whose statements are wanted.
    """

    def __init__(self, properties: Collection[int]) -> None:
        self.properties = tuple(sorted(set(properties)))
        fields: list[Any] = [
            (f"p{prop}", list[Link], msgspec.field(name=f"P{prop}", default_factory=list)) for prop in self.properties
        ]
        claims = msgspec.defstruct("Claims", fields)
        entity = msgspec.defstruct(
            "Outline",
            [
                ("id", str),
                ("type", str, "item"),
                ("labels", dict[str, Text] | list[Any], msgspec.field(default_factory=list)),
                ("aliases", dict[str, list[Text]] | list[Any], msgspec.field(default_factory=list)),
                ("claims", claims | list[Any], msgspec.field(default_factory=list)),
            ],
        )
        self.decode: Callable[[bytes], Outline] = cast(Any, msgspec.json.Decoder(entity).decode)

    def links(self, outline: Outline, prop: int) -> Sequence[Link]:
        """Statements of a wanted property that have a GUID."""
        if isinstance(outline.claims, list):
            return ()
        return [link for link in getattr(outline.claims, f"p{prop}") if link.id]


def best_values(links: Sequence[Link]) -> list[Link]:
    """Statements of the best rank that have a value: preferred where there is one, else normal, never deprecated."""
    for rank in RANKS:
        ranked = [link for link in links if link.rank == rank]
        if ranked:
            return [link for link in ranked if link.mainsnak.snaktype == "value"]
    return []


class LabelColumns:
    """Columns of `schema.LABELS` as they grow; rows of dicts would take several times as long."""

    def __init__(self, languages: Collection[str]) -> None:
        self._languages = frozenset(languages)
        self._qids: list[int] = []
        self._codes: list[str] = []
        self._labels: list[str] = []
        self._aliases: list[str] = []
        self._offsets: list[int] = [0]

    def add(self, qid: int, outline: Outline) -> None:
        """The labels of an item in the wanted languages, in NFC, in the order of the dump."""
        if isinstance(outline.labels, list):
            return
        aliases = outline.aliases if isinstance(outline.aliases, dict) else {}
        wanted, codes, labels, offsets = self._languages, self._codes, self._labels, self._offsets
        for code, text in outline.labels.items():
            label = text.value
            if code in wanted and not label.isspace() and label:
                codes.append(code)
                labels.append(label if label.isascii() else unicodedata.normalize("NFC", label))
                if aliases and (others := aliases.get(code)):
                    self._aliases += [unicodedata.normalize("NFC", other.value) for other in others]
                offsets.append(len(self._aliases))
        self._qids += [qid] * (len(codes) - len(self._qids))

    def table(self) -> pa.Table:
        """The rows so far."""
        aliases = pa.ListArray.from_arrays(pa.array(self._offsets, pa.int32()), pa.array(self._aliases, pa.string()))
        columns = [
            pa.array(self._qids, pa.int64()),
            pa.array(self._codes, pa.string()),
            pa.array(self._labels, pa.string()),
            aliases,
        ]
        return pa.Table.from_arrays(columns, schema=LABELS)


class EdgeColumns:
    """Columns of `schema.EDGES` as they grow."""

    def __init__(self, properties: Sequence[int]) -> None:
        self._properties = tuple(properties)
        self._subjects: list[int] = []
        self._of: list[int] = []
        self._objects: list[int] = []
        self._ranks: list[str] = []

    def add(self, qid: int, outline: Outline, decoder: OutlineDecoder) -> None:
        """The item's statements that link it to items."""
        for prop in self._properties:
            for link in decoder.links(outline, prop):
                target = link.qid()
                if target is not None:
                    self._subjects.append(qid)
                    self._of.append(prop)
                    self._objects.append(target)
                    self._ranks.append(link.rank)

    def table(self) -> pa.Table:
        """The rows so far."""
        columns = [
            pa.array(self._subjects, pa.int64()),
            pa.array(self._of, pa.int32()),
            pa.array(self._objects, pa.int64()),
            pa.array(self._ranks, pa.string()),
        ]
        return pa.Table.from_arrays(columns, schema=EDGES)
