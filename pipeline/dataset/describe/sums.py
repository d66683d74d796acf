"""Tallies of all shards added up: what the statistics are made of, in memory that does not grow with the shards."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping

import pyarrow as pa

from pipeline.schema import TALLIES
from pipeline.stage import StageOutput
from pipeline.tables import read_table


class Sums:
    """Counts by what is counted, name and second name.

    Args:
        tables: rows of `schema.TALLIES`, as many tables as there are shards.
    """

    def __init__(self, tables: Iterable[pa.Table]) -> None:
        total: pa.Table | None = None
        for table in tables:
            joined = table if total is None else pa.concat_tables([total, table])
            total = _added(joined)
        self._counts: dict[str, dict[tuple[str, str], int]] = {}
        for row in [] if total is None else sorted(total.to_pylist(), key=lambda row: tuple(row.values())):
            self._counts.setdefault(row["counted"], {})[row["name"], row["second"]] = row["number"]

    def crossed(self, counted: str) -> dict[str, dict[str, int]]:
        """Name -> second name -> number."""
        found: dict[str, dict[str, int]] = {}
        for (name, second), number in self._counts.get(counted, {}).items():
            found.setdefault(name, {})[second] = number
        return found

    def by_name(self, counted: str) -> dict[str, int]:
        """Name -> number, over all second names."""
        return {name: sum(row.values()) for name, row in self.crossed(counted).items()}

    def by_second(self, counted: str) -> dict[str, int]:
        """Second name -> number, over all names."""
        found = Counter[str]()
        for row in self.crossed(counted).values():
            found.update(row)
        return dict(sorted(found.items()))


def read_sums(output: StageOutput) -> Sums:
    """Those of a complete `assemble`, one shard's at a time."""
    return Sums(read_table(output.directory, file.path) for file in output.files("tallies"))


def numbers(counts: Mapping[str, int]) -> dict[int, int]:
    """Names that are numbers, as numbers, in their order."""
    return dict(sorted((int(name), number) for name, number in counts.items()))


def _added(table: pa.Table) -> pa.Table:
    grouped = table.group_by(["counted", "name", "second"]).aggregate([("number", "sum")])
    return grouped.rename_columns(TALLIES.names).cast(TALLIES)
