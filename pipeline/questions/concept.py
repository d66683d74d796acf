"""A row of the table `concepts` as questions need it: of its statements only those that a family may look at."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from pipeline.questions.labels import NO_LABELS, LabelColumn, Labels

# A row of `schema.LABELLED_STATEMENT`, in which `value_labels` are `Labels`.
Statement = Mapping[str, Any]


@dataclass(frozen=True)
class Concept:
    """A cultural entity.

    Attributes:
        countries: keys of countries.yaml, the first of them `country`.
        class_path: Q-numbers, the class that it was chosen by first.
        statements: of the properties that were asked for, in the order of the dump.
        linked: items that any of its statements points to, whatever the property.
    """

    qid: int
    dump_date: str
    country: str
    countries: tuple[str, ...]
    domain: str
    class_path: tuple[int, ...]
    popularity: str
    num_sitelinks: int
    labels: Labels
    statements: tuple[Statement, ...]
    linked: frozenset[int]

    @property
    def year(self) -> int:
        """The year of the dump."""
        return int(self.dump_date[:4])

    @cached_property
    def by_property(self) -> Mapping[int, Sequence[Statement]]:
        """P-number -> its statements."""
        found: dict[int, list[Statement]] = {}
        for statement in self.statements:
            found.setdefault(statement["property"], []).append(statement)
        return found

    def stated(self, properties: Collection[int]) -> list[Statement]:
        """Statements of some properties, of one after the other."""
        return [statement for number in properties for statement in self.by_property.get(number, ())]

    @classmethod
    def of(cls, row: Mapping[str, Any]) -> Concept:
        """From a row as `to_pylist` gives it."""
        statements = tuple({**each, "value_labels": Labels.of(each["value_labels"])} for each in row["statements"])
        linked = frozenset(each["qid"] for each in statements if each["qid"] is not None)
        return cls(
            row["qid"], row["dump_date"], row["country"], tuple(row["countries"]), row["domain"],
            tuple(row["class_path"]), row["popularity"], row["num_sitelinks"], Labels.of(row["labels"]), statements,
            linked,
        )  # fmt: skip


_OF_ITSELF = (
    "qid", "dump_date", "country", "countries", "domain", "class_path", "popularity", "num_sitelinks",
)  # fmt: skip
_TUPLES = ("countries", "class_path")
# Of the table `concepts`, what `concepts_of` reads.
COLUMNS = (*_OF_ITSELF, "labels", "statements")


def concepts_of(table: pa.Table, properties: Collection[int]) -> Iterator[Concept]:
    """The concepts of a table, one after another.

    Three statements in four are identifiers and the like: they are passed over as columns. Labels of a value that
    several statements have are decoded once.

    Args:
        table: rows of `concepts`.
        properties: P-numbers whose statements are wanted.
    """
    table = table.combine_chunks()
    own = {name: table.column(name).to_pylist() for name in _OF_ITSELF}
    for name in _TUPLES:
        own[name] = [tuple(values) for values in own[name]]
    labels = LabelColumn(_only(table, "labels"))
    statements = _Statements(_only(table, "statements"), properties)
    for at in range(table.num_rows):
        rows, linked = statements.of(at)
        yield Concept(**{name: column[at] for name, column in own.items()}, labels=labels[at], statements=rows,
                      linked=linked)  # fmt: skip


class _Statements:
    """The wanted ones among the statements of all rows."""

    def __init__(self, lists: pa.ListArray, properties: Collection[int]) -> None:
        every = lists.values
        wanted = pc.is_in(every.field("property"), value_set=pa.array(sorted(properties), pa.int32()))
        chosen = pc.indices_nonzero(wanted)
        kept = every.take(chosen)
        offsets = lists.offsets.to_numpy()
        # How many were kept before each list begins.
        self._kept_offsets = chosen.to_numpy().searchsorted(offsets).tolist()
        self._offsets, self._targets = offsets.tolist(), every.field("qid")
        fields = [field.name for field in every.type if field.name != "value_labels"]
        columns = [kept.field(name).to_pylist() for name in fields]
        self._labels, self._by_qid = LabelColumn(kept.field("value_labels")), dict[int, Labels]()
        self._rows = [dict(zip(fields, values, strict=True)) for values in zip(*columns, strict=True)]

    def of(self, at: int) -> tuple[tuple[Statement, ...], frozenset[int]]:
        start, stop = self._kept_offsets[at], self._kept_offsets[at + 1]
        for number in range(start, stop):
            row = self._rows[number]
            row["value_labels"] = self._labels_of(row["qid"], number)
        first, end = self._offsets[at], self._offsets[at + 1]
        linked = self._targets.slice(first, end - first).drop_null().to_pylist()
        return tuple(self._rows[start:stop]), frozenset(linked)

    def _labels_of(self, qid: int | None, number: int) -> Labels:
        if qid is None:
            return NO_LABELS
        found = self._by_qid.get(qid)
        if found is None:
            found = self._by_qid[qid] = self._labels[number]
        return found


def _only(table: pa.Table, name: str) -> pa.ListArray:
    column = table.column(name)
    return column.chunk(0) if column.num_chunks else pa.array([], column.type)
