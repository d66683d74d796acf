"""Records: what in a training's directory is whole, and which of its checkpoints are kept."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from pipeline.storage import Storage

CHECKPOINTS = "checkpoints/"
_EXPORT = "export.json"


@dataclass(frozen=True)
class File:
    """An object of a checkpoint: name in the checkpoint's folder, size in bytes, XXH3-64 of the bytes in hex."""

    name: str
    size: int
    xxh3: str


def folder_of(step: int, attempt: str) -> str:
    """Where the files of a checkpoint go. Each attempt at a step has its own: none writes over what another made."""
    return f"{CHECKPOINTS}{step:06d}/{attempt}/"


def commit(output: Storage, step: int, attempt: str, files: Sequence[File], facts: Mapping[str, Any]) -> None:
    """Say that a checkpoint is whole; its files must be there.

    Args:
        output: the training's directory.
        step: steps done.
        attempt: names the folder.
        files: all that is in the folder.
        facts: JSON that becomes part of the record.
    """
    record = {**facts, "step": step, "attempt": attempt, "files": [asdict(file) for file in files]}
    output.write(_record(step), json.dumps(record, sort_keys=True).encode())


def last(output: Storage) -> dict[str, Any] | None:
    """The record of the newest whole checkpoint; one whose files are gone or cut is passed over and told of."""
    sizes = {info.path: info.size for info in output.list(CHECKPOINTS)}
    for path in sorted(filter(_is_record, sizes), key=_step_of, reverse=True):
        record: dict[str, Any] = json.loads(output.read(path))
        folder = folder_of(record["step"], record["attempt"])
        damaged = [name for name, size, _ in map(_values, record["files"]) if sizes.get(folder + name) != size]
        if not damaged:
            return record
        sys.stderr.write(
            f"{output.uri}/{path}: passed over, {len(damaged)} of {len(record['files'])} files are missing or cut, "
            f"such as {folder}{damaged[0]}\n"
        )
    return None


def attempts(output: Storage) -> dict[int, str]:
    """Step and attempt of every checkpoint that has a record; one may be deleted as soon as this has returned."""
    paths = [info.path for info in output.list(CHECKPOINTS)]
    found = [json.loads(output.read(path)) for path in paths if _is_record(path)]
    return {record["step"]: record["attempt"] for record in sorted(found, key=lambda record: int(record["step"]))}


def files_of(output: Storage, step: int) -> tuple[str, list[File]]:
    """Folder and files of a checkpoint that has a record."""
    record = json.loads(output.read(_record(step)))
    return folder_of(step, record["attempt"]), [File(**file) for file in record["files"]]


def prune(output: Storage, keep: int) -> None:
    """Delete what is older than the newest complete checkpoints, leavings of an earlier, unfinished pruning included.

    Records go first: a checkpoint counts as incomplete before any of its files is gone.
    """
    paths = [info.path for info in output.list(CHECKPOINTS)]
    steps = sorted(_step_of(path) for path in paths if _is_record(path))
    older = [path for path in paths if _step_of(path) < (steps[-keep:] or [0])[0]]
    for path in sorted(older, key=lambda path: not _is_record(path)):
        output.delete(path)


def record_export(output: Storage, files: list[dict[str, Any]]) -> None:
    """Say that the export is whole, and which files it has."""
    output.write(_EXPORT, json.dumps(files).encode())


def exported(output: Storage) -> list[dict[str, Any]]:
    """The files of a whole export."""
    files: list[dict[str, Any]] = json.loads(output.read(_EXPORT))
    return files


def _record(step: int) -> str:
    return f"{CHECKPOINTS}{step:06d}.json"


def _is_record(path: str) -> bool:
    return path.count("/") == 1


def _step_of(path: str) -> int:
    return int(path.split("/")[1].removesuffix(".json"))


def _values(file: Mapping[str, Any]) -> tuple[str, int, str]:
    return file["name"], file["size"], file["xxh3"]
