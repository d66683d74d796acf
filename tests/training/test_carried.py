"""The benchmark of the training step can be carried to a machine that has torch and transformers and little else."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[2]
ABSENT = ("msgspec", "pyarrow", "pydantic", "ray", "vllm")
WITHOUT = f"""
import runpy, sys

class Absent:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in {ABSENT!r}:
            raise ModuleNotFoundError(name, name=name)

sys.meta_path.insert(0, Absent())
runpy.run_path(sys.argv[0], run_name="__main__")
"""


@pytest.mark.parametrize("mode", ["packed", "grouped", "paper"])
def test_it_runs_without_what_only_the_rest_of_the_project_needs(tmp_path: Path, mode: str) -> None:
    script = f"import sys; sys.argv = {[str(ROOT / 'benchmarks/training_step.py')]!r} + sys.argv[1:]\n{WITHOUT}"
    options = ["--mode", mode, "--tiny", "--no-compile", "--samples", "6", "--steps", "1", "--profile", str(tmp_path)]
    done = subprocess.run(
        [sys.executable, "-c", script, *options], cwd=tmp_path, capture_output=True, text=True, check=True
    )
    figures = json.loads(done.stdout)
    assert figures["mode"] == mode
    assert 0 < figures["num_supervised"] < figures["num_tokens"]
    assert figures["tokens_per_s"] > 0
    assert "aten::mm" in (tmp_path / f"profile-{mode}.txt").read_text()
