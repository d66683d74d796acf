"""A run as one typed value: what YAML files and `--set` become, with errors that name file, key and alternatives."""

from __future__ import annotations

import datetime
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any, TypeVar

import yaml
from pydantic import BaseModel, Field, ValidationError

from eval.settings import Evaluate
from pipeline.commons.settings import Images
from pipeline.config import Budget, Cluster, Section, suggest
from pipeline.dataset.settings import Assemble
from pipeline.errors import ConfigError
from pipeline.generation.settings import Generation, Judge, Rephrase
from pipeline.questions.settings import Questions
from pipeline.wikidata.settings import Extract, Select
from training.settings import Model, Train

# user:password@ in an address, or what signs one.
_SECRET = re.compile(
    r"^[a-z][a-z0-9+.-]*://[^/@\s]*:[^/@\s]*@|[?&](?:X-Amz-Signature|Signature|sig|token|api_?key)=", re.I
)


class _Loader(yaml.SafeLoader):
    """YAML as it is before a library changes it for the whole process, which some that load models do."""

    # Copies, and of everything: it is the constructors that vLLM changes when it starts an engine in this process.
    yaml_constructors = dict(yaml.SafeLoader.yaml_constructors)  # noqa: RUF012
    yaml_implicit_resolvers = {  # noqa: RUF012
        first: list(rules) for first, rules in yaml.SafeLoader.yaml_implicit_resolvers.items()
    }


class RunConfig(Section):
    """A complete run."""

    name: str = Field(pattern=r"^[a-z0-9][a-z0-9_-]*$", description="of the run, and of its record in the output")
    output: str = Field(description="a directory, or s3://bucket/prefix")
    budget: Budget = Budget()
    extract: Extract
    select: Select = Select()
    images: Images = Images()
    questions: Questions = Questions()
    assemble: Assemble = Assemble()
    generation: Generation = Generation()
    rephrase: Rephrase = Rephrase()
    judge: Judge = Judge()
    model: Model = Model()
    train: Train = Train()
    evaluate: Evaluate = Evaluate()
    cluster: Cluster = Cluster()


Config = TypeVar("Config", bound=Section)


def load_config(path: str | Path, overrides: Sequence[str] = ()) -> RunConfig:
    """A run from a YAML file; see `load_as`."""
    return load_as(RunConfig, path, overrides)


def load_as(kind: type[Config], path: str | Path, overrides: Sequence[str] = ()) -> Config:
    """Read a YAML file, apply `a.b=value` overrides (values are YAML too), check everything.

    Args:
        kind: what the file holds.
        path: of the file.
        overrides: applied in their order.

    Raises:
        ConfigError: names the file, the key and the allowed keys or values.
    """
    file = Path(path)
    try:
        raw = yaml.load(file.read_text(encoding="utf-8"), _Loader)
    except OSError as error:
        raise ConfigError(
            f"{file}: cannot be read ({error.strerror}); name a file such as configs/debug.yaml"
        ) from error
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise ConfigError(f"{file}: is not YAML: {' '.join(str(error).split())}") from error
    if not isinstance(raw, dict):
        raise ConfigError(f"{file}: must be a mapping of settings, such as configs/debug.yaml")
    for override in overrides:
        _apply(raw, override)
    _refuse_secrets(raw, file, ())
    try:
        return kind.model_validate(raw)
    except ValidationError as error:
        raise ConfigError(_explain(kind, file, error, overrides)) from error


def _apply(raw: dict[str, Any], override: str) -> None:
    path, equals, text = override.partition("=")
    keys = path.split(".")
    if not equals or not all(keys):
        raise ConfigError(f"--set {override}: must look like section.key=value")
    try:
        value = yaml.load(text, _Loader)
    except yaml.YAMLError as error:
        raise ConfigError(f"--set {override}: the value is not YAML: {' '.join(str(error).split())}") from error
    node = raw
    for key in keys[:-1]:
        if node.get(key) is None:
            node[key] = {}
        node = node[key]
        if not isinstance(node, dict):
            raise ConfigError(f"--set {override}: {key} is a value, not a section")
    node[keys[-1]] = value


def _refuse_secrets(value: Any, file: Path, keys: tuple[str, ...]) -> None:
    """The config is stored with the run and shown in the job's metadata."""
    if isinstance(value, dict):
        for key, part in value.items():
            _refuse_secrets(part, file, (*keys, str(key)))
    elif isinstance(value, list):
        for part in value:
            _refuse_secrets(part, file, keys)
    elif isinstance(value, str) and _SECRET.search(value):
        raise ConfigError(
            f"{file}: {'.'.join(keys)} is an address with a password or a signature in it, which would be stored with "
            "the run; take them out, and give them by the environment (AWS_ACCESS_KEY_ID, HF_TOKEN, "
            "generation.endpoint_key_variable)"
        )


_MESSAGES = {
    "extra_forbidden": "unknown key",
    "missing": "is needed",
    "model_type": "must be a section of settings",
    "string_type": "must be text",
    "tuple_type": "must be a list, such as [a, b]",
}


def _explain(kind: type[BaseModel], file: Path, error: ValidationError, overrides: Sequence[str]) -> str:
    lines = []
    for problem in error.errors():
        location = [str(part) for part in problem["loc"]]
        name = ".".join(location)
        origin = f"--set {name}" if any(_concerns(override, name) for override in overrides) else f"{file}: {name}"
        message = _MESSAGES.get(problem["type"], problem["msg"].removeprefix("Value error, "))
        if problem["type"] == "extra_forbidden":
            message += f": {suggest(location[-1], _keys_at(kind, location[:-1]))}"
        elif problem["type"] not in {"missing", "value_error"}:
            message += f" (it is {problem['input']!r})"
        if problem["type"] == "string_type" and isinstance(problem["input"], bool | datetime.date):
            message += "; YAML takes a bare no, yes or 2026-11-01 for something else: put it in quotes"
        lines.append(f"{origin}: {message}")
    return "; ".join(lines)


def _concerns(override: str, name: str) -> bool:
    """Whether an override sets the named key, something in it, or something that it is in."""
    path = override.partition("=")[0]
    return f"{name}.".startswith(f"{path}.") or f"{path}.".startswith(f"{name}.")


def _keys_at(kind: type[BaseModel], location: Sequence[str]) -> list[str]:
    model = kind
    for part in location:
        if part not in model.model_fields:
            return []
        annotation = model.model_fields[part].annotation
        if not (isinstance(annotation, type) and issubclass(annotation, BaseModel)):
            return []
        model = annotation
    return list(model.model_fields)
