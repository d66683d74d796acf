"""One row of the sample's YAML as it is written, and what must hold for a row by itself."""

from __future__ import annotations

import re
from typing import Literal

import msgspec

from pipeline import vocabulary
from pipeline.errors import ConfigError

Rank = Literal["preferred", "normal", "deprecated"]

ENTITY_ID = re.compile(r"[QP][1-9]\d*")
_SOURCE = re.compile(r"(?:[\w.-]+/[\w.-]+|public list without a named repository): \S.*")
_TITLE = re.compile(r"[^\s_#<>\[\]|{}/:][^_#<>\[\]|{}/:]* \(sample drawing\)\.(?:png|jpg)")
_COLOUR = re.compile(r"#[0-9a-f]{6}")


class Drawing(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What the drawing script draws: a motif, `#rrggbb` colours, and how many strings, storeys, domes ... it has."""

    motif: str
    colours: tuple[str, ...]
    count: int | None = None


class Claim(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A statement with a rank or qualifiers; one without either is written as its value alone."""

    value: str
    rank: Rank = "normal"
    qualifiers: dict[str, list[str]] = {}


Claims = dict[str, list[str | Claim]]


class Row(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A row. `known` and `known_statements` are written from knowledge; the rest is found in the sources."""

    labels: dict[str, str]
    source: list[str]
    aliases: dict[str, list[str]] = {}
    known: list[str] = []
    statements: Claims = {}
    known_statements: Claims = {}
    picture: str | None = None
    drawing: Drawing | None = None
    sitelinks: int = 0


def check_row(key: str, row: Row, is_concept: bool, where: str) -> None:
    """Raises ConfigError, starting with `where`, if something in the row is not as the sample's README says."""
    if ENTITY_ID.fullmatch(key) is None:
        raise ConfigError(f"{where}: the key of a row is an id such as Q243 or P17")
    _check_names(row, where)
    if not row.source:
        raise ConfigError(f"{where}: `source` is empty; name where the id was confirmed")
    for source in row.source:
        if _SOURCE.fullmatch(source) is None:
            raise ConfigError(f"{where}: source {source!r} is not of the form 'owner/repository: file'")
    if row.picture is not None and _TITLE.fullmatch(row.picture) is None:
        raise ConfigError(
            f"{where}: picture {row.picture!r} is not a file title that ends in ' (sample drawing).png' or .jpg"
        )
    if is_concept and (row.picture is None or row.drawing is None):
        raise ConfigError(f"{where}: a cultural entity needs `picture` and `drawing`")
    if row.drawing is not None:
        colours, count = row.drawing.colours, row.drawing.count
        if not colours or not all(_COLOUR.fullmatch(colour) for colour in colours) or (count is not None and count < 1):
            raise ConfigError(f'{where}: a drawing has colours such as "#a34f2b" and a count of at least 1')


def _check_names(row: Row, where: str) -> None:
    if not row.labels:
        raise ConfigError(f"{where}: has no label; write at least one")
    for code, names in [*((code, [name]) for code, name in row.labels.items()), *row.aliases.items()]:
        if code not in vocabulary.label_languages():
            raise ConfigError(f"{where}: {code!r} is not a label code of languages.yaml")
        if not all(name and name.strip() == name for name in names):
            raise ConfigError(f"{where}: a name in {code!r} is empty or has blanks around it")
    for code in row.known:
        if code not in row.labels and code not in row.aliases:
            raise ConfigError(f"{where}: `known` lists {code!r}, which has neither label nor alias")
