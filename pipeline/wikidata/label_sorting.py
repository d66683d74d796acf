"""Makes the files of `label_ranges.py`: labels go to one temporary file for each range, which is then sorted alone.

In memory are one table of labels and a buffer for each range; after that one range, three times over.
"""

from __future__ import annotations

import hashlib
import io
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from pathlib import Path

import numpy as np
import pyarrow as pa

from pipeline.errors import StorageError
from pipeline.schema import LABELS
from pipeline.storage import Storage
from pipeline.tables import FileRecord
from pipeline.wikidata.label_ranges import FOLDER, RANGE_BITS, RangedLabels, ranges_in
from pipeline.wikidata.labels import BY_ITEM, grouped_by_item

_BUFFER_BYTES = 1 << 18


def sort_into_ranges(tables: Iterable[pa.Table], directory: Storage) -> RangedLabels:
    """Write the labels below the stage's directory and publish them.

    Args:
        tables: rows of `schema.LABELS`, in the order in which the labels of an item are wanted.
        directory: of the stage.

    Raises:
        StorageError: storage refused, or temporary files have no room.
    """
    files = {}
    with tempfile.TemporaryDirectory(prefix="culturalground-labels-") as folder:
        for number, path in sorted(_distributed(tables, Path(folder)).items()):
            with pa.memory_map(str(path)) as source:
                batch = grouped_by_item(pa.ipc.open_stream(source).read_all())
            path.unlink()
            files[number] = _write(batch, number, directory)
    labels = RangedLabels(directory, files)
    labels.publish()
    return labels


def _distributed(tables: Iterable[pa.Table], folder: Path) -> dict[int, Path]:
    """Number of a range -> its labels, as an Arrow stream."""
    paths: dict[int, Path] = {}
    writers: dict[int, pa.RecordBatchStreamWriter] = {}
    try:
        with ExitStack() as opened:
            for table in tables:
                for number, rows in _by_range(table):
                    if number not in writers:
                        paths[number] = folder / str(number)
                        sink = opened.enter_context(pa.output_stream(str(paths[number]), buffer_size=_BUFFER_BYTES))
                        writers[number] = opened.enter_context(pa.ipc.new_stream(sink, LABELS))
                    writers[number].write_table(rows)
    except OSError as error:
        raise StorageError(
            f"{folder}: labels cannot be sorted there: {error}; free space, or name a larger disk in TMPDIR"
        ) from error
    return paths


def _by_range(table: pa.Table) -> Iterator[tuple[int, pa.Table]]:
    items = table.column("qid").to_numpy()
    order = np.argsort(items >> RANGE_BITS, kind="stable")
    table = table.take(pa.array(order))
    for number, start, end in ranges_in(items[order]):
        yield number, table.slice(start, end - start)


def _write(batch: pa.RecordBatch, number: int, directory: Storage) -> FileRecord:
    buffer = io.BytesIO()
    with pa.ipc.new_file(buffer, BY_ITEM) as writer:
        writer.write_batch(batch)
    data = buffer.getvalue()
    digest = hashlib.sha256(data).hexdigest()
    path = f"{FOLDER}/{number:06d}-{digest[:12]}.arrow"
    directory.write(path, data)
    return FileRecord("labels", path, batch.num_rows, len(data), digest)
