"""What a cluster can never give is refused before anything waits for it."""

from __future__ import annotations

import logging
from typing import Any

import pytest

from pipeline import ray_fit
from pipeline.errors import UserError
from pipeline.pooled import Pool, PooledStage
from pipeline.ray_fit import require_fit
from pipeline.stage import Inputs, Outcome, Partition
from pipeline.subclusters import LABEL

LAPTOP = {"CPU": 2.0, "memory": 8.0 * 2**30}
GPU_NODE = {"CPU": 16.0, "GPU": 4.0, "memory": 64.0 * 2**30}


class Engines(PooledStage):
    name = "rephrase"
    version = 1
    tables = ()

    def __init__(self, num_cpus: float = 1.0, num_gpus: float = 0.0, memory: int = 0, min_workers: int = 1) -> None:
        self.num_cpus, self.num_gpus = num_cpus, num_gpus  # type: ignore[misc]
        self.memory = memory
        self.pool = Pool(min_workers, 9, 1)

    def memory_bytes(self) -> int:
        return self.memory

    def deciding(self) -> dict[str, Any]:
        return {}

    def partitions(self, inputs: Inputs) -> list[Partition]:
        return []

    def open(self) -> Any:
        raise AssertionError

    async def process_with(self, partition: Partition, inputs: Inputs, shared: Any, kept: Any) -> Outcome:
        raise AssertionError


@pytest.fixture
def cluster(monkeypatch: pytest.MonkeyPatch) -> Any:
    def has(*nodes: Any, kinds: Any = (), grows: bool = False) -> None:
        monkeypatch.setattr(ray_fit, "_nodes", lambda subcluster: list(nodes))
        monkeypatch.setattr(ray_fit, "_node_types", lambda: list(kinds))
        monkeypatch.setattr(ray_fit, "_grows_unforeseeably", lambda: grows)

    return has


@pytest.mark.parametrize(
    ("stage", "told"),
    [
        (Engines(num_gpus=1), r"^rephrase: one worker asks for 1 GPUs \(generation\.num_gpus\), .* has 0; set it to 0"),
        (Engines(num_cpus=2.5), r"asks for 2\.5 CPUs \(generation\.num_cpus\), and the largest node .* has 2; lower"),
        (Engines(memory=30 * 2**30), r"asks for 30 GiB of memory, and the largest node .* has 8; take a smaller model"),
    ],
)  # fmt: skip
def test_what_no_node_has_is_named_with_its_setting(cluster: Any, stage: Engines, told: str) -> None:
    cluster(LAPTOP, LAPTOP)
    with pytest.raises(UserError, match=told):
        require_fit(stage)
    cluster(LAPTOP, GPU_NODE)
    require_fit(stage)


def test_two_nodes_do_not_make_one(cluster: Any) -> None:
    cluster({"CPU": 64.0}, GPU_NODE)
    with pytest.raises(UserError, match=r"asks for 4 GPUs, 32 CPUs .*no node of this cluster has all of them"):
        require_fit(Engines(num_cpus=32, num_gpus=4))
    cluster(GPU_NODE, GPU_NODE)
    with pytest.raises(UserError, match=r"asks for 8 GPUs .* has 4"):
        require_fit(Engines(num_gpus=8))


def test_only_nodes_with_the_label_count_where_work_is_confined(monkeypatch: pytest.MonkeyPatch) -> None:
    here = [{"Alive": True, "Resources": GPU_NODE, "Labels": {LABEL: "train"}}]
    monkeypatch.setattr("ray.nodes", lambda: here)
    monkeypatch.setattr(ray_fit, "_node_types", list)
    monkeypatch.setattr(ray_fit, "_grows_unforeseeably", lambda: False)
    require_fit(Engines(num_gpus=1))
    require_fit(Engines(num_gpus=1), "train")
    with pytest.raises(UserError, match=r"asks for 1 GPUs .* has 0; .*\(cluster\.subclusters: of nodes gpu-spot\)"):
        require_fit(Engines(num_gpus=1), "gpu-spot")


def test_what_an_autoscaler_may_bring_counts(cluster: Any, caplog: pytest.LogCaptureFixture) -> None:
    cluster(LAPTOP, kinds=[GPU_NODE])
    require_fit(Engines(num_gpus=4))
    assert not caplog.records
    with pytest.raises(UserError, match=r"asks for 8 GPUs .* has 4"):
        require_fit(Engines(num_gpus=8))


def test_where_kinds_of_nodes_are_not_known_it_is_a_warning(cluster: Any, caplog: pytest.LogCaptureFixture) -> None:
    cluster(LAPTOP, grows=True)
    with caplog.at_level(logging.WARNING):
        require_fit(Engines(num_gpus=1))
    [record] = caplog.records
    assert "may bring nodes of kinds not known" in record.getMessage()


def test_fewer_workers_than_wished_are_a_warning(cluster: Any, caplog: pytest.LogCaptureFixture) -> None:
    cluster(GPU_NODE, LAPTOP)
    with caplog.at_level(logging.WARNING):
        require_fit(Engines(num_gpus=2, min_workers=2))
        assert not caplog.records
        require_fit(Engines(num_gpus=2, min_workers=3))
    [record] = caplog.records
    assert "min_workers is 3, of which 2 fit" in record.getMessage()
