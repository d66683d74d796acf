"""How DCP reads from object storage: a rank fetches the objects that have a part of its shard, several at once.

None goes to a disk, and no rank holds more of the checkpoint than its shard and the objects that are on their way.
"""

from __future__ import annotations

import io
from collections import defaultdict
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import torch
from torch.distributed._shard._utils import narrow_tensor_by_index
from torch.distributed.checkpoint.filesystem import _StorageInfo
from torch.distributed.checkpoint.metadata import Metadata
from torch.distributed.checkpoint.planner import LoadItemType, LoadPlan, LoadPlanner, ReadItem
from torch.distributed.checkpoint.storage import StorageReader
from torch.futures import Future
from xxhash import xxh3_64_hexdigest

from pipeline.errors import StorageError
from pipeline.storage import Storage
from training.checkpoint.records import File

_AT_ONCE = 4


def content_of(folder: Storage, file: File) -> bytes:
    """All bytes of a file.

    Raises:
        StorageError: it cannot be read or is not what the record says.
    """
    content = folder.read(file.name)
    if (len(content), xxh3_64_hexdigest(content)) != (file.size, file.xxh3):
        raise StorageError(
            f"{folder.uri}/{file.name}: is not what was written ({len(content)} bytes, {file.size} expected); delete "
            "the record of that step, the .json file, and run again: training goes on from the checkpoint before"
        )
    return content


class ObjectReader(StorageReader):
    """Reads one checkpoint.

    Args:
        folder: of the checkpoint.
        files: all that it has, by name.
        metadata: its own. DCP takes a failure to read it for another kind of checkpoint.
    """

    def __init__(self, folder: Storage, files: Mapping[str, File], metadata: Metadata) -> None:
        self._folder, self._files, self._metadata = folder, files, metadata
        self._places: Mapping[Any, _StorageInfo] = {}

    def reset(self, checkpoint_id: Any = None) -> None:
        """Nothing is kept from one load to the next."""

    @classmethod
    def validate_checkpoint_id(cls, checkpoint_id: Any) -> bool:
        return False

    def read_metadata(self) -> Metadata:
        return self._metadata

    def set_up_storage_reader(self, metadata: Metadata, is_coordinator: bool) -> None:
        self._places = metadata.storage_data

    def prepare_local_plan(self, plan: LoadPlan) -> LoadPlan:
        return plan

    def prepare_global_plan(self, plans: list[LoadPlan]) -> list[LoadPlan]:
        return plans

    def read_data(self, plan: LoadPlan, planner: LoadPlanner) -> Future[None]:
        """Read this rank's items into place.

        Raises:
            StorageError: an object is not what the record says.
        """
        wanted: dict[str, list[ReadItem]] = defaultdict(list)
        for item in plan.items:
            wanted[self._places[item.storage_index].relative_path].append(item)
        # Of each object the tensors; the plain objects are put into one dictionary, by one thread.
        with ThreadPoolExecutor(_AT_ONCE, thread_name_prefix="checkpoint") as pool:
            for found in pool.map(lambda name: self._read(name, wanted[name], planner), sorted(wanted)):
                for item, content in found:
                    planner.load_bytes(item, io.BytesIO(content))
        done: Future[None] = Future()
        done.set_result(None)
        return done

    def _read(self, name: str, items: Sequence[ReadItem], planner: LoadPlanner) -> list[tuple[ReadItem, bytes]]:
        """Copy tensors of one object into place; what else is wanted of it."""
        content = memoryview(content_of(self._folder, self._files[name]))
        others = []
        for item in items:
            place = self._places[item.storage_index]
            part = content[place.offset : place.offset + place.length]
            if item.type is LoadItemType.BYTE_IO:
                others.append((item, bytes(part)))
                continue
            tensor = torch.load(io.BytesIO(part), map_location="cpu", weights_only=True)
            target = planner.resolve_tensor(item).detach()
            target.copy_(narrow_tensor_by_index(tensor, item.storage_offsets, item.lengths))
            planner.commit_tensor(item, target)
        return others
