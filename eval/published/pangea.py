"""The published scores of Pangea-7B by our names of the tasks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml


@dataclass(frozen=True)
class Published:
    """Scores of one benchmark, from 0 to 1; no interval was published.

    Attributes:
        model: whose they are.
        source: address of the paper.
        benchmark: as the paper calls it.
        english: in English.
        multilingual: mean over the other languages.
    """

    model: str
    source: str
    benchmark: str
    english: float
    multilingual: float


@cache
def pangea() -> Mapping[str, Published]:
    """Task -> what was published of it."""
    table: dict[str, Any] = yaml.safe_load(Path(__file__).with_name("pangea.yaml").read_text(encoding="utf-8"))
    return {
        task: Published(table["model"], table["source"], name, row["english"] / 100, row["multilingual"] / 100)
        for name, row in table["benchmarks"].items()
        for task in row["tasks"]
    }
