"""Reading one YAML file of the catalogue into a typed value, with errors that name the file and the place in it."""

from __future__ import annotations

import unicodedata
from pathlib import Path
from typing import Any, TypeVar

import msgspec
import yaml

from pipeline.errors import ConfigError

T = TypeVar("T")


class _Loader(yaml.CSafeLoader):
    """YAML without its surprises: a key written twice is an error, and `no` is Norwegian, not false."""


_Loader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag in ("tag:yaml.org,2002:int", "tag:yaml.org,2002:null")]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


def _mapping(loader: _Loader, node: yaml.MappingNode) -> dict[Any, Any]:
    seen: set[str] = set()
    for key, _ in node.value:
        if not isinstance(key, yaml.ScalarNode):
            raise yaml.MarkedYAMLError(problem="a list or mapping stands as a key", problem_mark=key.start_mark)
        if key.value in seen:
            raise yaml.MarkedYAMLError(problem=f"{key.value!r} is written twice", problem_mark=key.start_mark)
        seen.add(key.value)
    return loader.construct_mapping(node, deep=True)


_Loader.add_constructor(yaml.resolver.BaseResolver.DEFAULT_MAPPING_TAG, _mapping)


def read_yaml(path: Path) -> dict[str, Any]:
    """The mapping in a file, all text in Unicode NFC.

    Raises:
        ConfigError: the file cannot be read, is not YAML, or is not a mapping.
    """
    try:
        loaded = yaml.load(unicodedata.normalize("NFC", path.read_text(encoding="utf-8")), _Loader)
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path}: cannot be read as UTF-8 text: {error}") from error
    except yaml.MarkedYAMLError as error:
        line = f", line {error.problem_mark.line + 1}" if error.problem_mark else ""
        raise ConfigError(f"{path}{line}: {error.problem or error.context}; mend the YAML there") from error
    except yaml.YAMLError as error:
        raise ConfigError(f"{path}: {' '.join(str(error).split())}; mend the YAML there") from error
    if not isinstance(loaded, dict):
        raise ConfigError(f"{path}: holds no mapping of keys to values")
    return loaded


def convert(value: object, type_: type[T], where: str) -> T:
    """The value as a typed struct.

    Raises:
        ConfigError: a key is missing, unknown or of the wrong type; the message starts with `where`.
    """
    try:
        return msgspec.convert(value, type_)
    except msgspec.ValidationError as error:
        raise ConfigError(f"{where}: {error}") from error
