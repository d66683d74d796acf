"""What would make a run faster or cheaper: it is simulated again with one setting changed."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

from jobs.forecast.forecast import Forecast
from jobs.forecast.places import Setup
from pipeline.commons.settings import Mirror

SHOWN = 3
# A change that gains less is not worth telling.
_LEAST_GAIN = 0.03

Simulation = Callable[[Setup], Forecast]


@dataclass(frozen=True)
class Lever:
    """One change.

    Attributes:
        change: what to set.
        seconds: of the run then, against before.
        money: for its nodes then, against before; None on this machine.
    """

    change: str
    seconds: float
    money: float | None


def levers(setup: Setup, before: Forecast, again: Simulation) -> tuple[Lever, ...]:
    """All changes that can be tried, with what they give.

    Args:
        setup: of the run as it is.
        before: its forecast.
        again: makes one of another setup.
    """
    found = []
    for change, changed in _changes(setup, before):
        after = again(changed)
        money = None
        if before.bill is not None and after.bill is not None and before.bill.total:
            money = after.bill.total / before.bill.total
        found.append(Lever(change, after.run.seconds / max(before.run.seconds, 1e-9), money))
    return tuple(found)


def best_for_time(found: Sequence[Lever]) -> list[Lever]:
    """The changes that save most time, the best first."""
    return sorted((each for each in found if each.seconds < 1 - _LEAST_GAIN), key=lambda each: each.seconds)[:SHOWN]


def best_for_money(found: Sequence[Lever]) -> list[Lever]:
    """The changes that save most money, the best first."""
    told = [(each.money, each) for each in found if each.money is not None and each.money < 1 - _LEAST_GAIN]
    return [each for _, each in sorted(told, key=lambda pair: pair[0])][:SHOWN]


def _changes(setup: Setup, before: Forecast) -> Iterator[tuple[str, Setup]]:
    config = setup.config
    used = {stage.kind for stage in before.stages.values()}
    for place, kind in enumerate(setup.node_types):
        if kind.name not in used:
            continue
        for most in (2 * kind.most, kind.most // 4):
            if most:
                types = list(setup.node_types)
                types[place] = replace(kind, most=most)
                change = f"{kind.name}: max_workers {most} instead of {kind.most}"
                yield change, replace(setup, node_types=tuple(types))
    if not setup.node_types:
        [here] = setup.types
        cores = int(2 * here.resources["CPU"])
        cluster = config.cluster.model_copy(update={"num_cpus": cores})
        yield f"a machine with {cores} cores (cluster.num_cpus)", _with(setup, cluster=cluster)
    if config.cluster.max_workers is not None:
        most = 2 * config.cluster.max_workers
        cluster = config.cluster.model_copy(update={"max_workers": most})
        yield f"cluster.max_workers: {most}", _with(setup, cluster=cluster)
    if config.generation.engine != "none":
        engines = 2 * config.generation.max_workers
        generation = config.generation.model_copy(update={"max_workers": engines})
        yield f"generation.max_workers: {engines}", _with(setup, generation=generation)
    if not config.images.mirrors and "images" in before.stages:
        images = config.images.model_copy(update={"mirrors": (Mirror(url="s3://bucket/prefix"),)})
        yield "images.mirrors: a copy of Commons' files of your own", _with(setup, images=images)
    if any(not kind.spot for kind in setup.node_types if kind.name in used):
        yield "spot for all nodes but the head", replace(setup, all_spot=True)


def _with(setup: Setup, **sections: object) -> Setup:
    return replace(setup, config=setup.config.model_copy(update=sections))
