"""A machine that has neither vLLM nor Ray: everything but the engines still runs, in one process."""

from __future__ import annotations

import subprocess
import sys
import sysconfig
from collections.abc import Sequence
from pathlib import Path

import pytest

from jobs.chain import survey
from sample.build import BuiltSample
from sample.commons_server import CommonsServer
from tests.kit.driver import ROOT
from tests.kit.sample_run import SampleRun

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]

ABSENT = ("vllm", "ray")
SMALL = (
    "select.limit=16", "questions.languages=[en]", "train.max_steps=2", "model.num_layers=1",
    "train.samples_per_step=2",
)  # fmt: skip


@pytest.fixture(scope="module")
def bare_python(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An interpreter whose environment holds what this one's does, without the packages in `ABSENT`."""
    folder = tmp_path_factory.mktemp("bare") / "venv"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(folder)], check=True)
    [packages] = folder.glob("lib/python*/site-packages")
    for entry in Path(sysconfig.get_path("purelib")).iterdir():
        if entry.name.split("-")[0].split("_")[0].lower() not in ABSENT:
            (packages / entry.name).symlink_to(entry)
    return folder / "bin" / "python"


def call(python: Path, arguments: Sequence[str]) -> tuple[int, str]:
    done = subprocess.run(
        [str(python), "-m", "jobs.cli", *arguments], cwd=ROOT, capture_output=True, text=True, timeout=800
    )
    return done.returncode, done.stdout + done.stderr


def test_without_them_a_run_goes_from_dump_to_report(
    bare_python: Path, built_sample: BuiltSample, commons: CommonsServer, tmp_path: Path
) -> None:
    for package in ABSENT:
        missing = subprocess.run([str(bare_python), "-c", f"import {package}"], capture_output=True, text=True)
        assert f"No module named '{package}'" in missing.stderr
    run = SampleRun(built_sample, commons, str(tmp_path), SMALL, "report")
    code, printed = call(bare_python, run.arguments("run", "--local"))
    assert code == 0, printed
    assert call(bare_python, run.arguments("verify"))[0] == 0
    outputs = {stage.name: stage.output for stage in survey(run.config)}
    assert outputs["train"] is not None
    assert outputs["train"].num_rows("losses") == 2
    assert outputs["report"] is not None


@pytest.mark.parametrize("setting", ["generation.engine", "evaluate.engine"])
def test_a_config_that_wants_vllm_is_refused_before_anything_is_done(
    bare_python: Path, built_sample: BuiltSample, commons: CommonsServer, tmp_path: Path, setting: str
) -> None:
    run = SampleRun(built_sample, commons, str(tmp_path / "out"), (f"{setting}=vllm",), "report")
    code, printed = call(bare_python, run.arguments("run", "--local"))
    assert code == 2, printed
    assert printed.startswith(
        f"error: {setting}: vllm is not installed; `make setup` installs it, or set {setting}=none"
    )
    assert printed.count("\n") == 1
    assert not (tmp_path / "out").exists()
