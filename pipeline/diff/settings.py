"""Stages and what decides them: which is the first that differs, and by which settings, code, inputs or models."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from pipeline.diff.run import Run, same_result

State = Literal["same", "same_result", "differs", "only_before", "only_after"]
# Of an identity what is told by other fields.
_NOT_SETTINGS = frozenset({"stage", "inputs", "num_partitions", "settings"})


@dataclass(frozen=True)
class Setting:
    """One key that decides a stage; absent is None."""

    key: str
    before: Any
    after: Any


@dataclass(frozen=True)
class StageChange:
    """A stage of two runs.

    Attributes:
        state: same: one fingerprint; same_result: another one, which came to the same files.
        settings: what differs of what decides it by itself, versions of schema and stage included.
        follows: stages before it whose results differ.
    """

    stage: str
    state: State
    settings: tuple[Setting, ...] = ()
    follows: tuple[str, ...] = ()


def changed_stages(before: Run, after: Run) -> tuple[StageChange, ...]:
    """Every stage of either run, in their order."""
    return tuple(_change(before, after, stage) for stage in dict.fromkeys([*before.outputs, *after.outputs]))


def _change(before: Run, after: Run, stage: str) -> StageChange:
    if stage not in after.outputs:
        return StageChange(stage, "only_before")
    if stage not in before.outputs:
        return StageChange(stage, "only_after")
    one, other = before.outputs[stage], after.outputs[stage]
    alike = same_result(one, other)
    if one.manifest.fingerprint == other.manifest.fingerprint and alike:
        return StageChange(stage, "same")
    was, now = before.identity(stage), after.identity(stage)
    inputs = sorted(was["inputs"].keys() | now["inputs"].keys())
    follows = tuple(name for name in inputs if was["inputs"].get(name) != now["inputs"].get(name))
    return StageChange(stage, "same_result" if alike else "differs", tuple(_settings(was, now)), follows)


def _settings(was: Mapping[str, Any], now: Mapping[str, Any]) -> Iterator[Setting]:
    for name in sorted((was.keys() | now.keys()) - _NOT_SETTINGS):
        yield from _differences(name, was.get(name), now.get(name))
    yield from _differences("", was["settings"], now["settings"])


def _differences(key: str, before: Any, after: Any) -> Iterator[Setting]:
    """Leaves of mappings that differ; a list is a leaf."""
    if isinstance(before, Mapping) and isinstance(after, Mapping):
        for name in sorted(before.keys() | after.keys()):
            yield from _differences(f"{key}.{name}" if key else str(name), before.get(name), after.get(name))
    elif before != after:
        yield Setting(key, before, after)


def models(run: Run) -> dict[str, str]:
    """Stage and language -> model and revision, of every stage that tells which models it asks."""
    found: dict[str, str] = {}
    for stage in run.outputs:
        named = run.identity(stage)["settings"].get("models")
        if isinstance(named, Mapping):
            found.update({f"{stage} {language}": str(model) for language, model in sorted(named.items())})
    return found


def changed_models(before: Run, after: Run) -> tuple[Setting, ...]:
    """Models that were replaced, came or went."""
    return tuple(_differences("", models(before), models(after)))
