"""Ray Data for `feeding.py`: the shards read, shuffled in a buffer, and made in the thread that collates ahead."""

from __future__ import annotations

import logging
import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import ray
from pyarrow.fs import S3FileSystem
from ray.data import DataContext
from ray.data.collate_fn import ArrowBatchCollateFn

from benchmarks.feeding_task import AHEAD, BATCH, SEED, Make
from training.data.places import Source
from training.data.samples import ITEM

CPUS, SHUFFLED_ROWS = 2, 2048


@contextmanager
def started() -> Iterator[None]:
    """Ray, which is there before the time is taken."""
    logging.getLogger("ray.data").setLevel(logging.ERROR)
    ray.init(
        num_cpus=CPUS, include_dashboard=False, log_to_driver=False, logging_level="ERROR",
        object_store_memory=1 << 30,
    )  # fmt: skip
    DataContext.get_current().enable_progress_bars = False
    yield
    ray.shutdown()


def batches(source: Source, make: Make) -> Iterable[list[Any]]:
    """An epoch: what is passed on between processes are the pictures as they are stored, not their tiles."""
    endpoint = os.environ["AWS_ENDPOINT_URL"]
    files = [f"{source.directory}/{path}".removeprefix("s3://") for path in source.shard_of_partition.values()]
    data = ray.data.read_parquet(
        files, columns=["image", "items"], filesystem=S3FileSystem(endpoint_override=endpoint), shuffle="files"
    )
    questions = data.map_batches(_questions, batch_format="pyarrow", batch_size=None)
    return questions.iter_torch_batches(
        batch_size=BATCH,
        local_shuffle_buffer_size=SHUFFLED_ROWS,
        local_shuffle_seed=SEED,
        collate_fn=_Made(make),
        prefetch_batches=AHEAD,
    )


def _questions(table: pa.Table) -> pa.Table:
    """A row for each question, with its picture."""
    lists = table["items"].combine_chunks()
    items = lists.flatten()
    item = pa.StructArray.from_arrays([pc.struct_field(items, name) for name in ITEM], ITEM)
    return pa.table({"image": table["image"].take(pc.list_parent_indices(lists)), "item": item})


class _Made(ArrowBatchCollateFn):
    def __init__(self, make: Make) -> None:
        super().__init__()
        self._make = make

    def __call__(self, batch: pa.Table) -> Any:
        return [self._make(row["image"], row["item"]) for row in batch.to_pylist()]
