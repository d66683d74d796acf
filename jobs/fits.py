"""Whether the node types of a cluster can hold what each job of a run asks for: before anything is started or paid."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from jobs.chain import build_stages
from jobs.run_config import RunConfig
from pipeline.errors import ConfigError
from pipeline.pooled import PooledStage
from pipeline.ray_fit import Resources, demand, workers_on
from pipeline.stage import Stage
from pipeline.storage import open_storage
from pipeline.subclusters import LABEL, work_of

_UNITS = {"CPU": ("CPUs", 1.0), "GPU": ("GPUs", 1.0), "memory": ("GiB of memory", 2.0**30)}
_LAUNCHER_MOST = 2


@dataclass(frozen=True)
class NodeType:
    """A kind of node that a cluster may bring.

    Attributes:
        resources: of one, in Ray's units.
        most: how many there may be at once.
        subcluster: its label, which keeps other work off.
        spot: whether it is paid as one that may be taken away.
    """

    name: str
    resources: Resources
    most: int
    subcluster: str | None = None
    spot: bool = False


@dataclass(frozen=True)
class Demand:
    """What a job asks of a cluster.

    Attributes:
        worker: what one of its workers holds, all of it on one node; nothing where the job stays in the driver.
        together: workers without which it does not begin.
        settings: that say so.
        subcluster: the label of nodes that will do.
    """

    job: str
    worker: Resources
    together: int
    settings: str
    subcluster: str | None = None


def read_node_types(path: str | Path) -> list[NodeType]:
    """The node types in a file of Ray's cluster launcher, the head's among them.

    Raises:
        ConfigError: the file cannot be read, or a type does not say what its nodes have.
    """
    try:
        raw = yaml.safe_load(Path(path).read_text(encoding="utf-8"))
    except OSError as error:
        raise ConfigError(f"{path}: cannot be read ({error.strerror}); name a file such as cluster.yaml") from error
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path}: is not YAML: {' '.join(str(error).split())}") from error
    types = raw.get("available_node_types") if isinstance(raw, dict) else None
    if not isinstance(types, dict):
        raise ConfigError(f"{path}: has no available_node_types; name a file of Ray's cluster launcher")
    return [_node_type(str(path), name, found, raw) for name, found in types.items()]


def demands(config: RunConfig) -> list[Demand]:
    """What each job of a run asks for, in their order."""
    return [_demand(stage, config) for stage in build_stages(config, open_storage(config.output)).values()]


def unservable(config: RunConfig, node_types: Sequence[NodeType]) -> list[str]:
    """A sentence for each job that would wait for ever: what it asks, and the node type that comes nearest."""
    found = (_misfit(demand, node_types) for demand in demands(config))
    return [sentence for sentence in found if sentence is not None]


def placements(config: RunConfig, node_types: Sequence[NodeType]) -> Iterator[str]:
    """A line for each job: what a worker of it asks, and which node types hold how many of them."""
    for asked in demands(config):
        if not asked.worker:
            yield f"  {asked.job:<18}in the driver, on the head"
            continue
        held = {kind.name: workers_on(asked.worker, kind.resources) for kind in _open_to(asked, node_types)}
        places = ", ".join(f"{number} on a node {name}" for name, number in held.items() if number)
        yield f"  {asked.job:<18}{_told(asked.worker):<20}{places}"


def _demand(stage: Stage, config: RunConfig) -> Demand:
    place = getattr(config.cluster.subclusters, work_of(stage), None)
    if stage.name == "train":
        train = config.train
        worker = {"GPU": train.gpus_per_worker, "CPU": train.cpus_per_worker}
        needed = {name: amount for name, amount in worker.items() if amount > 0}
        together = "min_workers" if train.min_workers else "num_workers"
        settings = f"train.gpus_per_worker, train.cpus_per_worker, train.{together}"
        return Demand(stage.name, needed, train.min_workers or train.num_workers, settings, place)
    section = stage.section if isinstance(stage, PooledStage) else None
    settings = f"{section}.num_gpus, {section}.num_cpus" if section else "fixed by the stage"
    worker = {} if stage.on_driver else demand(stage)
    return Demand(stage.name, worker, 1, settings, place)


def _open_to(asked: Demand, node_types: Sequence[NodeType]) -> list[NodeType]:
    """Work without a label is not placed on nodes that have one: Ray keeps those for work that names it."""
    return [kind for kind in node_types if kind.subcluster == asked.subcluster]


def _misfit(asked: Demand, node_types: Sequence[NodeType]) -> str | None:
    if not asked.worker:
        return None
    places = [
        (workers_on(asked.worker, kind.resources) * kind.most, kind) for kind in _open_to(asked, node_types)
    ]  # fmt: skip
    at_once = sum(number for number, _ in places)
    if at_once >= asked.together:
        return None
    label = f"with the label {LABEL}: {asked.subcluster}" if asked.subcluster else f"without the label {LABEL}"
    told = (
        f"{asked.job}: a worker asks for {_told(asked.worker)} ({asked.settings}) on a node {label} "
        "(cluster.subclusters)"
    )
    if at_once:
        number, nearest = max(places, key=lambda place: place[0])
        return (
            f"{told}, {asked.together} of them at once, and there is room for {at_once}: the nearest, {nearest.name}, "
            f"has {number} on {nearest.most} nodes; raise its max_workers"
        )
    if not node_types:
        return f"{told}, and there are no node types"
    nearest = max([kind for _, kind in places] or node_types, key=lambda kind: _share(asked.worker, kind.resources))
    return f"{told}, and no node type has that: the nearest, {nearest.name}, has {_shown(nearest)}"


def _shown(kind: NodeType) -> str:
    return f"{_told(kind.resources)}, and " + (f"the label {kind.subcluster}" if kind.subcluster else "no label")


def _share(asked: Resources, node: Resources) -> float:
    """How much of what is asked a node has, from 0 to the number of things asked."""
    return sum(min(1.0, node.get(name, 0.0) / amount) for name, amount in asked.items())


def _told(resources: Resources) -> str:
    found = [f"{resources[name] / scale:.4g} {unit}" for name, (unit, scale) in _UNITS.items() if name in resources]
    return ", ".join(found)


def _node_type(path: str, name: str, found: Mapping[str, Any], raw: Mapping[str, Any]) -> NodeType:
    resources = found.get("resources")
    if not resources:
        raise ConfigError(
            f"{path}: available_node_types.{name}.resources: is empty; say how many CPU, GPU and memory (bytes) "
            "a node has"
        )
    is_head = name == raw.get("head_node_type")
    # There is one head from the start; of the others as many as Ray's launcher would allow, by its defaults too.
    limit = raw.get("max_workers", _LAUNCHER_MOST)
    most = 1 if is_head else min(found.get("max_workers", limit), limit)
    resources = {key: float(amount) for key, amount in resources.items()}
    return NodeType(name, resources, most, found.get("labels", {}).get(LABEL), _is_spot(found.get("node_config", {})))


def _is_spot(settings: Mapping[str, Any]) -> bool:
    """As AWS or Google Cloud are told."""
    scheduling = settings.get("scheduling", {})
    return (
        settings.get("InstanceMarketOptions", {}).get("MarketType") == "spot"
        or scheduling.get("provisioningModel") == "SPOT"
        or bool(scheduling.get("preemptible"))
    )
