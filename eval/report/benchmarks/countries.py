"""The world's 42 countries as tiles, coloured by score."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from eval.report.benchmarks.data import Row
from eval.report.benchmarks.lines import Panel
from eval.report.benchmarks.numbers import number
from eval.report.matrix import NUM_LEVELS
from eval.report.wording import hundredths, whole
from pipeline import vocabulary


@dataclass(frozen=True)
class Tile:
    """A country of one model.

    Attributes:
        name: of the country.
        code: its two letters.
        column, row: place on the map, from 1.
        level: step of colour, 1 to `NUM_LEVELS`; 0 where no item is of it.
        value: score in per cent; empty without items.
        told: score with its interval and numbers, for who points at the tile.
    """

    name: str
    code: str
    column: int
    row: int
    level: int
    value: str
    told: str


@dataclass(frozen=True)
class WorldMap:
    """The tiles of a model by our own rule."""

    model: str
    tiles: tuple[Tile, ...]


@dataclass(frozen=True)
class World:
    """The maps of one benchmark, all in the same steps of colour.

    Attributes:
        maps: one a model.
        levels: (level, lowest, highest score of it).
        elsewhere: groups that are not among the countries: they stand in the table alone.
    """

    maps: tuple[WorldMap, ...]
    levels: tuple[tuple[int, str, str], ...]
    elsewhere: tuple[str, ...]


def world(panel: Panel, models: Sequence[str]) -> World | None:
    """The maps of a table by country; None where it has no score of ours of any of the 42.

    Args:
        panel: by country.
        models: in the order of the maps.
    """
    scored = {
        (model, line.key): row
        for line in panel.lines
        for model, rows in line.scores.items()
        for row in rows
        if row["rule"] == "strict"
    }
    values = [row["value"] for (_, key), row in scored.items() if key in places()]
    if not values:
        return None
    low, high = min(values), max(values)
    shown = [model for model in models if any((model, key) in scored for key in places())]
    return World(
        tuple(
            WorldMap(model, tuple(_tile(key, scored.get((model, key)), low, high) for key in places()))
            for model in shown
        ),
        _levels(low, high),
        tuple(line.heading.label for line in panel.lines if line.key not in places()),
    )


@cache
def places() -> dict[str, tuple[str, int, int]]:
    """Country -> letters, column and row of its tile, in the order of names: that of a narrow screen."""
    loaded: dict[str, Any] = yaml.safe_load(Path(__file__).with_name("tiles.yaml").read_text(encoding="utf-8"))
    names = vocabulary.countries()
    return {key: tuple(loaded[key]) for key in sorted(loaded, key=lambda key: names[key].name)}


def step(value: float, low: float, high: float) -> int:
    """The step of colour, of `NUM_LEVELS` equal ones between the lowest and the highest score."""
    if high == low:
        return NUM_LEVELS
    return min(NUM_LEVELS, 1 + int(NUM_LEVELS * (value - low) / (high - low)))


def _tile(key: str, row: Row | None, low: float, high: float) -> Tile:
    name, (code, column, line) = vocabulary.countries()[key].name, places()[key]
    if row is None:
        return Tile(name, code, column, line, 0, "", f"{name}: no items")
    found = number(row)
    ends = f" ({found.ends})" if found.ends else ""
    counts = f", {found.counts}" if found.counts else ""
    told = f"{name}: {found.value}{ends}, n = {whole(row['num_items'])}{counts}"
    return Tile(name, code, column, line, step(row["value"], low, high), hundredths(row["value"]), told)


def _levels(low: float, high: float) -> tuple[tuple[int, str, str], ...]:
    if high == low:
        return ((NUM_LEVELS, hundredths(low), hundredths(high)),)
    width = (high - low) / NUM_LEVELS
    return tuple(
        (number, hundredths(low + (number - 1) * width), hundredths(low + number * width))
        for number in range(1, NUM_LEVELS + 1)
    )
