"""The benchmarks that are known, as `benchmarks.yaml` lists them: for the card, and for whoever makes a list of one."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path

import msgspec

from pipeline.dataset.protected.keys import Column

FILE = Path(__file__).parent / "benchmarks.yaml"


class Benchmark(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One benchmark.

    Attributes:
        title: as it calls itself.
        source: address of what is published.
        licence: short name, or where it is told.
        has: the columns of `keys.py` that can be made from it.
        note: what is to be seen to.
    """

    title: str
    source: str
    licence: str
    has: tuple[Column, ...]
    note: str


@cache
def benchmarks() -> Mapping[str, Benchmark]:
    """Benchmarks by the name that their list should have."""
    return msgspec.yaml.decode(FILE.read_bytes(), type=dict[str, Benchmark])
