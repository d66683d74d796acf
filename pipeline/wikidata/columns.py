"""Tables of `extract` as columns that grow: rows of dicts would take several times as long."""

from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from itertools import accumulate
from typing import Any

import pyarrow as pa

from pipeline.schema import EDGES, ENTITIES, LABEL, LABELS, QUALIFIER, STATEMENT
from pipeline.wikidata.decode import RANKS, DumpEntity, Snak, number
from pipeline.wikidata.outline import Outline

# A value in the order of `schema.VALUE_FIELDS`.
_Value = tuple[Any, ...]


class LabelColumns:
    """Columns of `schema.LABELS`.

    Args:
        languages: Wikidata's codes that are kept.
    """

    def __init__(self, languages: Collection[str]) -> None:
        self._languages = frozenset(languages)
        self._qids: list[int] = []
        self._codes: list[str] = []
        self._labels: list[str] = []
        self._aliases: list[str] = []
        self._offsets: list[int] = [0]

    def add(self, qid: int, outline: Outline) -> None:
        """The labels of an item in the wanted languages, in NFC, in the order of the dump."""
        if not outline.labels or isinstance(outline.labels, list):
            return
        aliases = outline.aliases if isinstance(outline.aliases, dict) else {}
        codes, labels, offsets = self._codes, self._labels, self._offsets
        wanted = self._languages
        for code, text in outline.labels.items():
            label = text.value
            if code in wanted and label and not label.isspace():
                codes.append(code)
                labels.append(label if label.isascii() else unicodedata.normalize("NFC", label))
                if code in aliases:
                    self._aliases += [unicodedata.normalize("NFC", other.value) for other in aliases[code]]
                offsets.append(len(self._aliases))
        self._qids += [qid] * (len(codes) - len(self._qids))

    def lists(self, qids: Sequence[int]) -> pa.ListArray:
        """The rows so far as one list of `schema.LABEL` for each of these items, which were added in this order."""
        numbers = Counter(self._qids)
        labels = self.table().drop_columns(["qid"]).combine_chunks().to_struct_array()
        rows = pa.StructArray.from_arrays(labels.combine_chunks().flatten(), fields=list(LABEL))
        return _lists([numbers[qid] for qid in qids], rows, pa.list_(LABEL))

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
    """Columns of `schema.EDGES`.

    Args:
        properties: those that are edges, by name.
    """

    def __init__(self, properties: Mapping[str, int]) -> None:
        self._properties = properties
        self._subjects: list[int] = []
        self._of: list[int] = []
        self._objects: list[int] = []
        self._ranks: list[str] = []

    def add(self, qid: int, outline: Outline) -> None:
        """The item's statements that link it to items."""
        if isinstance(outline.claims, list):
            return
        for name, links in outline.claims.items():
            prop = self._properties.get(name)
            if prop is None:
                continue
            for link in links:
                target = link.qid() if link.id else None
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


class EntityColumns:
    """Columns of `schema.ENTITIES`.

    Args:
        dump_date: written into every row.

    Attributes:
        num_anonymous: statements without a GUID; nothing can be grounded in them, and they are left out.
    """

    def __init__(self, dump_date: str) -> None:
        self.num_anonymous = 0
        self._dump_date = dump_date
        self._entities: list[tuple[int, int | None, str | None, int]] = []
        self._num_statements: list[int] = []
        self._statements: list[_Value] = []
        self._num_qualifiers: list[int] = []
        self._qualifiers: list[_Value] = []

    def __len__(self) -> int:
        return len(self._entities)

    def add(self, entity: DumpEntity) -> None:
        """All statements in the order of the dump, those of the best rank of each property marked.

        A property's best rank is preferred where it has such a statement, else normal; deprecated is never best.

        Raises:
            KeyError, TypeError, ValueError: a value is not what its type says; nothing has been added then.
        """
        statements: list[_Value] = []
        qualifiers: list[_Value] = []
        num_qualifiers: list[int] = []
        num_anonymous = 0
        claims = entity.claims if isinstance(entity.claims, dict) else {}
        for name, of_property in claims.items():
            prop = number(name)
            ranks = {claim.rank for claim in of_property}
            best = next((rank for rank in RANKS if rank in ranks), None)
            for claim in of_property:
                if not claim.id:
                    num_anonymous += 1
                    continue
                statements.append((claim.id, prop, claim.rank, claim.rank == best, *_value(claim.mainsnak)))
                before = len(qualifiers)
                if isinstance(claim.qualifiers, dict):
                    for qualifier, snaks in claim.qualifiers.items():
                        of = number(qualifier)
                        qualifiers += [(of, *_value(snak)) for snak in snaks]
                num_qualifiers.append(len(qualifiers) - before)
        self._entities.append((number(entity.id), entity.lastrevid, entity.modified, len(entity.sitelinks)))
        self._num_statements.append(len(statements))
        self._statements += statements
        self._num_qualifiers += num_qualifiers
        self._qualifiers += qualifiers
        self.num_anonymous += num_anonymous

    def table(self) -> pa.Table:
        """The rows so far."""
        qualifiers = _structs(self._qualifiers, QUALIFIER)
        lists = _lists(self._num_qualifiers, qualifiers, STATEMENT.field("qualifiers").type)
        statements = _structs(self._statements, STATEMENT, lists)
        qids, revisions, modified, num_sitelinks = _transposed(self._entities, 4)
        columns = [qids, revisions, modified, [self._dump_date] * len(self), num_sitelinks]
        arrays = [pa.array(column, field.type) for column, field in zip(columns, ENTITIES, strict=False)]
        arrays.append(_lists(self._num_statements, statements, ENTITIES.field("statements").type))
        return pa.Table.from_arrays(arrays, schema=ENTITIES)


def _value(snak: Snak) -> _Value:
    if snak.datavalue is None:
        return (snak.snaktype, *_NOTHING)
    kind, value = snak.datavalue.type, snak.datavalue.value
    head = (snak.snaktype, kind)
    if kind == "wikibase-entityid":
        # Old revisions have only numeric-id; lexemes, forms and properties are not items.
        if value.get("entity-type", "item") != "item":
            return (*head, *_NOTHING[1:])
        qid = value["numeric-id"] if "numeric-id" in value else number(value["id"])
        return (*head, qid, *_NOTHING[2:])
    if kind == "string":
        return (*head, None, value, *_NOTHING[3:])
    if kind == "monolingualtext":
        return (*head, None, value["text"], value["language"], *_NOTHING[4:])
    if kind == "time":
        calendar = _item_of(value["calendarmodel"])
        return (*head, None, None, None, value["time"], value["precision"], calendar, None, None, None, None)
    if kind == "quantity":
        return (*head, *_NOTHING[5:], value["amount"], _item_of(value["unit"]), None, None)
    if kind == "globecoordinate":
        return (*head, *_NOTHING[3:], value["latitude"], value["longitude"])
    return (*head, *_NOTHING[1:])


# Of a value without snaktype: type, qid, text, language, time, precision, calendar, amount, unit, latitude, longitude.
_NOTHING: _Value = (None,) * 11


def _item_of(address: str) -> int | None:
    """http://www.wikidata.org/entity/Q1985727 -> 1985727; the unit "1" is none."""
    name = address.rpartition("/")[2]
    return number(name) if name[:1] == "Q" else None


def _transposed(rows: Sequence[_Value], width: int) -> list[Sequence[Any]]:
    return list(zip(*rows, strict=True)) if rows else [()] * width


def _structs(rows: Sequence[_Value], kind: pa.StructType, *last: pa.Array) -> pa.StructArray:
    """Rows of all fields, but for the last ones, which are arrays already."""
    fields = list(kind)
    columns = _transposed(rows, len(fields) - len(last))
    arrays = [pa.array(column, field.type) for column, field in zip(columns, fields, strict=False)]
    return pa.StructArray.from_arrays([*arrays, *last], fields=fields)


def _lists(lengths: Sequence[int], values: pa.Array, kind: pa.ListType) -> pa.ListArray:
    return pa.ListArray.from_arrays(pa.array(list(accumulate(lengths, initial=0)), pa.int32()), values, type=kind)
