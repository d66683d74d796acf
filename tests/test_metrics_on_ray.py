"""Ray's exporter has what a run told: names, labels and numbers as a scraping Prometheus sees them."""

from __future__ import annotations

import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families

from pipeline.config import Cluster
from pipeline.ray_executor import execute_on_ray, start
from pipeline.storage import open_storage
from tests.kit.toy import NO_LIMIT, Numbers, run_toy

pytestmark = pytest.mark.ray

_DEADLINE_S = 60.0


@pytest.fixture
def exporter() -> Iterator[str]:
    """Address of the exporter of a Ray that passes metrics on every second."""
    import ray

    start(
        num_cpus=1, object_store_memory=80 * 10**6, include_dashboard=False, logging_level=40,
        _system_config={"metrics_report_interval_ms": 1000},
    )  # fmt: skip
    [node] = ray.nodes()
    yield f"http://{node['NodeManagerAddress']}:{node['MetricsExportPort']}"
    ray.shutdown()


def _scraped(exporter: str) -> dict[tuple[str, ...], float]:
    """(name, stage or cap, fate, reason) -> value, of this project's metrics."""
    with urllib.request.urlopen(exporter, timeout=5) as answer:
        families = list(text_string_to_metric_families(answer.read().decode()))
    return {
        (sample.name, *(sample.labels[key] for key in ("stage", "cap", "fate", "reason") if sample.labels.get(key))):
        sample.value
        for family in families
        for sample in family.samples
        if sample.name.startswith("ray_culturalground_")
    }  # fmt: skip


def test_a_scrape_sees_what_was_committed(exporter: str, tmp_path: Path) -> None:
    stage = Numbers(2, bad=frozenset([4]), max_quarantined=0.5)
    run_toy(stage, open_storage(str(tmp_path / "run")), execute=execute_on_ray(Cluster(num_cpus=1)))
    expected = {
        ("ray_culturalground_rows_total", "numbers", "ok"): 5.0,
        ("ray_culturalground_rows_total", "numbers", "not_selected", "third"): 4.0,
        ("ray_culturalground_rows_total", "numbers", "quarantined", "bad"): 1.0,
        ("ray_culturalground_partitions_total", "numbers"): 2.0,
        ("ray_culturalground_partitions_left", "numbers"): 0.0,
        ("ray_culturalground_quarantine_limit", "numbers"): 0.5,
        ("ray_culturalground_cap", "gpu_hours"): NO_LIMIT.gpu_hours,
    }
    deadline = time.monotonic() + _DEADLINE_S
    while not expected.items() <= (found := _scraped(exporter)).items() and time.monotonic() < deadline:
        time.sleep(0.2)
    assert {key: found.get(key) for key in expected} == expected
