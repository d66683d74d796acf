"""How pages of HTML are filled in: everywhere escaped, and an error where a template asks for what is not there."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined


def page_templates(folder: Path, **filters: Callable[..., object]) -> Environment:
    """The templates of a folder.

    Args:
        folder: has the files, UTF-8.
        filters: what templates may call values through, by name.
    """
    environment = Environment(
        loader=FileSystemLoader(folder, encoding="utf-8"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters.update(filters)
    return environment
