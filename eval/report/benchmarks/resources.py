"""The resource class of a language, by which tables are ordered."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import yaml


def level(language: str) -> int | None:
    """0 (least data) to 5 (most), by Joshi et al. 2020; None where the language is not listed.

    Args:
        language: the data set's code, or CLDR's.
    """
    return _levels().get(language)


def unsure() -> Mapping[str, str]:
    """Language -> why its class may be another."""
    found: dict[str, str] = table()["unsure"]
    return found


@cache
def table() -> Mapping[str, Any]:
    """The data file."""
    loaded: dict[str, Any] = yaml.safe_load(Path(__file__).with_name("resources.yaml").read_text(encoding="utf-8"))
    return loaded


@cache
def _levels() -> dict[str, int]:
    return {language: number for number, languages in table()["classes"].items() for language in languages}
