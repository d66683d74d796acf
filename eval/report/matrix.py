"""Country by language: how many questions each pair has, in steps of colour, a country's own languages marked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from pipeline import vocabulary

NUM_LEVELS = 5


@dataclass(frozen=True)
class Cell:
    """Questions of a country in a language. `level` is 0 for none, else 1 to `NUM_LEVELS`."""

    number: int
    level: int
    own: bool


@dataclass(frozen=True)
class Matrix:
    """The table, with sums.

    Attributes:
        languages: English names of the columns.
        rows: (country, cells in the order of the columns, sum).
        sums: of the columns.
        total: of everything.
        levels: fewest and most questions of each level that occurs.
        absent_countries, absent_languages: names of those without any question.
    """

    languages: tuple[str, ...]
    rows: tuple[tuple[str, tuple[Cell, ...], int], ...]
    sums: tuple[int, ...]
    total: int
    levels: tuple[tuple[int, int, int], ...]
    absent_countries: tuple[str, ...]
    absent_languages: tuple[str, ...]


def matrix(crossed: Mapping[str, Mapping[str, int]]) -> Matrix:
    """The table of `samples_by_country_and_language`, countries and languages by their English names.

    Args:
        crossed: questions by country and language; pairs without any may be missing.
    """
    present = {language for row in crossed.values() for language in row}
    languages = sorted((vocabulary.languages()[code] for code in present), key=lambda language: language.name)
    countries = sorted((vocabulary.countries()[key] for key in crossed), key=lambda country: country.name)
    bounds = _bounds([number for row in crossed.values() for number in row.values() if number])
    rows: list[tuple[str, tuple[Cell, ...], int]] = []
    for country in countries:
        numbers = [crossed[country.key].get(language.code, 0) for language in languages]
        cells = tuple(
            Cell(number, level(number, bounds), language.code in country.languages)
            for number, language in zip(numbers, languages, strict=True)
        )
        rows.append((country.name, cells, sum(numbers)))
    sums = tuple(sum(row[1][column].number for row in rows) for column in range(len(languages)))
    return Matrix(
        languages=tuple(language.name for language in languages),
        rows=tuple(rows),
        sums=sums,
        total=sum(sums),
        levels=_levels([cell for row in rows for cell in row[1]]),
        absent_countries=_absent(vocabulary.countries(), crossed),
        absent_languages=_absent(vocabulary.languages(), present),
    )


def level(number: int, bounds: Sequence[float]) -> int:
    """0 for none, else one more than the bounds that the number exceeds."""
    return 0 if number == 0 else 1 + sum(number > bound for bound in bounds)


def _bounds(numbers: Sequence[int]) -> list[float]:
    """Quantiles, so that few large countries do not leave the rest in one colour."""
    if not numbers:
        return []
    shares = [step / NUM_LEVELS for step in range(1, NUM_LEVELS)]
    return [float(bound) for bound in np.quantile(numbers, shares)]


def _levels(cells: Sequence[Cell]) -> tuple[tuple[int, int, int], ...]:
    found: dict[int, list[int]] = {}
    for cell in cells:
        found.setdefault(cell.level, []).append(cell.number)
    return tuple((key, min(numbers), max(numbers)) for key, numbers in sorted(found.items()))


def _absent(named: Mapping[str, Any], present: Any) -> tuple[str, ...]:
    return tuple(sorted(entry.name for key, entry in named.items() if key not in present))
