"""Where imported rows are cut into shards: by the bytes of their texts, and of each picture once."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pyarrow as pa

from pipeline.dataset.cutting import Places, cut_split
from pipeline.dataset.order import ROW_BYTES
from pipeline.stage import Partition, StageOutput
from pipeline.tables import Slice, read_slice

_THREADS = 16
_COLUMNS = ["place", "picture", "picture_bytes", "num_bytes"]


def shard_partitions(imported: StageOutput, split: int, target: float) -> list[Partition]:
    """A partition for each shard, see `dataset.cutting`.

    Memory: some 100 bytes a row, on the driver and while shards are cut.

    Args:
        imported: the complete stage `import_rows`.
        split: index into SPLITS, of all rows.
        target: bytes of a shard, about.
    """

    def read(path: str, rows: int) -> pa.Table:
        return read_slice(imported.directory, Slice(path, 0, rows), _COLUMNS)

    files = imported.files("imported")
    with ThreadPoolExecutor(_THREADS) as pool:
        tables = list(pool.map(read, [file.path for file in files], [file.rows for file in files]))
    # The first row of a picture stands for it; a row of text alone for itself.
    pictures = np.concatenate([np.empty(0, np.int64), *(table.column("picture").to_numpy() for table in tables)])
    first = pictures < 0
    first[np.unique(pictures, return_index=True)[1]] = True
    found, start = [], 0
    for table in tables:
        shown = first[start : start + len(table)]
        bytes_of = (table.column(name).to_numpy() for name in ("picture_bytes", "num_bytes"))
        picture_bytes, num_bytes = bytes_of
        sizes = num_bytes + np.where(shown, picture_bytes + ROW_BYTES, 0)
        found.append(Places(np.full(len(table), split, np.int8), table.column("place").to_numpy(), sizes))
        start += len(table)
    return cut_split(found, split, target)
