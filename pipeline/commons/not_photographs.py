"""Whether a file of Commons is no photograph but a map, a flag, a sound; the rules are in `not_photographs.yaml`."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from pipeline.commons.picture_properties import never_photographs
from pipeline.commons.words import any_of

FILE = Path(__file__).parent / "not_photographs.yaml"
_DRAWN = frozenset({"png", "gif", "image/png", "image/gif"})


@dataclass(frozen=True)
class NotAPhotograph:
    """What a file is instead: a kind of `not_photographs.yaml` or `picture_properties.yaml`, a word to count by."""

    kind: str


@dataclass(frozen=True)
class _Rules:
    """`words` are (kind, pattern for PNG and GIF, pattern for every type)."""

    kinds_by_extension: Mapping[str, str]
    kinds_by_mime: tuple[tuple[str, re.Pattern[str]], ...]
    words: tuple[tuple[str, re.Pattern[str], re.Pattern[str]], ...]


def not_a_photograph(title: str, mime: str | None = None, property: int | None = None) -> NotAPhotograph | None:
    """What the file is, where it is no photograph.

    Args:
        title: normalised, without `File:`.
        mime: as the API states it; where it has not been asked, the title's ending stands for it.
        property: P-number of a property that names the file.
    """
    kind = never_photographs().get(property) if property is not None else None
    kind = kind or _kind_of_type(title, mime) or _kind_of_words(title, mime)
    return None if kind is None else NotAPhotograph(kind)


def _kind_of_type(title: str, mime: str | None) -> str | None:
    if mime is None:
        return _rules().kinds_by_extension.get(_extension(title))
    return next((kind for kind, pattern in _rules().kinds_by_mime if pattern.fullmatch(mime)), None)


def _kind_of_words(title: str, mime: str | None) -> str | None:
    stem = title.rpartition(".")[0] or title
    is_drawn = (mime or _extension(title)) in _DRAWN
    for kind, drawn, any_type in _rules().words:
        if any_type.search(stem) or (is_drawn and drawn.search(stem)):
            return kind
    return None


def _extension(title: str) -> str:
    return title.rpartition(".")[2].lower()


@cache
def _rules() -> _Rules:
    raw: dict[str, Any] = yaml.safe_load(FILE.read_text(encoding="utf-8"))
    types = raw["types"].items()
    return _Rules(
        {extension: kind for kind, row in types for extension in row["extensions"]},
        tuple((kind, re.compile(row["mime"])) for kind, row in types),
        tuple((kind, _pattern(row["drawn"], raw["few"]), _pattern(row["any"], raw["few"]))
              for kind, row in raw["words"].items()),
    )  # fmt: skip


def _pattern(rules: Iterable[str], few: str) -> re.Pattern[str]:
    return any_of(rule.replace("FEW", few) for rule in rules)
