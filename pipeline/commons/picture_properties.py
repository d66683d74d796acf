"""Which of Wikidata's properties name photographs of an entity, and which never do: `picture_properties.yaml`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml

FILE = Path(__file__).parent / "picture_properties.yaml"


@dataclass(frozen=True)
class PictureProperty:
    """A property whose files are photographs. `rank` 0 is the best.

    `of_the_entity` is whether they show the entity unless a statement says otherwise; else a statement has to say so.
    """

    name: str
    rank: int
    of_the_entity: bool


@cache
def photograph_properties() -> Mapping[int, PictureProperty]:
    """P-number -> property, best first."""
    raw = _load()
    ranked = [(number, row, True) for number, row in raw["photographs"].items()]
    ranked += [(number, row, False) for number, row in raw["photographs_of_something_else"].items()]
    return {
        number: PictureProperty(str(row["name"]), rank, of_the_entity)
        for rank, (number, row, of_the_entity) in enumerate(ranked)
    }


@cache
def never_photographs() -> Mapping[int, str]:
    """P-number -> kind of what its files are instead."""
    return {number: str(row["kind"]) for number, row in _load()["never"].items()}


def _load() -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.safe_load(FILE.read_text(encoding="utf-8"))
    return loaded
