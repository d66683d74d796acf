"""Reads what DCP pickles without running anything: whoever can write to the storage gets no code into a rank."""

from __future__ import annotations

import io
import pickle
from typing import Any

import torch
from torch.distributed.checkpoint._traverse import set_element
from torch.distributed.checkpoint.default_planner import DefaultLoadPlanner
from torch.distributed.checkpoint.metadata import Metadata
from torch.distributed.checkpoint.planner import ReadItem

from pipeline.errors import StorageError

_ADVICE = (
    "it was not written by a training; find out who writes to this place, then delete the record of that step, the "
    ".json file: training goes on from the checkpoint before"
)
_DCP = "torch.distributed.checkpoint."
# What a checkpoint's metadata is made of, besides data types.
_KNOWN = {
    ("torch", "Size"),
    ("torch.serialization", "_get_layout"),
    (f"{_DCP}filesystem", "_StorageInfo"),
    (f"{_DCP}metadata", "BytesStorageMetadata"),
    (f"{_DCP}metadata", "ChunkStorageMetadata"),
    (f"{_DCP}metadata", "Metadata"),
    (f"{_DCP}metadata", "MetadataIndex"),
    (f"{_DCP}metadata", "StorageMeta"),
    (f"{_DCP}metadata", "TensorProperties"),
    (f"{_DCP}metadata", "TensorStorageMetadata"),
    (f"{_DCP}metadata", "_MEM_FORMAT_ENCODING"),
}


class _Unpickler(pickle.Unpickler):
    def find_class(self, module: str, name: str) -> Any:
        data_type = module == "torch" and isinstance(getattr(torch, name, None), torch.dtype)
        if data_type or (module, name) in _KNOWN:
            return super().find_class(module, name)
        raise pickle.UnpicklingError(f"asks for {module}.{name}")


def metadata_of(content: bytes, place: str) -> Metadata:
    """The metadata of a checkpoint.

    Args:
        content: of its `.metadata`.
        place: where that lies, for errors.

    Raises:
        StorageError: it is none, or asks for anything that metadata is not made of.
    """
    try:
        found = _Unpickler(io.BytesIO(content)).load()
    # A damaged pickle fails in as many ways as there are types in it.
    except Exception as error:
        raise StorageError(f"{place}: is no metadata of a checkpoint ({error}); {_ADVICE}") from error
    if not isinstance(found, Metadata):
        raise StorageError(f"{place}: is no metadata of a checkpoint; {_ADVICE}")
    return found


class PlainPlanner(DefaultLoadPlanner):
    """Takes plain values, such as an optimizer's settings, where the default takes any object there is."""

    def load_bytes(self, read_item: ReadItem, value: io.BytesIO) -> None:
        """Put a value into place.

        Raises:
            StorageError: it is not plain.
        """
        name = read_item.dest_index.fqn
        try:
            found = torch.load(value, weights_only=True)
        except pickle.UnpicklingError as error:
            raise StorageError(f"{name} of the checkpoint is no plain value; {_ADVICE}") from error
        set_element(self.original_state_dict, self.mappings[name], found)
