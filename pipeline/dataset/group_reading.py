"""What joins entities, read from the tables before: few columns, many files at once."""

from __future__ import annotations

import io
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from pipeline.dataset.groups import EntityGroups, Pairs, picture_keys
from pipeline.stage import StageOutput
from pipeline.tables import Slice, read_slice

NEAR_DUPLICATES = "documents/near_duplicates.parquet"
# "said to be the same as". Items that Wikidata has merged are one in a dump already.
SAME_AS = 460
_THREADS = 16
_STATEMENT = "statements.list.element"


def entity_groups(images: StageOutput, select: StageOutput) -> EntityGroups:
    """The groups of all entities of a run.

    Args:
        images: the complete stage `images`, with its near duplicates.
        select: the complete stage `select`.
    """
    near = pq.read_table(io.BytesIO(images.directory.read(NEAR_DUPLICATES)))
    alike = np.stack([_keys(near, "sha256"), _keys(near, "group")], axis=1)
    shown = _gather(images, "images", ["qid", "sha256"], _shown)
    columns = ["qid", *(f"{_STATEMENT}.{name}" for name in ("property", "rank", "qid"))]
    return EntityGroups.of(shown, alike, _gather(select, "concepts", columns, _same))


def _gather(output: StageOutput, table: str, columns: Sequence[str], pairs: Callable[[pa.Table], Pairs]) -> Pairs:
    def read(path: str, rows: int) -> Pairs:
        return pairs(read_slice(output.directory, Slice(path, 0, rows), columns))

    files = output.files(table)
    with ThreadPoolExecutor(_THREADS) as pool:
        found = list(pool.map(read, [file.path for file in files], [file.rows for file in files]))
    return np.concatenate([np.empty((0, 2), np.int64), *found])


def _shown(images: pa.Table) -> Pairs:
    return np.stack([images.column("qid").to_numpy(), _keys(images, "sha256")], axis=1)


def _same(concepts: pa.Table) -> Pairs:
    lists = concepts.column("statements").combine_chunks()
    statements = lists.flatten()
    says = pc.and_(
        pc.equal(pc.struct_field(statements, "property"), SAME_AS),
        pc.and_(
            pc.not_equal(pc.struct_field(statements, "rank"), "deprecated"),
            pc.is_valid(pc.struct_field(statements, "qid")),
        ),
    )
    entities = concepts.column("qid").combine_chunks().take(pc.list_parent_indices(lists))
    pairs = [entities.filter(says).to_numpy(), pc.struct_field(statements, "qid").filter(says).to_numpy()]
    return np.stack(pairs, axis=1).astype(np.int64)


def _keys(table: pa.Table, column: str) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    return picture_keys(table.column(column).to_pylist())
