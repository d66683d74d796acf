"""MosaicML Streaming for `feeding.py`, run by its own interpreter: writes MDS, and reads it as its documents say.

One MDS sample is one question with its picture, uncompressed, for the pictures are. It is read by a `DataLoader`, whose
processes do what must not be done on the training thread.
"""

from __future__ import annotations

import json
import sys
import tempfile
from collections.abc import Iterable
from dataclasses import asdict
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import torch
from torch.utils.data import DataLoader

from pipeline.storage import open_storage
from pipeline.torchvision_remedy import ensure
from training.data.samples import ITEM

ensure()

from streaming import MDSWriter, StreamingDataset  # noqa: E402 - the remedy must come before

from benchmarks.feeding_task import BATCH, SEED, WORKERS, Make, maker, take  # noqa: E402


def write(directory: str, shards: list[str], uri: str) -> None:
    """Every question of the shards, in their order."""
    storage = open_storage(directory)
    with MDSWriter(out=uri, columns={"image": "bytes", "item": "json"}) as writer:
        for path in shards:
            for row in pq.read_table(pa.BufferReader(storage.read(path)), columns=["image", "items"]).to_pylist():
                for item in row["items"]:
                    writer.write({"image": row["image"], "item": {name: item[name] for name in ITEM}})


class Questions(StreamingDataset):
    """Makes samples where the data set is read: in a process of the loader."""

    def __init__(self, make: Make, **options: Any) -> None:
        super().__init__(**options)
        self.make = make

    def __getitem__(self, at: int) -> Any:
        found = super().__getitem__(at)
        return self.make(found["image"], found["item"])


def batches(uri: str, make: Make) -> Iterable[list[Any]]:
    """An epoch, from an empty disk."""
    with tempfile.TemporaryDirectory() as folder:
        questions = Questions(
            make, remote=uri, local=folder, shuffle=True, shuffle_seed=SEED, batch_size=BATCH, num_canonical_nodes=1
        )
        yield from DataLoader(questions, batch_size=BATCH, num_workers=WORKERS, collate_fn=list)


if __name__ == "__main__":
    given = json.loads(sys.argv[2])
    if sys.argv[1] == "write":
        write(**given)
    else:
        torch.set_num_threads(1)
        made = maker(given["kind"])
        take(lambda: batches(given["warm"], made))
        print(json.dumps(asdict(take(lambda: batches(given["whole"], made)))))
