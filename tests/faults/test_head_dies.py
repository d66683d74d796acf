"""The head of a cluster dies under a run: the driver ends by itself, and the same command goes on elsewhere.

With a Redis to remember what its GCS knew, the GCS alone may die and come back, and the run goes on.
"""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from tests.kit.compare import commit_logs, results
from tests.kit.driver import num_commits, started, wait_until
from tests.kit.ray_nodes import ray_nodes
from tests.kit.redis import redis_server
from tests.kit.sample_run import SampleRun

pytestmark = [pytest.mark.ray, pytest.mark.slow, pytest.mark.timeout(900)]

# Ray waits so long for a GCS that is gone before it gives up; a minute where nothing is said.
GIVES_UP_AFTER = {"RAY_gcs_rpc_server_reconnect_timeout_s": "5"}
PATIENCE_S = 120.0
AWAY_S = 5.0


def test_the_head_dies_and_the_run_goes_on_elsewhere(undisturbed: SampleRun, tmp_path: Path) -> None:
    with ray_nodes(environment=GIVES_UP_AFTER) as nodes:
        overrides = (*undisturbed.overrides, f"cluster.address={nodes.address}")
        run = SampleRun(undisturbed.sample, undisturbed.server, str(tmp_path), overrides)
        with started(run.arguments("run"), nodes.environment) as driver:
            wait_until(driver, lambda: num_commits(run.storage, "images") >= 3, "the middle of images")
            nodes.kill_gcs()
            code, printed = driver.wait(PATIENCE_S)
        assert code == 1, printed
    before = commit_logs(run.config)
    with started(run.arguments("run", "--local")) as driver:
        code, printed = driver.wait()
    assert code == 0, printed
    after = commit_logs(run.config)
    assert {name: after[name] for name in before} == before, "committed work was done again"
    assert results(run.config) == results(undisturbed.config)


def test_with_redis_the_gcs_comes_back_and_the_run_goes_on(undisturbed: SampleRun, tmp_path: Path) -> None:
    with redis_server(tmp_path) as redis, ray_nodes(redis=redis) as nodes:
        overrides = (*undisturbed.overrides, f"cluster.address={nodes.address}")
        run = SampleRun(undisturbed.sample, undisturbed.server, str(tmp_path / "run"), overrides)
        with started(run.arguments("run"), nodes.environment) as driver:
            wait_until(driver, lambda: num_commits(run.storage, "images") >= 3, "the middle of images")
            comes_back = nodes.kill_gcs()
            time.sleep(AWAY_S)
            assert driver.running
            comes_back()
            code, printed = driver.wait()
    assert code == 0, printed
    assert results(run.config) == results(undisturbed.config)
