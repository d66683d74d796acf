"""SIGTERM to the driver of a run, as `ray job stop` and a machine that is taken away send it."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import pytest

from tests.kit.compare import commit_logs, results
from tests.kit.driver import num_commits, started, wait_until
from tests.kit.sample_run import SampleRun

pytestmark = [pytest.mark.slow]


@pytest.mark.parametrize("how", [("--local",), pytest.param((), marks=pytest.mark.ray)], ids=["local", "ray"])
def test_a_driver_that_is_told_to_leave_says_how_to_go_on(
    undisturbed: SampleRun, tmp_path: Path, how: tuple[str, ...]
) -> None:
    run = SampleRun(undisturbed.sample, undisturbed.server, str(tmp_path), undisturbed.overrides)
    with started(run.arguments("run", *how)) as driver:
        wait_until(driver, lambda: num_commits(run.storage, "images") >= 3, "the middle of images")
        os.kill(driver.pid, signal.SIGTERM)
        code, printed = driver.wait(60)
    assert (code, "the same command goes on from there" in printed) == (143, True), printed
    assert "Traceback" not in printed
    before = commit_logs(run.config)
    assert 0 < len(before) < len(commit_logs(undisturbed.config))
    with started(run.arguments("run", "--local")) as driver:
        code, printed = driver.wait()
    assert code == 0, printed
    after = commit_logs(run.config)
    assert {name: after[name] for name in before} == before, "committed work was done again"
    assert results(run.config) == results(undisturbed.config)
