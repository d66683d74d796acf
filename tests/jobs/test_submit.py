"""`ray job submit` against a real head, results on a real S3 server."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipeline.storage import open_storage
from tests.kit.compare import results
from tests.kit.ray_head import ray_head
from tests.kit.sample_run import SampleRun
from tests.kit.seaweed import ADMIN, SeaweedServer

pytestmark = [pytest.mark.ray, pytest.mark.s3, pytest.mark.slow, pytest.mark.timeout(900)]

ROOT = Path(__file__).parents[2]
STAGE_JOBS = (
    "extract", "select", "images", "questions", "rephrase", "judge", "compare_within", "compare_across", "arrange",
    "assemble",
)  # fmt: skip


def test_jobs_on_a_cluster_give_what_one_process_gives(
    undisturbed: SampleRun, seaweed: SeaweedServer, s3_uri: str, tmp_path: Path
) -> None:
    run = SampleRun(undisturbed.sample, undisturbed.server, s3_uri, ("cluster.object_store_mb=null",))
    with ray_head(seaweed.environment()) as head:
        relative = SampleRun(undisturbed.sample, undisturbed.server, "runs/here")
        code, printed = head.submit("python", "-m", "jobs.run", *relative.arguments("run")[1:], working_dir=ROOT)
        assert code != 0
        assert "output: runs/here is relative to the job's own copy" in printed

        code, printed = head.submit("python", "-m", "jobs.extract", *run.arguments("run")[1:], working_dir=ROOT)
        assert code == 0, printed
        code, printed = head.submit("python", "-m", "jobs.run", *run.arguments("run")[1:], working_dir=ROOT)
        assert code == 0, printed
        assert "complete already" in printed, "the stage that the first job did is not done again"
        code, printed = head.submit("python", "-m", "jobs.verify", *run.arguments("verify")[1:], working_dir=ROOT)
        assert code == 0, printed
        assert "FAIL" not in printed
        code, printed = head.submit("python", "-m", "jobs.status", *run.arguments("status")[1:], working_dir=ROOT)
        assert code == 0, printed
        assert printed.count("complete  ") == len(STAGE_JOBS)
        told = head.told_of_jobs()
    assert "jobs.status" in told
    storage = open_storage(s3_uri)
    stored = b"".join(storage.read(info.path) for info in storage.list() if info.path.endswith(".json"))
    for word in ADMIN:
        assert word not in told + printed
        assert word.encode() not in stored
    assert results(run.config) == results(undisturbed.config)
