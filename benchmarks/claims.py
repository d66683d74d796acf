"""How a benchmark states what it measured: one JSON line per claim, exit code 0 only if every bar holds."""

from __future__ import annotations

import argparse
import json
import statistics
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass


@dataclass(frozen=True)
class Claim:
    """`ratio` is ours / peer where more is better, peer / ours where less is; `ok` says whether it reaches `bar`."""

    claim: str
    ours: float
    peer: float
    unit: str
    ratio: float
    bar: float
    ok: bool


def claim(name: str, ours: float, peer: float, unit: str, bar: float, *, less_is_better: bool = False) -> Claim:
    """State one claim and print it.

    Args:
        name: what is compared with what.
        ours: our figure.
        peer: the peer's figure from the same run.
        unit: of both.
        bar: the least ratio that will do.
        less_is_better: times and sizes.
    """
    ratio = peer / ours if less_is_better else ours / peer
    made = Claim(name, round(ours, 4), round(peer, 4), unit, round(ratio, 3), bar, ratio >= bar)
    print(json.dumps(asdict(made)), flush=True)
    return made


def interleaved(candidates: Mapping[str, Callable[[], float]], repetitions: int) -> dict[str, float]:
    """Median of each candidate's figure; they take turns, so that a slow minute of the machine hits all of them."""
    figures: dict[str, list[float]] = {name: [] for name in candidates}
    for _ in range(repetitions):
        for name, measure in candidates.items():
            figures[name].append(measure())
    return {name: statistics.median(values) for name, values in figures.items()}


def main(measure: Callable[[bool], Sequence[Claim]], description: str | None) -> None:
    """Parse `--quick`, measure, and exit."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--quick", action="store_true", help="fewer repetitions, smaller input")
    sys.exit(0 if all(made.ok for made in measure(parser.parse_args().quick)) else 1)
