"""A job is stopped in the middle and submitted again: what its log, its status and the commands' exit codes say."""

from __future__ import annotations

import json
import time
from pathlib import Path

import pytest

from tests.kit.compare import commit_logs, results
from tests.kit.driver import num_commits
from tests.kit.ray_head import RayHead, ray_head
from tests.kit.sample_run import SampleRun
from tests.kit.seaweed import ADMIN, SeaweedServer

pytestmark = [pytest.mark.ray, pytest.mark.s3, pytest.mark.slow, pytest.mark.soak, pytest.mark.timeout(900)]

ROOT = Path(__file__).parents[2]
PATIENCE_S, POLL_S = 240.0, 0.05
SECRET = "sk-7f3c9e1b5a"


def status_of(head: RayHead, job: str) -> str:
    [found] = [each for each in json.loads(head.told_of_jobs()) if each["submission_id"] == job]
    status: str = found["status"]
    return status


def test_stopped_and_submitted_again(undisturbed: SampleRun, seaweed: SeaweedServer, s3_uri: str) -> None:
    run = SampleRun(undisturbed.sample, undisturbed.server, s3_uri, ("cluster.object_store_mb=null",))
    command = ("python", "-m", "jobs.run", *run.arguments("run")[1:])
    with ray_head({**seaweed.environment(), "OPENAI_API_KEY": SECRET}) as head:
        code, printed = head.job(
            "submit", "--no-wait", "--submission-id", "first", "--working-dir", str(ROOT), "--", *command
        )
        assert code == 0, printed
        deadline = time.monotonic() + PATIENCE_S
        while num_commits(run.storage, "images") < 3:
            assert time.monotonic() < deadline, head.job("logs", "first")
            time.sleep(POLL_S)
        code, printed = head.job("stop", "first")
        assert code == 0, printed
        assert status_of(head, "first") == "STOPPED"
        code, log = head.job("logs", "first")
        assert code == 0
        assert "extract" in log
        assert "stopped; committed work is kept, the same command goes on from there" in log
        before = commit_logs(run.config)

        code, again = head.submit(*command, working_dir=ROOT)
        assert code == 0, again
        assert "complete already" in again
        told = head.told_of_jobs()
    after = commit_logs(run.config)
    assert {name: after[name] for name in before} == before, "committed work was done again"
    assert results(run.config) == results(undisturbed.config)
    for word in (*ADMIN, SECRET):
        assert word not in told + log + again
