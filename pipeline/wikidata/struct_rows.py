"""Rows that become Arrow structs as they come: as tuples they would take four times the memory."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import pyarrow as pa

# Some MB as tuples.
_ROWS_PER_CHUNK = 1 << 14


class StructRows:
    """A column of structs that grows, and of which the last rows can be taken back.

    Args:
        fields: of the structs, in the order of the tuples.
    """

    def __init__(self, fields: Iterable[pa.Field]) -> None:
        self._fields = list(fields)
        self._chunks: list[pa.StructArray] = []
        self._num_in_chunks = 0
        self._pending: list[Sequence[Any]] = []

    def __len__(self) -> int:
        return self._num_in_chunks + len(self._pending)

    def append(self, row: Sequence[Any]) -> None:
        """Add one row.

        Raises:
            pa.ArrowInvalid, pa.ArrowTypeError: a value of this row or of one before it is not of its field's type.
        """
        self._pending.append(row)
        if len(self._pending) >= _ROWS_PER_CHUNK:
            self._pack()

    def cut(self, length: int) -> None:
        """Leave only the first rows."""
        if length < self._num_in_chunks:
            self._chunks = [pa.concat_arrays(self._chunks).slice(0, length)]
            self._num_in_chunks = length
        del self._pending[length - self._num_in_chunks :]

    def arrays(self) -> list[pa.Array]:
        """One array for each field, of all rows so far."""
        self._pack()
        if not self._chunks:
            return [pa.array([], field.type) for field in self._fields]
        return pa.concat_arrays(self._chunks).flatten()  # type: ignore[no-any-return]

    def _pack(self) -> None:
        if not self._pending:
            return
        columns = zip(*self._pending, strict=True)
        arrays = [pa.array(column, field.type) for column, field in zip(columns, self._fields, strict=True)]
        self._chunks.append(pa.StructArray.from_arrays(arrays, fields=self._fields))
        self._num_in_chunks += len(self._pending)
        self._pending = []
