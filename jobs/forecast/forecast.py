"""A whole run on its cluster, as simulated from a pilot: time and work of each stage, nodes, money."""

from __future__ import annotations

import statistics
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from jobs.forecast.bill import Bill, bill
from jobs.forecast.growth import FullSize, Grown, grow
from jobs.forecast.measured import Measured
from jobs.forecast.places import Place, Setup, limits_of, load, places
from pipeline.prices import load_prices
from pipeline.simulation.cluster import RunTime, StageTime, simulate

# Training is one partition whose time depends on its GPUs; what is made once of everything has no measure of growth.
_NOT_FORETOLD = ("train", "judge_replies", "score", "report")

# Beyond this a pilot's chance matters more than its times.
_FAR = 1000.0


@dataclass(frozen=True)
class StageForecast:
    """One stage of the full run.

    Attributes:
        time: as simulated.
        kind: of its nodes; None is the driver's.
        rows, partitions: of its input.
        cpu_s, gpu_s: that its workers hold.
        stored_bytes, fetched_bytes: written, and from outside.
        limits_s: time in which each source gives out what is asked of it.
    """

    time: StageTime
    kind: str | None
    rows: float
    partitions: int
    cpu_s: float
    gpu_s: float
    stored_bytes: float
    fetched_bytes: float
    limits_s: Mapping[str, float]


@dataclass(frozen=True)
class Forecast:
    """A whole run.

    Attributes:
        pilot: where the figures come from.
        stages: by name, in order.
        run: as simulated.
        bill: None on this machine.
        warnings: what is not in it, or doubtful.
    """

    pilot: str
    stages: Mapping[str, StageForecast]
    run: RunTime
    bill: Bill | None
    warnings: tuple[str, ...]


def forecast(pilot: str, measured: Mapping[str, Measured], setup: Setup, size: FullSize) -> Forecast:
    """Simulate a run.

    Args:
        pilot: its place.
        measured: its stages, in their order.
        setup: the run and its cluster.
        size: of the run.

    Raises:
        UserError: nothing tells how much larger the run is than the pilot; or the prices cannot be read.
    """
    told = {name: stage for name, stage in measured.items() if name not in _NOT_FORETOLD}
    found = places(setup)
    grown = {name: each for name, each in grow(setup.config, told, size).items() if found[name] is not None}
    placed = {name: place for name in grown if (place := found[name]) is not None}
    limits = {name: limits_of(name, told[name], grown[name], setup.config) for name in grown}
    later = [stage.later_s for stage in told.values() if stage.later_s is not None]
    later_s = statistics.median(later) if later else 0.0
    loads = [load(name, told[name], grown[name], placed[name], limits[name], later_s) for name in grown]
    run = simulate(loads, setup.nodes())
    stages = {
        time.name: _stage(time, told[time.name], grown[time.name], placed[time.name],
                          {name: limit.least_s for name, limit in limits[time.name].items()})
        for time in run.stages
    }  # fmt: skip
    stored = sum(each.stored_bytes for each in stages.values())
    leaving = stages["assemble"].stored_bytes if "assemble" in stages else 0.0
    prices = load_prices(setup.config.budget.prices)
    return Forecast(
        pilot, stages, run, bill(run, setup, prices, stored, leaving),
        (*_warnings(told, placed, found, measured), *_far(grown)),
    )  # fmt: skip


def _stage(
    time: StageTime, stage: Measured, grown: Grown, place: Place, limits_s: Mapping[str, float]
) -> StageForecast:
    work = grown.factor * grown.effort
    spend = stage.spend
    return StageForecast(
        time, place.kind, float(grown.rows.sum()), len(grown.rows), spend.cpu_seconds * work, spend.gpu_seconds * work,
        spend.stored_bytes * work, spend.fetched_bytes * grown.factor, limits_s,
    )  # fmt: skip


def _warnings(
    told: Mapping[str, Measured],
    placed: Mapping[str, Place],
    found: Mapping[str, Place | None],
    measured: Mapping[str, Measured],
) -> Iterator[str]:
    if homeless := [name for name in told if found[name] is None]:
        yield f"{', '.join(homeless)}: no node holds a worker, so left out; `plan --cluster FILE` says what is asked"
    if absent := [name for name in found if name not in measured and name not in _NOT_FORETOLD]:
        yield f"{', '.join(absent)}: the pilot has no complete result, so left out"
    yield f"{', '.join(_NOT_FORETOLD)}: not foretold; docs/training.md has the arithmetic of training"
    if old := [name for name in placed if not told[name].knows_driver]:
        yield f"{', '.join(old)}: the pilot's version did not note what its driver took, which is left out"
    for name, place in placed.items():
        if place.in_flight != told[name].in_flight and len(told[name].rows) > told[name].in_flight:
            yield (
                f"{name}: a worker had {told[name].in_flight} partitions in work at once in the pilot and has "
                f"{place.in_flight} here, so the time for one may differ"
            )


def _far(grown: Mapping[str, Grown]) -> Iterator[str]:
    images = grown.get("images")
    if images is not None and images.factor > _FAR:
        yield (
            f"this run has {images.factor:,.0f} times the pilot's pictures, if a GB of its dump has as many; a pilot "
            "over more of it (extract.max_partitions takes ranges from all over it) tells more"
        )
