"""The lists that a domain expert argues with, read from the .tsv files beside this; docs/selection.md explains them."""

from __future__ import annotations

import csv
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from pipeline import vocabulary
from pipeline.errors import ConfigError

_HERE = Path(__file__).parent
FILES = ("classes.tsv", "occupations.tsv", "stops.tsv", "nature_designations.tsv", "country_items.tsv")
_CLASSES, _OCCUPATIONS, _STOPS, _NATURE, _TIES = FILES


@dataclass(frozen=True)
class Occupations:
    """Values of P106.

    Attributes:
        cultural: make a person a figure of a culture, with all occupations below them.
        weak: do so only for who has none of the others: many a scientist is also listed as a writer.
        other: do not, nor do those below them.
    """

    cultural: tuple[int, ...]
    weak: frozenset[int]
    other: frozenset[int]


@cache
def roots() -> Mapping[str, tuple[int, ...]]:
    """Domain -> classes that are cultural, with all classes below them; domains in order of precedence."""
    found: dict[str, list[int]] = {domain: [] for domain in vocabulary.domains()}
    for row in _rows(_CLASSES, "domain", tuple(found)):
        found[row["domain"]].append(int(row["qid"]))
    return {domain: tuple(qids) for domain, qids in found.items()}


@cache
def stops() -> frozenset[int]:
    """Classes that the way down from a root does not enter: wrong or too wide edges would lead there."""
    return frozenset(int(row["qid"]) for row in _rows(_STOPS))


@cache
def occupations() -> Occupations:
    """Which occupations make a person a figure of a culture."""
    of: dict[str, list[int]] = {"cultural": [], "weak": [], "other": []}
    for row in _rows(_OCCUPATIONS, "kind", tuple(of)):
        of[row["kind"]].append(int(row["qid"]))
    return Occupations((*of["cultural"], *of["weak"]), frozenset(of["weak"]), frozenset(of["other"]))


@cache
def nature_designations() -> frozenset[int]:
    """Values of P1435 that protect nature; every other value marks heritage."""
    return frozenset(int(row["qid"]) for row in _rows(_NATURE))


@cache
def country_items() -> Mapping[int, str]:
    """Item -> key of the country that it stands for: the 42 themselves, former states, parts, peoples, languages."""
    known = vocabulary.countries()
    listed = {int(row["qid"]): row["country"] for row in _rows(_TIES, "country", tuple(known))}
    return listed | {country.qid: key for key, country in known.items()}


@cache
def digests() -> Mapping[str, str]:
    """File name -> SHA-256: what the lists say decides what is selected."""
    return {name: hashlib.sha256((_HERE / name).read_bytes()).hexdigest() for name in FILES}


def _rows(name: str, column: str | None = None, allowed: tuple[str, ...] = ()) -> list[dict[str, str]]:
    """The rows of a list.

    Raises:
        ConfigError: names file and line: no number, a number twice, or a word that is not allowed.
    """
    seen: set[str] = set()
    with (_HERE / name).open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))
    for line, row in enumerate(rows, 2):
        where = f"{_HERE / name}, line {line}"
        if not (row["qid"] or "").isdecimal():
            raise ConfigError(f"{where}: {row['qid']!r} is not the number of an item")
        if row["qid"] in seen:
            raise ConfigError(f"{where}: Q{row['qid']} stands there twice")
        if column is not None and row[column] not in allowed:
            raise ConfigError(f"{where}: {column} {row[column]!r}; allowed: {', '.join(allowed)}")
        seen.add(row["qid"])
    return rows
