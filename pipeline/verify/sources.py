"""Concepts against the entities that they were made of: every statement still as `extract` read it in the dump."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from pipeline.schema import STATEMENT
from pipeline.stage import StageOutput
from pipeline.tables import open_table
from pipeline.verify.ids import Ids, place_in

_OF_ITSELF = ("revision", "dump_date", "num_sitelinks")
_FIELDS = tuple(field.name for field in STATEMENT)
_COLUMNS = ("qid", *_OF_ITSELF, *(f"statements.list.element.{name}" for name in _FIELDS))


def differing_concepts(extract: StageOutput, select: StageOutput) -> tuple[int, Iterator[str]]:
    """How many concepts there are, and a problem for each that says something else than its entity.

    Two row groups of entities are in memory at a time, and 24 bytes for each entity of the dump's candidates.
    """
    return select.num_rows("concepts"), _differing(_Entities(extract), select)


class _Entities:
    """Rows of `entities` by their item; the row group that was read last stays."""

    def __init__(self, extract: StageOutput) -> None:
        self._files = [open_table(extract.directory, file.path) for file in extract.files("entities")]
        qids, self._groups = [np.empty(0, np.int64)], list[tuple[int, int]]()
        for number, file in enumerate(self._files):
            for group in range(file.metadata.num_row_groups):
                qids.append(file.read_row_group(group, columns=["qid"]).column("qid").to_numpy())
                self._groups.append((number, group))
        sizes = np.array([len(each) for each in qids[1:]], np.int64)
        found = np.concatenate(qids)
        order = np.argsort(found, kind="stable")
        self._qids = found[order]
        self._group = np.repeat(np.arange(len(sizes)), sizes)[order]
        starts = np.cumsum(sizes) - sizes
        self._row = (np.arange(len(found)) - np.repeat(starts, sizes))[order]
        self._last: tuple[int, pa.Table] | None = None

    def of(self, qids: Ids) -> Iterator[tuple[Ids, pa.Table | None]]:
        """Positions in `qids`, and the rows of these; those without an entity come with None."""
        at, there = place_in(self._qids, qids)
        if not there.all():
            yield np.flatnonzero(~there), None
        groups = self._group[at[there]] if len(self._qids) else np.empty(0, np.int64)
        for group in np.unique(groups).tolist():
            chosen = np.flatnonzero(there)[groups == group]
            yield chosen, self._rows(group).take(pa.array(self._row[at[chosen]]))

    def _rows(self, group: int) -> pa.Table:
        if self._last is None or self._last[0] != group:
            number, of_file = self._groups[group]
            self._last = group, self._files[number].read_row_group(of_file, columns=list(_COLUMNS))
        return self._last[1]


def _differing(entities: _Entities, select: StageOutput) -> Iterator[str]:
    for file in select.files("concepts"):
        parquet = open_table(select.directory, file.path)
        for group in range(parquet.metadata.num_row_groups):
            concepts = parquet.read_row_group(group, columns=list(_COLUMNS))
            for chosen, rows in entities.of(concepts.column("qid").to_numpy()):
                own = concepts.take(pa.array(chosen))
                if rows is None:
                    yield from (f"Q{qid}: is no entity of extract" for qid in own.column("qid").to_pylist())
                elif not _are_equal(own, rows):
                    yield from _told(own, rows)


def _are_equal(own: pa.Table, rows: pa.Table) -> bool:
    return all(own.column(name).equals(rows.column(name)) for name in _OF_ITSELF) and all(
        one.equals(other) for one, other in zip(_flat(own), _flat(rows), strict=True)
    )


def _flat(table: pa.Table) -> Iterator[pa.Array]:
    lists = table.column("statements").combine_chunks()
    yield pc.list_value_length(lists)
    statements = pc.list_flatten(lists)
    yield from (pc.struct_field(statements, name) for name in _FIELDS)


def _told(own: pa.Table, rows: pa.Table) -> Iterator[str]:
    for one, other in zip(own.to_pylist(), rows.to_pylist(), strict=True):
        name = f"Q{one['qid']}"
        changed = [column for column in _OF_ITSELF if one[column] != other[column]]
        if changed:
            yield f"{name}: has another {', '.join(changed)} in entities"
        if one["statements"] != other["statements"]:
            yield f"{name}: {_first_difference(one['statements'], other['statements'])}"


def _first_difference(own: Sequence[dict[str, object]], theirs: Sequence[dict[str, object]]) -> str:
    if len(own) != len(theirs):
        return f"has {len(own)} statements, its entity {len(theirs)}"
    one, other = next((one, other) for one, other in zip(own, theirs, strict=True) if one != other)
    fields = [f"{name} {one[name]!r} and not {other[name]!r}" for name in _FIELDS if one[name] != other[name]]
    return f"statement {other['statement_id']} has {', '.join(fields)} as in entities"
