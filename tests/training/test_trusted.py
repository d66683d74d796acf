"""Nothing that lies in storage is run: neither as a checkpoint's metadata nor as a value in it."""

from __future__ import annotations

import io
import pickle
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import torch
import torch.distributed as dist
from torch.distributed.checkpoint.metadata import BytesStorageMetadata, Metadata
from xxhash import xxh3_64_hexdigest

from pipeline.errors import StorageError
from pipeline.storage import Storage, open_storage
from tests.training.small import learn, same, small, whole
from training.checkpoint.checkpoints import Checkpoints
from training.checkpoint.records import files_of
from training.checkpoint.trusted import metadata_of
from training.checkpoint.writer import METADATA


@pytest.fixture
def alone() -> Iterator[None]:
    """The only rank, in this process."""
    dist.init_process_group("gloo", store=dist.HashStore(), rank=0, world_size=1)  # type: ignore[attr-defined]
    yield
    dist.destroy_process_group()


class Hostile:
    """What pickle makes a call of."""

    def __init__(self, mark: Path) -> None:
        self.mark = mark

    def __reduce__(self) -> tuple[Any, ...]:
        return subprocess.call, (["touch", str(self.mark)],)


def saved(output: Storage) -> dict[str, Any]:
    model, optimizer = small()
    learn(model, optimizer)
    with Checkpoints(output, keep=2) as checkpoints:
        checkpoints.save(1, model, optimizer, {"steps": [0]})
    return whole(model, optimizer)


def loaded(output: Storage) -> dict[str, Any]:
    model, optimizer = small(seed=9)
    with Checkpoints(output, keep=2) as checkpoints:
        checkpoints.load(1, model, optimizer)
    return whole(model, optimizer)


def replaced(output: Storage, name: str, content: bytes) -> None:
    """Put another file into the checkpoint, and what it is into the record: whoever may write can do both."""
    folder, files = files_of(output, 1)
    old = next(file for file in files if file.name == name)
    output.write(f"{folder}{name}", content)
    for info in list(output.list()):
        if info.path.endswith(".json"):
            record = output.read(info.path).decode()
            record = record.replace(old.xxh3, xxh3_64_hexdigest(content))
            output.write(info.path, record.replace(f'"size": {old.size}', f'"size": {len(content)}').encode())


def test_metadata_that_asks_for_anything_else_is_refused(alone: None, tmp_path: Path) -> None:
    output, mark = open_storage(str(tmp_path / "run")), tmp_path / "mark"
    state = saved(output)
    assert same(loaded(output), state)
    replaced(output, METADATA, pickle.dumps(Hostile(mark)))
    with pytest.raises(StorageError, match=r"\.metadata: is no metadata of a checkpoint \(asks for subprocess\.call\)"):
        loaded(output)
    assert not mark.exists()


def test_a_value_that_is_not_plain_is_refused(alone: None, tmp_path: Path) -> None:
    output, mark = open_storage(str(tmp_path / "run")), tmp_path / "mark"
    saved(output)
    folder, _ = files_of(output, 1)
    metadata = metadata_of(output.read(f"{folder}{METADATA}"), "here")
    index, place = next(
        (index, place)
        for index, place in metadata.storage_data.items()
        if isinstance(metadata.state_dict_metadata[index.fqn], BytesStorageMetadata)
    )
    stream = io.BytesIO()
    torch.save(Hostile(mark), stream)
    object_of = output.read(f"{folder}{place.relative_path}")
    place.offset, place.length = len(object_of), len(stream.getvalue())
    replaced(output, place.relative_path, object_of + stream.getvalue())
    replaced(output, METADATA, pickle.dumps(metadata))
    with pytest.raises(StorageError, match=rf"{index.fqn} of the checkpoint is no plain value"):
        loaded(output)
    assert not mark.exists()


@pytest.mark.parametrize("content", [b"", b"\x80\x04", pickle.dumps({"a": 1}), pickle.dumps(Metadata)[:-1]])
def test_what_is_no_metadata_is_told_of(content: bytes) -> None:
    with pytest.raises(StorageError, match=r"^there: is no metadata of a checkpoint"):
        metadata_of(content, "there")
