"""What ranks leave in the training's directory beside checkpoints, and what the stage reads of it."""

from __future__ import annotations

import json
import uuid
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from pipeline.storage import Storage
from training.watch.measures import GroupLoss

_LOOKED_AT, _LEFT_OUT = "validation/", "left_out/"


def tell_validation(output: Storage, done: int, losses: Mapping[str, GroupLoss]) -> None:
    """Keep losses by language after so many steps; looking again writes over them."""
    told = {name: asdict(loss) for name, loss in losses.items()}
    output.write(f"{_LOOKED_AT}{done:08d}.json", json.dumps(told).encode())


def validated(output: Storage) -> list[dict[str, Any]]:
    """Rows of `schema.VALIDATION_LOSSES`, of all that a run looked at."""
    found = []
    for info in sorted(output.list(_LOOKED_AT), key=lambda info: info.path):
        losses = {name: GroupLoss(**raw) for name, raw in json.loads(output.read(info.path)).items()}
        done = int(info.path.rpartition("/")[2].removesuffix(".json"))
        found += [
            {"step": done, "language": name, "loss": loss.mean, "num_supervised_tokens": loss.num_tokens}
            for name, loss in sorted(losses.items())
        ]
    return found


def tell_left_out(output: Storage, reasons: Mapping[int, str]) -> None:
    """Keep account of samples that could not be read.

    Args:
        output: the training's directory.
        reasons: qa_id -> what is wrong with it.
    """
    if reasons:
        found = {str(number): reason for number, reason in reasons.items()}
        output.write(f"{_LEFT_OUT}{uuid.uuid4().hex}.json", json.dumps(found).encode())


def left_out(output: Storage) -> dict[str, str]:
    """qa_id -> what is wrong with it, of all ranks and attempts."""
    found: dict[str, str] = {}
    for info in output.list(_LEFT_OUT):
        found.update(json.loads(output.read(info.path)))
    return found
