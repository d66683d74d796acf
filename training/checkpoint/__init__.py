"""Checkpoints in object storage: written by all ranks with torch's DCP, whole when a record says so.

    checkpoints/<step>/<attempt>/...   DCP's files: `.metadata`, and some of at most 128 MiB from each rank
    checkpoints/<step>.json            written last, by rank 0: which files there are, and the step's facts

A checkpoint holds parameters that learn and optimizer state, by name and without regard to the number of ranks; the
plan needs only the step. A tower that is frozen comes from the base model. The folder is an ordinary DCP checkpoint:
copied to a disk, torch's own tools read it.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from typing import Any

from torch.optim import Optimizer

from pipeline.storage import Storage
from training.checkpoint.checkpoints import Checkpoints
from training.checkpoint.records import exported, last, prune, record_export

__all__ = ["Checkpoints", "exported", "last", "load", "prune", "record_export", "save"]


def save(output: Storage, step: int, model: Any, optimizer: Optimizer, facts: Mapping[str, Any]) -> None:
    """Write the state after `step` steps and wait until it is whole; every rank calls it."""
    with Checkpoints(output, keep=sys.maxsize, asynchronous=False) as checkpoints:
        checkpoints.save(step, model, optimizer, facts)


def load(output: Storage, step: int, model: Any, optimizer: Optimizer) -> None:
    """Bring model and optimizer to the state after `step` steps; every rank calls it, at any world size."""
    with Checkpoints(output, keep=sys.maxsize) as checkpoints:
        checkpoints.load(step, model, optimizer)
