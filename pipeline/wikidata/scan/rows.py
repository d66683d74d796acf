"""Arrays that grow with the rows that a scan adds, and the tables that they are in the end."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from pipeline.schema import EDGES, LABELS
from pipeline.wikidata.scan.scan import Rows, Stop, scan, wanted
from pipeline.wikidata.scan.statements import RANKS

# The fewest bytes of JSON that a label, an alias and an edge take.
_LABEL, _ALIAS, _EDGE = 33, 29, 150
# For each array of `Rows` behind the sizes, which of the sizes is its own.
_SIZE_OF = (0, 1, 1, 1, 1, 2, 3, 4, 4, 4, 4)
_TYPES = (np.uint8, np.int64, np.int64, np.uint8, np.int64, np.uint8, np.int64, np.int64, np.int32, np.int64, np.uint8)


class ScannedRows:
    """Labels and edges of lines, in the order of lines; those of an item in the order of the languages.

    The first on a machine takes ten seconds, in which the scan is compiled; it is kept on disk.

    Args:
        languages: Wikidata's codes of the labels that are wanted.
        edges: properties whose statements are edges.
        pictures: properties, one of which a candidate has.
        countries: properties, one of which gives a candidate an item.
    """

    def __init__(
        self, languages: Sequence[str], edges: Sequence[int], pictures: Sequence[int], countries: Sequence[int]
    ) -> None:
        self._languages = tuple(languages)
        self._wanted = wanted(languages, edges, pictures, countries)
        self._rows = Rows(
            np.zeros(5, np.int64), np.zeros(5, np.int64), *(np.empty(0, each) for each in _TYPES)  # type: ignore[arg-type]
        )  # fmt: skip
        # Compiled or loaded here, so that who measures blocks does not measure that.
        scan(np.frombuffer(b"", np.uint8), 0, self._wanted, self._rows)

    def add(self, block: bytes) -> Iterator[Stop]:
        """Add the lines of a block; stops at those that somebody must look at."""
        data = np.frombuffer(block, np.uint8)
        self._make_room(len(data))
        position = 0
        while position < len(data):
            stop: Stop = scan(data, position, self._wanted, self._rows)
            position = stop.position
            yield stop

    def take_back(self) -> None:
        """Take the rows of the line out that was added last."""
        self._rows.sizes[:] = self._rows.before

    def labels(self) -> pa.Table:
        """Rows of `schema.LABELS`, as they were written: in any Unicode form, blank ones too."""
        num_labels, num_aliases = int(self._rows.sizes[1]), int(self._rows.sizes[3])
        rows = self._rows
        aliases = _strings(rows.alias_text, rows.alias_ends[:num_aliases])
        offsets = pa.array(np.concatenate(([0], np.cumsum(rows.alias_counts[:num_labels]))), pa.int32())
        languages = pa.DictionaryArray.from_arrays(
            pa.array(rows.label_languages[:num_labels]), pa.array(self._languages, pa.string())
        )
        columns = [
            pa.array(rows.label_qids[:num_labels]),
            languages.cast(pa.string()),
            _strings(rows.label_text, rows.label_ends[:num_labels]),
            pa.ListArray.from_arrays(offsets, aliases, type=LABELS.field("aliases").type),
        ]
        return pa.Table.from_arrays(columns, schema=LABELS)

    def edges(self) -> pa.Table:
        """Rows of `schema.EDGES`."""
        rows, size = self._rows, int(self._rows.sizes[4])
        ranks = pa.DictionaryArray.from_arrays(pa.array(rows.edge_ranks[:size]), pa.array(RANKS, pa.string()))
        columns = [rows.edge_subjects[:size], rows.edge_properties[:size], rows.edge_objects[:size]]
        return pa.Table.from_arrays([*map(pa.array, columns), ranks.cast(pa.string())], schema=EDGES)

    def _make_room(self, block_bytes: int) -> None:
        """For all rows that a block of this size can hold."""
        most = (block_bytes, block_bytes // _LABEL, block_bytes, block_bytes // _ALIAS, block_bytes // _EDGE)
        needed = self._rows.sizes + np.array(most)
        arrays: list[Any] = []
        array: npt.NDArray[Any]
        for array, which in zip(self._rows[2:], _SIZE_OF, strict=True):  # type: ignore[assignment]
            if len(array) < needed[which]:
                # Pages that nothing is written to take no memory.
                grown = np.empty(max(needed[which], 2 * len(array)), array.dtype)
                grown[: self._rows.sizes[which]] = array[: self._rows.sizes[which]]
                array = grown
            arrays.append(array)
        self._rows = Rows(self._rows.sizes, self._rows.before, *arrays)


def _strings(text: npt.NDArray[np.uint8], ends: npt.NDArray[np.int64]) -> pa.StringArray:
    """Strings that lie one after another in UTF-8, from where each ends. Nothing is copied."""
    offsets = np.zeros(len(ends) + 1, np.int32)
    offsets[1:] = ends
    return pa.StringArray.from_buffers(len(ends), pa.py_buffer(offsets), pa.py_buffer(text[: offsets[-1]]))
