"""The closed lists of the data set: its countries, its languages and its cultural domains, read from YAML."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import yaml

_HERE = Path(__file__).parent
# The data set's codes that CLDR spells otherwise.
_CLDR = {"iw": "he", "no": "nb"}


@dataclass(frozen=True)
class Country:
    """One of the 42 countries. `languages` are data-set codes, the main one first; `near` are keys of others."""

    key: str
    qid: int
    name: str
    languages: tuple[str, ...]
    near: tuple[str, ...]


@dataclass(frozen=True)
class Language:
    """One of the 39 languages. `wikidata` are the label codes to try, best first, `mul` excluded."""

    code: str
    name: str
    own_name: str
    script: str
    direction: str
    wikidata: tuple[str, ...]


def _load(name: str) -> dict[str, dict[str, object]]:
    loaded: dict[str, dict[str, object]] = yaml.safe_load((_HERE / name).read_text(encoding="utf-8"))
    return loaded


@cache
def countries() -> Mapping[str, Country]:
    """The 42 countries by key."""
    return {
        key: Country(
            key,
            int(str(row["qid"])),
            str(row["name"]),
            tuple(row["languages"]),  # type: ignore[arg-type]
            tuple(row["near"]),  # type: ignore[arg-type]
        )
        for key, row in _load("countries.yaml").items()
    }


@cache
def languages() -> Mapping[str, Language]:
    """The 39 languages by the data set's code."""
    return {
        code: Language(
            code,
            str(row["name"]),
            str(row["own_name"]),
            str(row["script"]),
            str(row["direction"]),
            tuple(row["wikidata"]),  # type: ignore[arg-type]
        )
        for code, row in _load("languages.yaml").items()
    }


@cache
def domains() -> Mapping[str, str]:
    """Domain -> what belongs to it, in order of precedence."""
    return {key: str(meaning) for key, meaning in _load("domains.yaml").items()}


@cache
def label_languages() -> frozenset[str]:
    """Every Wikidata label code that some language of the data set may use, and `mul`."""
    return frozenset({"mul"}.union(*(language.wikidata for language in languages().values())))


def cldr_code(language: str) -> str:
    """What CLDR, and with it Babel, calls a language of the data set."""
    return _CLDR.get(language, language)
