"""How DCP writes to object storage: every rank its own objects, several at once, nothing on a disk in between.

The layout is that of torch's `FileSystemWriter`. That class itself will not do: it needs a rename, and what fails in
one of its threads is lost.
"""

from __future__ import annotations

import dataclasses
import io
import math
import pickle
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor
from torch.distributed.checkpoint.filesystem import CURRENT_DCP_VERSION, _StorageInfo
from torch.distributed.checkpoint.metadata import Metadata, StorageMeta
from torch.distributed.checkpoint.planner import SavePlan, SavePlanner, WriteItem, WriteItemType
from torch.distributed.checkpoint.storage import StorageWriter, WriteResult
from torch.futures import Future
from xxhash import xxh3_64_hexdigest

from pipeline.storage import Storage
from training.checkpoint.records import File

METADATA = ".metadata"
# A rank holds so many objects of that size in memory besides the state itself.
_AT_ONCE = 4
_OBJECT_BYTES = 128 << 20


@dataclass(frozen=True)
class _Written(WriteResult):
    """Where an item went, and the object that has it."""

    file: File


class ObjectWriter(StorageWriter):
    """Writes one checkpoint.

    Args:
        folder: of the checkpoint; empty.
        commit: called by rank 0 with all files, `.metadata` included, once all are stored. Whatever it raises fails the
            save on every rank.
    """

    def __init__(self, folder: Storage, commit: Callable[[Sequence[File]], None]) -> None:
        self._folder, self._commit = folder, commit

    def reset(self, checkpoint_id: Any = None) -> None:
        """Nothing is kept from one save to the next."""

    def set_up_storage_writer(self, is_coordinator: bool) -> None:
        """All ranks write alike."""

    @classmethod
    def validate_checkpoint_id(cls, checkpoint_id: Any) -> bool:
        return False

    def prepare_local_plan(self, plan: SavePlan) -> SavePlan:
        return plan

    def prepare_global_plan(self, plans: list[SavePlan]) -> list[SavePlan]:
        return [dataclasses.replace(plan, storage_data=rank) for rank, plan in enumerate(plans)]

    def write_data(self, plan: SavePlan, planner: SavePlanner) -> Future[list[WriteResult]]:
        """Write this rank's items; the first refusal of the storage ends it."""

        def write(numbered: tuple[int, list[WriteItem]]) -> list[_Written]:
            number, items = numbered
            return self._write(f"__{plan.storage_data}_{number}.distcp", items, planner)

        done: Future[list[WriteResult]] = Future()
        with ThreadPoolExecutor(_AT_ONCE, thread_name_prefix="checkpoint") as pool:
            done.set_result([item for items in pool.map(write, enumerate(_objects(plan.items))) for item in items])
        return done

    def finish(self, metadata: Metadata, results: list[list[WriteResult]]) -> None:
        written = [item for of_rank in results for item in of_rank if isinstance(item, _Written)]
        metadata.version = CURRENT_DCP_VERSION
        metadata.storage_meta = StorageMeta()
        metadata.storage_data = {item.index: item.storage_data for item in written}
        content = pickle.dumps(metadata)
        self._folder.write(METADATA, content)
        files = {item.file.name: item.file for item in written}
        self._commit([_file(METADATA, content), *(files[name] for name in sorted(files))])

    def _write(self, name: str, items: list[WriteItem], planner: SavePlanner) -> list[_Written]:
        stream, ends = io.BytesIO(), [0]
        for item in items:
            _serialise(planner.resolve_data(item), stream)
            ends.append(stream.tell())
        file = _file(name, stream.getbuffer())
        stream.seek(0)
        # S3 takes it in parts, each of which is retried on its own.
        self._folder.write_from(name, stream)
        return [
            _Written(item.index, end - start, _StorageInfo(name, start, end - start), file)
            for item, start, end in zip(items, ends[:-1], ends[1:], strict=True)
        ]


def _objects(items: Sequence[WriteItem]) -> Iterator[list[WriteItem]]:
    """Items that share an object. What every rank needs for a load is apart from what belongs to one rank's shard."""
    shared = [item for item in items if item.type is not WriteItemType.SHARD]
    if shared:
        yield shared
    together: list[WriteItem] = []
    size = 0
    for item in (item for item in items if item.type is WriteItemType.SHARD):
        added = _num_bytes(item)
        if together and size + added > _OBJECT_BYTES:
            yield together
            together, size = [], 0
        together.append(item)
        size += added
    if together:
        yield together


def _num_bytes(item: WriteItem) -> int:
    assert item.tensor_data is not None, "a shard is a tensor"
    return math.prod(item.tensor_data.chunk.sizes) * item.tensor_data.properties.dtype.itemsize


def _serialise(data: Tensor | io.BytesIO, stream: io.BytesIO) -> None:
    if isinstance(data, io.BytesIO):
        stream.write(data.getbuffer())
        return
    tensor = data.detach().cpu()
    # torch.save writes all memory that a view is part of.
    torch.save(tensor.clone() if tensor.untyped_storage().size() != tensor.nbytes else tensor, stream)


def _file(name: str, content: bytes | memoryview) -> File:
    return File(name, len(content), xxh3_64_hexdigest(content))
