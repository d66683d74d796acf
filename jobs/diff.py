"""`culturalground diff BEFORE AFTER`: what changed between two runs, each named by its record or by its config."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from jobs.chain import STAGES, survey
from jobs.run_config import load_config
from pipeline.commit import describe, load_manifest
from pipeline.diff.compare import compare
from pipeline.diff.run import Run
from pipeline.diff.shown import lines
from pipeline.errors import InputError, UserError
from pipeline.progress import Progress
from pipeline.stage import StageOutput
from pipeline.storage import Storage, open_object, open_storage

_KINDS = "a run record OUTPUT/NAME.json or OUTPUT/records/NAME-....json, which `run` writes, or a config NAME.yaml"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What `culturalground diff` takes; it needs no config of its own."""
    parser.add_argument("before", metavar="BEFORE", help=_KINDS)
    parser.add_argument("after", metavar="AFTER", help="likewise")
    for side in ("before", "after"):
        parser.add_argument(
            f"--set-{side}", action="append", default=[], metavar="A.B=VALUE", help=f"change one setting of {side}"
        )
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the comparison as JSON too")
    parser.set_defaults(command=diff)


def diff(options: argparse.Namespace) -> int:
    """Print what changed: 0 where nothing did, 1 where something did.

    Raises:
        UserError: a run cannot be read.
    """
    before, after = load_run(options.before, options.set_before), load_run(options.after, options.set_after)
    found = compare(before, after, progress=lambda total: Progress("diff", total, 0, parts="shards"))
    if options.json is not None:
        try:
            options.json.write_bytes(describe(found.as_dict()))
        except OSError as error:
            raise UserError(f"--json {options.json}: cannot be written: {error.strerror}") from error
    for line in lines(found):
        print(line)
    sys.stdout.flush()
    return 0 if found.is_none else 1


def load_run(place: str, overrides: Sequence[str]) -> Run:
    """The complete stages of a run.

    Args:
        place: of a run record or of a config.
        overrides: `a.b=value`, for a config.

    Raises:
        InputError: there is no such run, or nothing of it is complete.
        ConfigError: the config is wrong.
    """
    if place.endswith((".yaml", ".yml")):
        config = load_config(place, overrides)
        outputs = {stage.name: stage.output for stage in survey(config) if stage.output is not None}
        if not outputs:
            raise InputError(f"{place}: no stage of it is complete in {config.output}; run it first")
        return Run(" ".join([place, *overrides]), outputs)
    if not place.endswith(".json"):
        raise InputError(f"{place}: is no run; give {_KINDS}")
    if overrides:
        raise InputError(f"{place}: is a record of what was run; settings can be changed of a config only")
    storage, path = open_object(place)
    record = _record(storage, path)
    # Stages that this version does not know come last.
    ordered = sorted(record, key=lambda name: STAGES.index(name) if name in STAGES else len(STAGES))
    return Run(place, {name: _stage(place, storage, name, record[name]) for name in ordered})


def _record(storage: Storage, path: str) -> dict[str, str]:
    where = f"{storage.uri}/{path}"
    if storage.stat(path) is None:
        raise InputError(f"{where}: there is no such run record; give {_KINDS}")
    try:
        record: Any = json.loads(storage.read(path))
    except ValueError as error:
        raise InputError(f"{where}: is not JSON: {error}") from error
    if not isinstance(record, dict) or not record or not all(isinstance(uri, str) for uri in record.values()):
        raise InputError(f"{where}: is no run record, which names the directory of each stage")
    return record


def _stage(place: str, storage: Storage, name: str, uri: str) -> StageOutput:
    # An output that was copied elsewhere still has its record beside its stages.
    tail = "/".join(uri.rstrip("/").split("/")[-2:])
    output = open_storage(storage.uri.removesuffix("/records"))
    for directory in (open_storage(uri), output.child(tail)):
        manifest = load_manifest(directory)
        if manifest is not None:
            return StageOutput(directory, manifest)
    raise InputError(f"{place}: names {uri} for stage {name}, where no complete stage is; was it deleted or moved?")
