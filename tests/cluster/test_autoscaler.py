"""Which nodes Ray's autoscaler would bring for what jobs ask, by its own scheduler: nothing is started."""

from __future__ import annotations

from typing import Any

import pytest
from ray.autoscaler._private.kuberay.autoscaling_config import _derive_autoscaling_config_from_ray_cr
from ray.autoscaler.v2.instance_manager.config import NodeTypeConfig
from ray.autoscaler.v2.scheduler import ResourceDemandScheduler, SchedulingRequest
from ray.autoscaler.v2.utils import ResourceRequestUtil
from ray.core.generated.common_pb2 import LabelSelectorOperator

from pipeline.subclusters import LABEL
from tests.cluster.files import LAUNCHED, read

KUBERAY = "deploy/kuberay/cluster.yaml"


def cluster(name: str) -> Any:
    if name != KUBERAY:
        return read(name)
    return _derive_autoscaling_config_from_ray_cr({**read(name), "metadata": {"name": "cluster", "namespace": "here"}})


def brought(name: str, asked: dict[str, float], workers: int, label: str | None) -> dict[str, int]:
    """Nodes by type for so many workers, from nothing but the head."""
    written = cluster(name)
    head = written["head_node_type"]
    types = {
        kind: NodeTypeConfig(
            kind, 0, found["max_workers"] + (kind == head), None, 0, found["resources"], found.get("labels", {})
        )
        for kind, found in written["available_node_types"].items()
    }
    selectors = label and [[(LABEL, LabelSelectorOperator.LABEL_OPERATOR_IN, [label])]]
    requests = [ResourceRequestUtil.make(asked, label_selectors=selectors) for _ in range(workers)]
    request = SchedulingRequest(
        disable_launch_config_check=True, node_type_configs=types, max_num_nodes=written["max_workers"],
        resource_requests=ResourceRequestUtil.group_by_count(requests),
    )  # fmt: skip
    return {launch.instance_type: launch.count for launch in ResourceDemandScheduler().schedule(request).to_launch}


@pytest.mark.parametrize("name", [*LAUNCHED, KUBERAY])
@pytest.mark.parametrize(
    ("label", "asked", "workers", "nodes"),
    [
        ("cpu-spot", {"CPU": 1}, 100, 7),
        ("cpu-spot", {"CPU": 1}, 3000, 8),
        ("gpu-spot", {"CPU": 1, "GPU": 1}, 5, 5),
        ("gpu-spot", {"CPU": 1, "GPU": 1}, 20, 8),
        ("train", {"CPU": 12, "GPU": 1}, 8, 1),
        ("train", {"CPU": 12, "GPU": 1}, 32, 4),
    ],
)
def test_labelled_work_brings_its_own_nodes_and_no_others(
    name: str, label: str, asked: dict[str, float], workers: int, nodes: int
) -> None:
    assert brought(name, asked, workers, label) == {label: nodes}


@pytest.mark.parametrize(("asked", "workers"), [({"CPU": 1, "GPU": 1}, 8), ({"CPU": 1}, 200)])
def test_work_without_a_label_would_be_given_what_training_is_for(asked: dict[str, float], workers: int) -> None:
    """The reason for labels: once it does not hold any more, they can go."""
    assert "train" in brought("cluster.yaml", asked, workers, None)
