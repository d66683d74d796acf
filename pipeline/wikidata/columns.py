"""Tables of `extract` as columns that grow: rows of dicts would take several times as long."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping, Sequence
from itertools import accumulate, compress, repeat
from typing import Any

import msgspec
import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
from msgspec.structs import astuple

from pipeline.schema import EDGES, ENTITIES, LABEL, LABELS, QUALIFIER, STATEMENT
from pipeline.wikidata.decode import RANKS, Claim, DumpEntity, Snak, number
from pipeline.wikidata.outline import Outline
from pipeline.wikidata.struct_rows import StructRows

# A value in the order of `schema.VALUE_FIELDS`.
_Value = tuple[Any, ...]


class LabelColumns:
    """Columns of `schema.LABELS`.

    Args:
        languages: Wikidata's codes that are kept, in the order of the outlines' fields.
    """

    def __init__(self, languages: Sequence[str]) -> None:
        self._languages = tuple(languages)
        self._qids: list[int] = []
        self._numbers: list[int] = []
        self._codes: list[str] = []
        self._labels: list[str] = []
        self._num_aliases: list[int] = []
        self._aliases: list[str] = []

    def add(self, qid: int, outline: Outline) -> None:
        """The labels of an item, in the order of the languages."""
        if isinstance(outline.labels, list):
            return
        texts = astuple(outline.labels)
        found = [text.value for text in texts if text is not None]
        if not found:
            return
        self._qids.append(qid)
        self._numbers.append(len(found))
        self._labels += found
        self._codes += compress(self._languages, texts)
        if isinstance(outline.aliases, list):
            self._num_aliases += repeat(0, len(found))
            return
        aliases = [others or () for others in compress(astuple(outline.aliases), texts)]
        self._num_aliases += map(len, aliases)
        self._aliases += [other.value for others in aliases for other in others]

    def lists(self, qids: Sequence[int]) -> pa.ListArray:
        """The rows so far as one list of `schema.LABEL` for each of these items, which were added in this order."""
        table = self.table()
        is_blank = _is_blank(table)
        kept = np.add.reduceat(~is_blank, [0, *accumulate(self._numbers)][:-1]).tolist() if self._numbers else []
        added = deque(zip(self._qids, kept, strict=True))
        lengths = [added.popleft()[1] if added and added[0][0] == qid else 0 for qid in qids]
        labels = in_nfc(table)
        rows = pa.StructArray.from_arrays(
            [labels.column(field.name).combine_chunks() for field in LABEL], fields=list(LABEL)
        )
        return _lists(lengths, rows, pa.list_(LABEL))

    def table(self) -> pa.Table:
        """The rows so far, as they were written: in any Unicode form, blank ones too."""
        columns = [
            pa.array(np.repeat(np.array(self._qids, np.int64), self._numbers)),
            pa.array(self._codes, pa.string()),
            pa.array(self._labels, pa.string()),
            _lists(self._num_aliases, pa.array(self._aliases, pa.string()), pa.list_(pa.string())),
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
        self._entities = StructRows([ENTITIES.field(name) for name in _OF_ENTITY])
        self._num_statements: list[int] = []
        self._statements = StructRows(list(STATEMENT)[:-1])
        self._num_qualifiers: list[int] = []
        self._qualifiers = StructRows(QUALIFIER)

    def __len__(self) -> int:
        return len(self._entities)

    def add(self, entity: DumpEntity) -> None:
        """All statements in the order of the dump, those of the best rank of each property marked.

        A property's best rank is preferred where it has such a statement, else normal; deprecated is never best.

        Raises:
            msgspec.DecodeError, KeyError, TypeError, ValueError: a value is not what its type says; nothing has been
                added then.
        """
        before = len(self._statements), len(self._qualifiers), self.num_anonymous
        try:
            self._add_statements(entity.claims if isinstance(entity.claims, dict) else {})
            self._entities.append((number(entity.id), entity.lastrevid, entity.modified, len(entity.sitelinks)))
        except (msgspec.DecodeError, KeyError, TypeError, ValueError):
            num_statements, num_qualifiers, self.num_anonymous = before
            self._statements.cut(num_statements)
            self._qualifiers.cut(num_qualifiers)
            del self._num_qualifiers[num_statements:]
            raise
        self._num_statements.append(len(self._statements) - before[0])

    def _add_statements(self, claims: Mapping[str, Sequence[Claim]]) -> None:
        for name, of_property in claims.items():
            prop = number(name)
            ranks = {claim.rank for claim in of_property}
            best = next((rank for rank in RANKS if rank in ranks), None)
            for claim in of_property:
                if not claim.id:
                    self.num_anonymous += 1
                    continue
                self._statements.append((claim.id, prop, claim.rank, claim.rank == best, *_value(claim.mainsnak)))
                before = len(self._qualifiers)
                if isinstance(claim.qualifiers, dict):
                    for qualifier, snaks in claim.qualifiers.items():
                        of = number(qualifier)
                        for snak in snaks:
                            self._qualifiers.append((of, *_value(snak)))
                self._num_qualifiers.append(len(self._qualifiers) - before)

    def table(self) -> pa.Table:
        """The rows so far."""
        qualifiers = pa.StructArray.from_arrays(self._qualifiers.arrays(), fields=list(QUALIFIER))
        lists = _lists(self._num_qualifiers, qualifiers, STATEMENT.field("qualifiers").type)
        statements = pa.StructArray.from_arrays([*self._statements.arrays(), lists], fields=list(STATEMENT))
        columns = dict(zip(_OF_ENTITY, self._entities.arrays(), strict=True))
        columns["dump_date"] = pa.array([self._dump_date] * len(self), pa.string())
        columns["statements"] = _lists(self._num_statements, statements, ENTITIES.field("statements").type)
        return pa.Table.from_arrays([columns[field.name] for field in ENTITIES], schema=ENTITIES)


# What a line of the dump says of an entity itself.
_OF_ENTITY = ("qid", "revision", "modified", "num_sitelinks")


def _value(snak: Snak) -> _Value:
    if snak.datavalue is None:
        return (snak.snaktype, *_NOTHING)
    kind, value = snak.datavalue.type, snak.datavalue.value
    head = (snak.snaktype, kind)
    if kind == "wikibase-entityid":
        # Old revisions have only numeric-id; lexemes, forms and properties are not items.
        if value.get("entity-type", "item") != "item":
            return (*head, *_NOTHING[1:])
        qid = _a(int, value["numeric-id"]) if "numeric-id" in value else number(value["id"])
        return (*head, qid, *_NOTHING[2:])
    if kind == "string":
        return (*head, None, _a(str, value), *_NOTHING[3:])
    if kind == "monolingualtext":
        return (*head, None, _a(str, value["text"]), _a(str, value["language"]), *_NOTHING[4:])
    if kind == "time":
        when, precision, calendar = (
            _a(str, value["time"]),
            _a(int, value["precision"]),
            _item_of(value["calendarmodel"]),
        )
        return (*head, None, None, None, when, precision, calendar, None, None, None, None)
    if kind == "quantity":
        return (*head, *_NOTHING[5:], _a(str, value["amount"]), _item_of(value["unit"]), None, None)
    if kind == "globecoordinate":
        return (*head, *_NOTHING[3:], _degrees(value["latitude"]), _degrees(value["longitude"]))
    return (*head, *_NOTHING[1:])


def _a(kind: type, value: object) -> object:
    """The value, which is checked here because a column would fail much later, when nobody knows the line."""
    if type(value) is not kind:
        raise TypeError(f"a value is {value!r}, which should be of type {kind.__name__}")
    return value


def _degrees(value: object) -> object:
    return value if value is None else float(value)  # type: ignore[arg-type]


# Of a value without snaktype: type, qid, text, language, time, precision, calendar, amount, unit, latitude, longitude.
_NOTHING: _Value = (None,) * 11


def _item_of(address: str) -> int | None:
    """http://www.wikidata.org/entity/Q1985727 -> 1985727; the unit "1" is none."""
    name = address.rpartition("/")[2]
    return number(name) if name[:1] == "Q" else None


def in_nfc(labels: pa.Table) -> pa.Table:
    """Rows of `schema.LABELS` in Unicode NFC, without those that are blank."""
    is_blank = _is_blank(labels)
    if is_blank.any():
        labels = labels.filter(~is_blank)
    aliases = labels.column("aliases").combine_chunks()
    names = pa.ListArray.from_arrays(aliases.offsets, _normalised(aliases.values), type=aliases.type)
    texts = _normalised(labels.column("label").combine_chunks())
    return pa.Table.from_arrays([labels.column("qid"), labels.column("language"), texts, names], schema=LABELS)


def _is_blank(labels: pa.Table) -> npt.NDArray[np.bool_]:
    return pc.equal(pc.utf8_trim_whitespace(labels.column("label")), "").to_numpy()  # type: ignore[no-any-return]


def _normalised(texts: pa.StringArray) -> pa.StringArray:
    may_change = pc.invert(pc.string_is_ascii(texts))
    return pc.replace_with_mask(texts, may_change, pc.utf8_normalize(texts.filter(may_change), form="NFC"))


def _lists(lengths: Sequence[int], values: pa.Array, kind: pa.ListType) -> pa.ListArray:
    return pa.ListArray.from_arrays(pa.array(list(accumulate(lengths, initial=0)), pa.int32()), values, type=kind)
