"""What `ray job submit --working-dir .` sends: the code and what it reads, and nothing that lies around."""

from __future__ import annotations

import shutil
import subprocess
import zipfile
from pathlib import Path

import pytest
from ray._private.ray_constants import get_runtime_env_default_excludes
from ray._private.runtime_env.packaging import _zip_files

from tests.cluster.files import ROOT

# Ray warns from half of its limit on, 256 MiB; every node fetches and unpacks it before a job begins.
LARGEST_MB = 16
LEFT_BY_WORK = ("runs/debug/big", "work/big", ".venv/big", ".peers/big", ".mypy_cache/big", "pipeline/__pycache__/big")


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """The files that git has, and what work leaves behind."""
    folder = tmp_path / "checkout"
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True).stdout.decode()
    for name in filter(None, listed.split("\0")):
        if (ROOT / name).is_file():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(ROOT / name, folder / name)
    for name in LEFT_BY_WORK:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(b"left")
    return folder


def test_it_is_small_and_has_all_that_a_job_reads(checkout: Path, tmp_path: Path) -> None:
    package = tmp_path / "package.zip"
    _zip_files(str(checkout), get_runtime_env_default_excludes(), str(package), include_gitignore=True)
    with zipfile.ZipFile(package) as opened:
        names = set(opened.namelist())
    assert package.stat().st_size < LARGEST_MB * 10**6
    assert not names & set(LEFT_BY_WORK)
    assert {"jobs/run.py", "pipeline/countries.yaml", "configs/paper.yaml", "eval/report_stage.py"} <= names
