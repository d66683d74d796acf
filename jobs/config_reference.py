"""Prints docs/config_reference.md from the types: `python -m jobs.config_reference > docs/config_reference.md`."""

from __future__ import annotations

import json
import types
import typing
from collections.abc import Iterator, Mapping
from typing import Any, Literal, Union

from annotated_types import Ge, Gt, Le, Lt
from pydantic import BaseModel
from pydantic.fields import FieldInfo

from jobs.evaluation import EvaluationConfig
from jobs.run_config import RunConfig
from pipeline.config import Section

MAX_SHOWN = 16
_PLAIN = {str: "text", int: "whole number", float: "number", bool: "true or false", types.NoneType: "null"}
_HEAD = """\
# Settings

Made from the types of the settings, which refuse an unknown key and say which there are. A setting is changed in the
file that `--config` names, or for one run by `--set section.key=value`, where the value is YAML:
`--set questions.languages=[en,sw]`.

What is marked with a circle (○) changes no result: where things lie, how many work on them, what stops a run. Nor do
`name`, `output`, `budget` and `cluster`. All else is part of the name of a stage's directory, so that a change makes
stages anew from there on. A name that ends with `_mb`, `_gb`, `_s` or `_px` tells the unit: MB and GB are 1e6 and 1e9
bytes; `mbit_per_s` is 1e6 bits a second.
"""


def markdown() -> str:
    """Every setting of a run and of an evaluation by itself: type, default, meaning."""
    shown: dict[type[Section], str] = {}
    lines = [_HEAD, "## A run", "", "`configs/debug.yaml` and `configs/paper.yaml` are such files.", ""]
    lines += _section(RunConfig, "", shown)
    lines += [
        "## An evaluation by itself",
        "",
        "What `culturalground evaluate --run` takes: `configs/benchmarks.yaml`.",
    ]
    lines += ["", *_section(EvaluationConfig, "", shown)]
    return "\n".join(lines).rstrip() + "\n"


def _section(kind: type[Section], path: str, shown: dict[type[Section], str]) -> Iterator[str]:
    """A table of the section's own settings, then the sections in it, those that were shown before left out."""
    shown.setdefault(kind, path)
    parent = next((base for base in kind.__mro__[1:] if base in shown and issubclass(base, Section)), None)
    told = {} if parent is None else parent.model_fields
    own = {name: field for name, field in kind.model_fields.items() if not _is_alike(field, told.get(name))}
    within = {name: found for name, field in own.items() if (found := inner(field.annotation)) is not None}
    rows = [_row(name, field, kind, _link(within.get(name), name, path, shown)) for name, field in own.items()]
    if rows:
        yield from ("| setting | type | default | meaning |", "| --- | --- | --- | --- |", *rows, "")
    if parent is not None:
        yield from (f"Besides these it has all settings of [`{shown[parent]}`](#{_anchor(shown[parent])}).", "")
    for name, (section, form) in within.items():
        inside = f"{path}.{name}" if path else name
        if section in shown:
            continue
        yield from (f"{'#' * (3 + bool(path))} {inside}", "", f"{section.__doc__}{form}", "")
        yield from _section(section, inside, shown)


def _is_alike(field: FieldInfo, other: FieldInfo | None) -> bool:
    return other is not None and (field.annotation, field.default, field.description) == (
        other.annotation, other.default, other.description
    )  # fmt: skip


def inner(annotation: Any) -> tuple[type[Section], str] | None:
    """The section that a setting is, or that it has several of, and how these are written."""
    if isinstance(annotation, type) and issubclass(annotation, Section):
        return annotation, ""
    form = {tuple: " A list of them.", Mapping: " Each under a name.", types.UnionType: " Or null."}
    origin = typing.get_origin(annotation)
    for argument in typing.get_args(annotation):
        if isinstance(argument, type) and issubclass(argument, Section):
            key = Mapping if isinstance(origin, type) and issubclass(origin, Mapping) else origin
            return argument, form.get(key, " Or null.")
    return None


def _link(found: tuple[type[Section], str] | None, name: str, path: str, shown: Mapping[type[Section], str]) -> str:
    """To the table of the section that a setting is."""
    if found is None:
        return ""
    inside = shown.get(found[0]) or (f"{path}.{name}" if path else name)
    return f"[its settings](#{_anchor(inside)})"


def _anchor(path: str) -> str:
    return path.replace(".", "")


def _row(name: str, field: FieldInfo, kind: type[Section], link: str) -> str:
    mark = " ○" if name in kind.OPERATIONAL else ""
    bounds = _bounds(field.metadata)
    meaning = "; ".join(filter(None, (field.description, link)))
    cells = (f"`{name}`{mark}", _type(field.annotation) + bounds, _default(field), meaning)
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


def _bounds(metadata: list[Any]) -> str:
    signs = {Gt: "over", Ge: "at least", Lt: "under", Le: "at most"}
    told = [f"{word} {getattr(part, kind.__name__.lower()):g}" for part in metadata for kind, word in signs.items()
            if isinstance(part, kind)]  # fmt: skip
    return f", {', '.join(told)}" if told else ""


def _type(annotation: Any) -> str:
    if annotation in _PLAIN:
        return _PLAIN[annotation]
    origin, arguments = typing.get_origin(annotation), typing.get_args(annotation)
    if origin is typing.Annotated:
        return _type(arguments[0]) + _bounds(list(getattr(arguments[1], "metadata", arguments[1:])))
    if origin is Literal:
        return " or ".join(f"`{argument}`" for argument in arguments)
    if origin in (Union, types.UnionType):
        return " or ".join(_type(argument) for argument in arguments)
    if origin is tuple:
        return f"list of {_type(arguments[0])}"
    if isinstance(origin, type) and issubclass(origin, Mapping):
        return f"mapping of {_type(arguments[0])} to {_type(arguments[1])}"
    return "section" if issubclass(annotation, BaseModel) else annotation.__name__


def _default(field: FieldInfo) -> str:
    if field.is_required():
        return "needed"
    value = field.default
    if isinstance(value, BaseModel):
        return "its defaults"
    if isinstance(value, tuple) and len(value) > MAX_SHOWN:
        return f"all {len(value)}: `{value[0]}` to `{value[-1]}`"
    if isinstance(value, tuple):
        value = [part.model_dump(exclude_defaults=True) if isinstance(part, BaseModel) else part for part in value]
    return f"`{json.dumps(value, ensure_ascii=False)}`"


if __name__ == "__main__":
    print(markdown(), end="")
