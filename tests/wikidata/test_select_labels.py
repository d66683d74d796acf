"""The stage `select` of the sample with labels in files by range: the same bytes as with labels in memory."""

from __future__ import annotations

import tempfile
from pathlib import Path

import pytest

from jobs.cli import main
from sample.build import BuiltSample
from sample.commons_server import CommonsServer
from tests.kit.compare import commit_logs, results
from tests.kit.driver import num_commits, started, wait_until
from tests.kit.sample_run import SampleRun

IN_FILES = "select.label_memory_mb=0"


@pytest.fixture(scope="module")
def in_memory(built_sample: BuiltSample, commons: CommonsServer, tmp_path_factory: pytest.TempPathFactory) -> SampleRun:
    """A run up to `select` that held its labels in memory."""
    run = SampleRun(built_sample, commons, str(tmp_path_factory.mktemp("memory")), last="select")
    assert main(run.arguments("run", "--local")) == 0
    assert label_files(run) == {}
    return run


def label_files(run: SampleRun) -> dict[str, str]:
    """Path -> tag of what lies below `shared/`."""
    return {info.path: info.etag for info in run.storage.list("select/") if "/shared/" in info.path}


def with_files(run: SampleRun, output: str) -> SampleRun:
    return SampleRun(run.sample, run.server, output, (*run.overrides, IN_FILES), run.last)


@pytest.mark.parametrize("kind", ["local", pytest.param("s3", marks=pytest.mark.s3)])
def test_labels_in_files_give_the_same_bytes(
    in_memory: SampleRun, kind: str, tmp_path: Path, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    run = with_files(in_memory, request.getfixturevalue("s3_uri") if kind == "s3" else str(tmp_path / "out"))
    assert main(run.arguments("run", "--local")) == 0
    assert len(label_files(run)) > 2
    assert results(run.config, "select") == results(in_memory.config, "select")
    assert main(run.arguments("verify")) == 0


@pytest.mark.ray
@pytest.mark.soak
def test_labels_in_files_give_the_same_bytes_on_ray(in_memory: SampleRun, tmp_path: Path) -> None:
    run = with_files(in_memory, str(tmp_path))
    with started(run.arguments("run")) as driver:
        code, printed = driver.wait()
    assert code == 0, printed
    assert len(label_files(run)) > 2
    assert results(run.config, "select") == results(in_memory.config, "select")


@pytest.mark.slow
def test_a_run_killed_after_building_uses_what_it_built(in_memory: SampleRun, tmp_path: Path) -> None:
    run = with_files(in_memory, str(tmp_path))
    with started(run.arguments("run", "--local")) as driver:
        wait_until(driver, lambda: any(path.endswith("/index.json") for path in label_files(run)), "the index is there")
        driver.kill("driver")
        assert driver.wait()[0] == -9
    assert num_commits(run.storage, "select") < num_commits(in_memory.storage, "select")
    built, committed = label_files(run), commit_logs(run.config)
    assert main(run.arguments("run", "--local")) == 0
    assert label_files(run) == built
    assert {name: log for name, log in commit_logs(run.config).items() if name in committed} == committed
    assert results(run.config, "select") == results(in_memory.config, "select")
