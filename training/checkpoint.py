"""Checkpoints in object storage: written by all ranks with torch's DCP, complete when a record says so.

    checkpoints/<step>/...       DCP's files: one per rank, and its metadata
    checkpoints/<step>.json      created last, by rank 0: the step can be resumed from

A checkpoint holds parameters that learn and optimizer state, by name and without regard to the number of ranks; the
plan needs only the step. A tower that is frozen comes from the base model.
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch.distributed as dist
from torch.distributed.checkpoint import state_dict_loader, state_dict_saver
from torch.distributed.checkpoint.state_dict import (
    StateDictOptions,
    get_model_state_dict,
    get_optimizer_state_dict,
    set_model_state_dict,
    set_optimizer_state_dict,
)
from torch.optim import Optimizer

from pipeline.storage import Storage

_EXPORT = "export.json"
_OPTIONS = StateDictOptions(ignore_frozen_params=True, strict=False)


def save(output: Storage, step: int, model: Any, optimizer: Optimizer, facts: Mapping[str, Any]) -> None:
    """Write the state after `step` steps; every rank calls it.

    Args:
        output: the training's directory.
        step: steps done.
        model: sharded.
        optimizer: of its trainable parameters, with state for each.
        facts: JSON that is stored with the record, such as the losses so far.
    """
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        state_dict_saver.save(_state(model, optimizer), checkpoint_id=folder)
        # Every rank's own files are in its own folder; rank 0 has the metadata besides.
        for path in sorted(folder.rglob("*")):
            if path.is_file():
                output.write(f"checkpoints/{step:06d}/{path.relative_to(folder)}", path.read_bytes())
    dist.barrier()
    if dist.get_rank() == 0:
        output.write(_record(step), json.dumps({"step": step, **facts}, sort_keys=True).encode())
    dist.barrier()


def prune(output: Storage, keep: int) -> None:
    """Delete what is older than the newest complete checkpoints, leavings of an earlier, unfinished pruning included.

    Records go first: a checkpoint counts as incomplete before any of its files is gone.
    """
    paths = [info.path for info in output.list("checkpoints/")]
    steps = sorted(_step_of(path) for path in paths if _is_record(path))
    older = [path for path in paths if _step_of(path) < (steps[-keep:] or [0])[0]]
    for path in sorted(older, key=lambda path: not _is_record(path)):
        output.delete(path)


def last(output: Storage) -> dict[str, Any] | None:
    """The record of the last complete checkpoint."""
    records = [info.path for info in output.list("checkpoints/") if _is_record(info.path)]
    if not records:
        return None
    found: dict[str, Any] = json.loads(output.read(max(records)))
    return found


def record_export(output: Storage, files: list[dict[str, Any]]) -> None:
    """Say that the export is whole, and which files it has."""
    output.write(_EXPORT, json.dumps(files).encode())


def exported(output: Storage) -> list[dict[str, Any]]:
    """The files of a whole export."""
    files: list[dict[str, Any]] = json.loads(output.read(_EXPORT))
    return files


def load(output: Storage, step: int, model: Any, optimizer: Optimizer) -> None:
    """Bring model and optimizer to the state after `step` steps; every rank calls it, at any world size."""
    state = _state(model, optimizer)
    with tempfile.TemporaryDirectory() as name:
        folder, prefix = Path(name), f"checkpoints/{step:06d}/"
        for info in output.list(prefix):
            path = folder / info.path.removeprefix(prefix)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(output.read(info.path))
        state_dict_loader.load(state, checkpoint_id=folder)
    set_model_state_dict(model, state["model"], options=_OPTIONS)
    set_optimizer_state_dict(model, optimizer, state["optimizer"], options=_OPTIONS)


def _record(step: int) -> str:
    return f"checkpoints/{step:06d}.json"


def _is_record(path: str) -> bool:
    return path.count("/") == 1


def _step_of(path: str) -> int:
    return int(path.split("/")[1].removesuffix(".json"))


def _state(model: Any, optimizer: Optimizer) -> dict[str, Any]:
    return {
        "model": get_model_state_dict(model, options=_OPTIONS),
        "optimizer": get_optimizer_state_dict(model, optimizer, options=_OPTIONS),
    }
