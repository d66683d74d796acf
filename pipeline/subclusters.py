"""Which nodes do which work, on a cluster that has several kinds: by Ray's own label for a part of a cluster.

Without it Ray's autoscaler takes whatever node fits: for eight engines of one GPU each, one large node of training.
"""

from __future__ import annotations

import os
from typing import Literal

from pipeline.config import Cluster
from pipeline.stage import Stage

# Ray Data, Ray Train and the autoscaler know this one: what they ask for themselves is asked of such nodes as well.
LABEL = "ray-subcluster"

Work = Literal["cpu", "gpu", "train"]


def work_of(stage: Stage) -> Work:
    """What a stage needs nodes for."""
    if stage.name == "train":
        return "train"
    return "gpu" if stage.num_gpus else "cpu"


def joins(cluster: Cluster) -> bool:
    """Whether a run works on a cluster that is there already; a Ray started here is one node that does everything."""
    return cluster.address is not None or "RAY_ADDRESS" in os.environ


def subcluster(cluster: Cluster, work: Work) -> str | None:
    """The label of the nodes that a kind of work is confined to; None leaves it all nodes."""
    if cluster.subclusters is None or not joins(cluster):
        return None
    chosen: str = getattr(cluster.subclusters, work)
    return chosen


def selector(name: str | None) -> dict[str, str] | None:
    """What Ray takes to place work on nodes with that label."""
    return None if name is None else {LABEL: name}
