"""Where the stages of a run work: which nodes of a cluster serve each, and what they may take from outside together."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import yaml

from jobs.chain import build_stages
from jobs.fits import Demand, NodeType, demands, read_node_types
from jobs.forecast.growth import Grown
from jobs.forecast.measured import Measured
from jobs.run_config import RunConfig
from pipeline.commons.api import TITLES_PER_REQUEST
from pipeline.errors import UserError
from pipeline.pooled import PooledStage
from pipeline.ray_fit import workers_on
from pipeline.simulation.cluster import Load, Nodes
from pipeline.simulation.work import Floats, Limit
from pipeline.stage import Stage
from pipeline.storage import open_storage

HERE = "this machine"
# From asking a cloud for a node until Ray has it: its start, and its image. Assumed; nobody has measured it here.
NODE_DELAY_S = 240.0
_CLUSTER = Path("cluster.yaml")
# Of Ray's launcher, where its file does not say it.
_IDLE_MINUTES = 5.0


@dataclass(frozen=True)
class Setup:
    """A run and its cluster, of which one thing or another may be changed to see what it does.

    Attributes:
        config: of the run.
        node_types: that work; empty where Ray is started on this machine.
        idle_s: for which a node is kept without work.
        all_spot: whether every node but the head's is paid as spot.
    """

    config: RunConfig
    node_types: tuple[NodeType, ...] = ()
    idle_s: float = 60.0 * _IDLE_MINUTES
    all_spot: bool = False

    @property
    def types(self) -> tuple[NodeType, ...]:
        """Those of the cluster, or this machine as one of a kind."""
        if self.node_types:
            return self.node_types
        cores = float(self.config.cluster.num_cpus or os.cpu_count() or 1)
        return (NodeType(HERE, {"CPU": cores}, 1),)

    def nodes(self) -> dict[str, Nodes]:
        """For the simulation, by name of the type."""
        if not self.node_types:
            return {HERE: Nodes(1)}
        return {each.name: Nodes(each.most, NODE_DELAY_S, self.idle_s) for each in self.node_types}


def setup_of(config: RunConfig, cluster: Path | None) -> Setup:
    """A run on the cluster in a file of Ray's launcher; or without one on this machine, or as cluster.yaml says.

    Raises:
        UserError: the file cannot be read; or none is named for a run that wants nodes with labels.
    """
    if cluster is None and config.cluster.subclusters is None:
        return Setup(config)
    path = cluster or _CLUSTER
    if cluster is None and not path.exists():
        raise UserError(
            f"--cluster: {config.name} wants nodes with labels (cluster.subclusters); name their {_CLUSTER}"
        )
    node_types = tuple(read_node_types(path))
    minutes = yaml.safe_load(path.read_text(encoding="utf-8")).get("idle_timeout_minutes", _IDLE_MINUTES)
    return Setup(config, node_types, 60.0 * minutes)


@dataclass(frozen=True)
class Place:
    """Where a stage works: its nodes, the workers that one holds, and their number over all at most."""

    kind: str | None
    workers_a_node: int = 1
    in_flight: int = 1
    most_workers: int | None = None


def places(setup: Setup) -> dict[str, Place | None]:
    """Of each stage; None where no node holds a worker."""
    asked = {demand.job: demand for demand in demands(setup.config)}
    stages = build_stages(setup.config, open_storage(setup.config.output))
    return {name: _place(stage, asked[name], setup) for name, stage in stages.items()}


def _place(stage: Stage, asked: Demand, setup: Setup) -> Place | None:
    if not asked.worker:
        return Place(None)
    label = asked.subcluster if setup.node_types else None
    # Memory of this machine is not asked here: Ray tells it once it has started.
    held = {key: amount for key, amount in asked.worker.items() if setup.node_types or key != "memory"}
    room = [(workers_on(held, each.resources), each) for each in setup.types if each.subcluster == label]
    number, kind = max(room, key=lambda pair: pair[0] * pair[1].most, default=(0, None))
    if kind is None or not number:
        return None
    pool = stage.pool if isinstance(stage, PooledStage) else None
    limits = [setup.config.cluster.max_workers, stage.max_workers, None if pool is None else pool.max_size]
    most = min((limit for limit in limits if limit is not None), default=None)
    return Place(kind.name, number, 1 if pool is None else pool.in_flight, most)


def load(name: str, stage: Measured, grown: Grown, place: Place, limits: Mapping[str, Limit], later_s: float) -> Load:
    """What a stage of the full run asks of its cluster.

    Args:
        name: of the stage.
        stage: of the pilot.
        grown: what the full run makes of it.
        place: where it works.
        limits: over all its workers.
        later_s: that workers begin after the first, in other stages; its own, where it has one, counts more.
    """
    return Load(
        name,
        place.kind,
        spread(stage.row_s, len(grown.rows)) * grown.rows * grown.effort,
        place.workers_a_node,
        place.in_flight,
        place.most_workers,
        stage.before_s * grown.before,
        stage.after_s * grown.after,
        stage.launch_s,
        stage.start_s,
        later_s if stage.later_s is None else stage.later_s,
        limits,
    )


def spread(figures: Floats, number: int) -> Floats:
    """So many figures out of those that there are: in their order, each as often as any other, or once more."""
    taken: Floats = figures[np.arange(number) * len(figures) // max(1, number)]
    return taken


def limits_of(name: str, stage: Measured, grown: Grown, config: RunConfig) -> dict[str, Limit]:
    """What sources of pictures allow: requests and bits in a second, of Commons or of the mirror before it."""
    if name != "images" or not stage.rows_in:
        return {}
    bits = 8 * stage.spend.fetched_bytes / stage.rows_in * grown.rows
    described = grown.rows / TITLES_PER_REQUEST
    images = config.images
    commons = Limit(images.requests_per_s, described + (0.0 if images.mirrors else grown.rows))
    if not images.mirrors:
        return {"Commons' requests": commons, "Commons' traffic": Limit(images.mbit_per_s * 1e6, bits)}
    mirror = images.mirrors[0]
    return {
        "Commons' requests": commons,
        "mirror's requests": Limit(mirror.requests_per_s, grown.rows),
        "mirror's traffic": Limit(mirror.mbit_per_s * 1e6, bits),
    }
