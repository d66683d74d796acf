"""In processes of its own: what is imported first matters."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from pipeline.torchvision_remedy import FOLDER

ROOT = Path(__file__).parents[1]


def printed(code: str, **environment: str) -> str:
    """What a fresh interpreter prints."""
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, env={**os.environ, "PYTHONPATH": "", **environment},
        capture_output=True, text=True, check=False, timeout=120,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def test_the_path_is_put_before_others_once() -> None:
    code = (
        "from pipeline.torchvision_remedy import ensure; import os; ensure(); ensure();print(os.environ['PYTHONPATH'])"
    )
    assert printed(code) == str(FOLDER)
    assert printed(code, PYTHONPATH=os.pathsep.join(["/one", "/two"])) == os.pathsep.join([str(FOLDER), "/one", "/two"])


def test_the_finder_is_installed_once() -> None:
    code = (
        "from pipeline.torchvision_remedy import ensure; import sys; ensure(); ensure();"
        "print(sum(getattr(each, '__name__', '') == 'TorchvisionFinder' for each in sys.meta_path))"
    )
    assert printed(code) == "1"


def test_nothing_heavy_is_imported_for_it() -> None:
    code = (
        "from pipeline.torchvision_remedy import ensure; import sys; ensure();"
        "print([name for name in ('torch', 'torchvision', 'transformers', 'vllm') if name in sys.modules])"
    )
    assert printed(code) == "[]"


@pytest.mark.slow
def test_torchvision_can_be_imported_here_and_in_children() -> None:
    code = (
        "from pipeline.torchvision_remedy import ensure; ensure(); import subprocess, sys, torchvision;"
        "subprocess.run([sys.executable, '-c', 'import torchvision'], check=True); print(torchvision.__name__)"
    )
    assert printed(code) == "torchvision"


def test_the_modules_that_decide_import_neither_vllm_nor_torch() -> None:
    code = (
        "import sys, pipeline.generation.stages, pipeline.generation.engine;"
        "print([name for name in ('torch', 'torchvision', 'transformers', 'vllm') if name in sys.modules])"
    )
    assert printed(code) == "[]"
