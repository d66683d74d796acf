"""A small base model and shards with their index on a disk: all that a training needs, made in a second."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pyarrow as pa
import torch

from pipeline.dataset.shards import index_rows
from pipeline.dataset.tokens import TokenCounter
from pipeline.schema import INDEX, SHARDS
from pipeline.storage import Storage
from pipeline.tables import write_table
from tests.kit import assembled
from tests.training.toy import ANSWERS, toy_item, toy_model
from training.data.places import Source
from training.job import Job
from training.model.export import export
from training.settings import MixturePart, Train

Row = dict[str, Any]
ASKED = {"en": "What is shown in this picture?", "sw": "Nini kinaonekana?"}
PER_PICTURE = 4
# Samples of `train`: four questions of each of 24 pictures, two of them in each language, and as many without one.
NUM_PICTURES, NUM_TEXTS = 24, 4
NUM_SAMPLES = PER_PICTURE * (NUM_PICTURES + NUM_TEXTS)


def made_row(number: int, split: str, *, picture: bool = True) -> Row:
    """A row of `schema.SHARDS`, in two languages."""
    row = assembled.row(1 + number, split, num_items=PER_PICTURE)
    items = [
        {
            **item, "kind": "open", "choices": None, "choice_qids": None, "answer_index": None,
            "language": ("en", "sw")[place % 2], "question": f"{place}: {ASKED[('en', 'sw')[place % 2]]}",
            "answer": ANSWERS[(number + place) % len(ANSWERS)],
        }
        for place, item in enumerate(row["items"])
    ]  # fmt: skip
    if not picture:
        return {**row, "items": items, "image": None, "sha256": "", "width": 0, "height": 0}
    image, _ = toy_item(number)
    width, height = ((90, 60), (60, 90), (200, 50))[number % 3]
    sha256 = hashlib.sha256(image).hexdigest()
    return {**row, "items": items, "image": image, "sha256": sha256, "width": width, "height": height}


def base_model(storage: Storage, folder: Path) -> TokenCounter:
    """Store the toy model as `base/`; a counter of its tokens."""
    torch.manual_seed(5)
    model, processor = toy_model(1)
    export(model, processor, folder, torch.float32)
    for path in folder.iterdir():
        storage.write(f"base/{path.name}", path.read_bytes())
    return TokenCounter(processor)


def stored(storage: Storage, name: str, shards: Sequence[Sequence[Row]], counter: TokenCounter | None) -> Source:
    """Shards and their index below `name`; tokens are not counted where there is no counter."""
    below = storage.child(name)
    paths, index = {}, []
    for number, rows in enumerate(shards):
        shard = f"{number:06d}"
        paths[shard] = write_table(below, "shards", shard, pa.Table.from_pylist(list(rows), schema=SHARDS)).path
        for place, row in enumerate(rows):
            index += index_rows(row, shard, place, counter.row(row) if counter else None)
    where = write_table(below, "index", "000000", pa.Table.from_pylist(index, schema=INDEX)).path
    return Source(below.uri, paths, [where], name, "train")


def made_source(storage: Storage, counter: TokenCounter | None, name: str = "made", first: int = 0) -> Source:
    """Two shards: `NUM_SAMPLES` of `train` and four pictures of `validation`.

    Args:
        storage: where to.
        counter: of tokens.
        name: of the source.
        first: number of its first picture; two sources of other pictures have other samples.
    """
    pictures = [made_row(first + number, "train") for number in range(NUM_PICTURES)]
    texts = [made_row(first + 50 + number, "train", picture=False) for number in range(NUM_TEXTS)]
    looked_at = [made_row(first + 60 + number, "validation") for number in range(4)]
    return stored(storage, name, [pictures[::2] + texts, pictures[1::2] + looked_at], counter)


def damaged(storage: Storage, source: Source, name: str) -> Source:
    """A copy of a made source below `name`; in its second shard some bytes, which are those of pictures, are others."""
    [_, path] = source.shard_of_partition.values()
    own = storage.child(source.name)
    for info in own.list():
        data = bytearray(own.read(info.path))
        if info.path == path:
            place = len(data) // 3
            data[place : place + 64] = bytes(byte ^ 255 for byte in data[place : place + 64])
        storage.child(name).write(info.path, bytes(data))
    return replace(source, directory=storage.child(name).uri, name=name)


def made_job(storage: Storage, sources: Sequence[Source], output: str = "out", **settings: Any) -> Job:
    """Train `base/` on sources, in float32 and quickly; `settings` are those of the section `train`."""
    given = {
        "mixture": tuple(MixturePart(name=source.name, times=1.0) for source in sources),
        "samples_per_step": 8, "learning_rate": 1e-3, "connector_learning_rate": 1e-3, "dtype": "float32",
        "feeding_threads": 1, "micro_batches_ahead": 2, "rows_per_micro_batch": 2, "validation_every": None,
        "checkpoint_every": 2, "keep_checkpoints": 99, "max_tokens": 400, "row_tokens": 400, "num_workers": 1,
        "gpus_per_worker": 0.0, **settings,
    }  # fmt: skip
    looked_at = tuple(replace(source, split="validation") for source in sources)
    return Job(storage.child("base").uri, tuple(sources), looked_at, storage.child(output).uri, Train(**given))
