"""Stage after stage on nodes that come when they are asked for and go when they have been idle for a while."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from pipeline.simulation.work import Floats, Limit, finish


@dataclass(frozen=True)
class Nodes:
    """Nodes of one kind.

    Attributes:
        most: at once.
        delay_s: from when they are asked for until they take work; 0 for those that are there.
        idle_s: for which they are kept without work.
    """

    most: int
    delay_s: float = 0.0
    idle_s: float = 0.0


@dataclass(frozen=True)
class Load:
    """What a stage asks of a cluster.

    Attributes:
        name: of the stage.
        kind: of its nodes; None where the driver works on partitions itself.
        service_s: (P,) that a worker is held for each partition, with what lies between two of them.
        workers_a_node: that a node holds.
        in_flight: partitions that a worker has in work at once.
        most_workers: over all nodes; None leaves it to the nodes.
        before_s, after_s: that the driver is busy alone: planning and what all workers need; documents and manifest.
        launch_s: from handing out partitions until a worker that is there begins.
        start_s: of each worker, before its first partition.
        later_s: that the other workers begin after the first, for which there is a process already.
        limits: over all workers.
    """

    name: str
    kind: str | None
    service_s: Floats
    workers_a_node: int = 1
    in_flight: int = 1
    most_workers: int | None = None
    before_s: float = 0.0
    after_s: float = 0.0
    launch_s: float = 0.0
    start_s: float = 0.0
    later_s: float = 0.0
    limits: Mapping[str, Limit] = field(default_factory=dict)


@dataclass(frozen=True)
class StageTime:
    """What became of a stage.

    Attributes:
        name: of the stage.
        begin_s, end_s: since the run began.
        driver_s: before the first and after the last partition, when the driver works alone.
        wait_s: for the first node and the start of what its workers keep.
        work_s: from the first partition until the last is done.
        least_s: what would hold `work_s` up by itself: `workers` (time divided by them), `longest partition`, and
            each limit by its name.
        workers, nodes: that were used.
    """

    name: str
    begin_s: float
    end_s: float
    driver_s: float
    wait_s: float
    work_s: float
    least_s: Mapping[str, float]
    workers: int
    nodes: int

    @property
    def seconds(self) -> float:
        """From begin to end."""
        return self.end_s - self.begin_s

    @property
    def bound_by(self) -> str:
        """What takes most of its time."""
        return max(
            {"driver": self.driver_s, "start of nodes": self.wait_s, **self.least_s}.items(), key=lambda x: x[1]
        )[0]


@dataclass(frozen=True)
class RunTime:
    """A whole run: its stages, and s that nodes of each kind are held, from asking for them until they are gone."""

    stages: tuple[StageTime, ...]
    node_s: Mapping[str, float]

    @property
    def seconds(self) -> float:
        """From the first stage's begin until the last stage's end."""
        return self.stages[-1].end_s if self.stages else 0.0


def simulate(loads: Sequence[Load], kinds: Mapping[str, Nodes]) -> RunTime:
    """Run the stages one after another.

    Args:
        loads: of the stages, in their order.
        kinds: the nodes that each names.

    Raises:
        KeyError: a load names a kind that there is none of.
        ValueError: a kind has room for no worker.
    """
    held = {name: _Held(nodes) for name, nodes in kinds.items()}
    stages, now = [], 0.0
    for load in loads:
        stages.append(_stage(load, None if load.kind is None else held[load.kind], now))
        now = stages[-1].end_s
    return RunTime(tuple(stages), {name: each.seconds() for name, each in held.items()})


@dataclass
class _Held:
    """Nodes of one kind over time: for each the time it was asked for and the time of its last work."""

    nodes: Nodes
    now: list[tuple[float, float]] = field(default_factory=list)
    gone_s: float = 0.0

    def take(self, number: int, at: float) -> list[float]:
        """When each of so many nodes takes work; the first are those that are still there."""
        idle = self.nodes.idle_s
        self.gone_s += sum(last + idle - asked for asked, last in self.now if last + idle < at)
        self.now = [(asked, last) for asked, last in self.now if last + idle >= at]
        there = len(self.now)
        self.now += [(at, at)] * (number - there)
        return [at if place < there else at + self.nodes.delay_s for place in range(number)]

    def release(self, number: int, at: float) -> None:
        """The work of the first so many ends; the others have been idle."""
        self.now = [(asked, at if place < number else last) for place, (asked, last) in enumerate(self.now)]

    def seconds(self) -> float:
        """Over all nodes, once all have been idle for long enough."""
        return self.gone_s + sum(last + self.nodes.idle_s - asked for asked, last in self.now)


def _stage(load: Load, held: _Held | None, begin: float) -> StageTime:
    at = begin + load.before_s + load.launch_s
    number = len(load.service_s)
    workers = _workers(load, None if held is None else held.nodes)
    if not number:
        end = begin + load.before_s + load.after_s
        return StageTime(load.name, begin, end, load.before_s + load.after_s, 0.0, 0.0, {}, 0, 0)
    num_nodes = 0 if held is None else math.ceil(workers / load.workers_a_node)
    ready = [at] if held is None else held.take(num_nodes, at)
    slots = [
        ready[min(worker // load.workers_a_node, len(ready) - 1)] + load.start_s + (load.later_s if worker else 0.0)
        for worker in range(workers)
        for _ in range(load.in_flight)
    ]
    first = min(slots)
    ends = finish(load.service_s, [slot - first for slot in slots], tuple(load.limits.values()))
    done = first + float(ends.max())
    if held is not None:
        held.release(num_nodes, done)
    least = {
        "workers": float(load.service_s.sum()) / (workers * load.in_flight),
        "longest partition": float(load.service_s.max()),
        **{name: limit.least_s for name, limit in load.limits.items()},
    }
    driver = load.before_s + load.launch_s + load.after_s
    return StageTime(
        load.name, begin, done + load.after_s, driver, first - at, done - first, least, workers, num_nodes
    )  # fmt: skip


def _workers(load: Load, nodes: Nodes | None) -> int:
    """As many as there is room and work for."""
    if nodes is None:
        return 1
    room = nodes.most * load.workers_a_node
    if room <= 0:
        raise ValueError(f"{load.name}: there is no room for a worker on nodes {load.kind}")
    useful = math.ceil(len(load.service_s) / load.in_flight)
    return max(1, min(room, useful, room if load.most_workers is None else load.most_workers))
