"""Whether a cluster can ever give what a worker of a stage asks: Ray itself would wait for it without a word."""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Mapping, Sequence
from typing import Any

from pipeline.errors import UserError
from pipeline.pooled import PooledStage
from pipeline.stage import Stage
from pipeline.subclusters import LABEL

Resources = Mapping[str, float]

# A cluster that has just started has not yet said whether it grows.
_STATUS_WAIT_S = 10.0
_UNITS = {"CPU": ("num_cpus", "CPUs", 1.0), "GPU": ("num_gpus", "GPUs", 1.0), "memory": ("", "GiB of memory", 2.0**30)}
_ADVICE = {
    "CPU": "lower it, or add a larger node (on this machine: raise cluster.num_cpus)",
    "GPU": "set it to 0 to run on CPUs, ask an endpoint instead, or add a node with that many",
    "memory": "take a smaller model or less kv_cache_gb, or add a larger node",
}


def require_fit(stage: Stage, subcluster: str | None = None) -> None:
    """Compare what one worker asks with the nodes that there are, and those that an autoscaler may bring.

    Args:
        stage: whose workers ask.
        subcluster: label of the nodes that will do; an autoscaler does not tell which of its kinds have it.

    Raises:
        UserError: no node has it; it names the setting, what is asked, and what the largest node has.
    """
    nodes, may_grow = _nodes(subcluster), False
    asked = demand(stage)
    if not _fitting(asked, nodes):
        nodes += _node_types()
        may_grow = not _fitting(asked, nodes) and _grows_unforeseeably()
    problem = misfit(stage, asked, nodes)
    if problem is not None and not may_grow:
        raise UserError(problem if subcluster is None else f"{problem} (cluster.subclusters: of nodes {subcluster})")
    if problem is not None:
        logging.getLogger(__name__).warning(
            "%s; goes on, since this cluster may bring nodes of kinds not known", problem
        )
    elif isinstance(stage, PooledStage) and stage.pool is not None:
        at_once = sum(workers_on(asked, node) for node in nodes)
        if at_once < stage.pool.min_size:
            logging.getLogger(__name__).warning(
                "%s: min_workers is %d, of which %d fit this cluster at once; goes on with those",
                stage.name, stage.pool.min_size, at_once,
            )  # fmt: skip


def misfit(stage: Stage, asked: Resources, nodes: Sequence[Resources]) -> str | None:
    """Why no node can hold one worker; None if one can."""
    if _fitting(asked, nodes):
        return None
    section = f"{stage.section}." if isinstance(stage, PooledStage) else ""
    for name, amount in asked.items():
        setting, unit, scale = _UNITS[name]
        largest = max((node.get(name, 0.0) for node in nodes), default=0.0)
        if largest < amount:
            named = f" ({section}{setting})" if setting else ""
            return (
                f"{stage.name}: one worker asks for {amount / scale:.4g} {unit}{named}, and the largest node of this "
                f"cluster has {largest / scale:.4g}; {_ADVICE[name]}"
            )
    together = ", ".join(f"{amount / _UNITS[name][2]:.4g} {_UNITS[name][1]}" for name, amount in asked.items())
    return (
        f"{stage.name}: one worker asks for {together} ({section}num_cpus, {section}num_gpus), and no node of this "
        "cluster has all of them; lower one, or add a node that has"
    )


def demand(stage: Stage) -> dict[str, float]:
    """What one worker of a stage asks, in Ray's units: cores, GPUs, bytes of memory where it is known."""
    memory = stage.memory_bytes() if isinstance(stage, PooledStage) and stage.pool is not None else 0
    asked = {"GPU": float(stage.num_gpus), "memory": float(memory), "CPU": float(stage.num_cpus)}
    return {name: amount for name, amount in asked.items() if amount > 0}


def _fitting(asked: Resources, nodes: Sequence[Resources]) -> bool:
    return any(workers_on(asked, node) for node in nodes)


def workers_on(asked: Resources, node: Resources) -> int:
    """How many workers a node holds at once."""
    return int(min(node.get(name, 0.0) / amount for name, amount in asked.items()))


def _nodes(subcluster: str | None) -> list[Resources]:
    import ray

    nodes = [node for node in ray.nodes() if node["Alive"]]
    return [node["Resources"] for node in nodes if subcluster in (None, node["Labels"].get(LABEL))]


def _node_types() -> list[Resources]:
    """What an autoscaler that tells its kinds of nodes may bring."""
    from ray._private.state import state

    config = state.get_cluster_config()
    groups = config.node_group_configs if config is not None else ()
    return [dict(group.resources) for group in groups if group.max_count != 0]


def _grows_unforeseeably() -> bool:
    """Whether an autoscaler is at work that does not tell its kinds of nodes.

    Every cluster reports a status; one without an autoscaler gives each node a kind of its own, `node_` and its id.
    """
    from ray.autoscaler.v2.utils import is_autoscaler_v2
    from ray.experimental.internal_kv import _internal_kv_get

    # Of the cluster: without the argument it is told what this process's environment says.
    if is_autoscaler_v2(fetch_from_server=True):
        return True
    deadline = time.monotonic() + _STATUS_WAIT_S
    while (status := _internal_kv_get(b"__autoscaling_status")) is None and time.monotonic() < deadline:
        time.sleep(0.2)
    report: dict[str, Any] = (json.loads(status) if status else {}).get("autoscaler_report") or {}
    kinds = {*(report.get("active_nodes") or {}), *(kind for _, kind, *_ in report.get("pending_nodes") or ())}
    return any(not kind.startswith("node_") for kind in kinds)
