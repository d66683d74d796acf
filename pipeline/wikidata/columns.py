"""Tables of `extract` as columns that grow: rows of dicts would take several times as long."""

from __future__ import annotations

import unicodedata
from collections.abc import Collection, Mapping

import pyarrow as pa

from pipeline.schema import EDGES, LABELS
from pipeline.wikidata.outline import Outline


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
