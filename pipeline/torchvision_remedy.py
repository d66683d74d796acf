"""Puts the remedy of `torchvision_ops` in place, for this process and those it will start."""

from __future__ import annotations

import importlib
import os
from pathlib import Path

FOLDER = Path(__file__).parent / "torchvision_ops"


def ensure() -> None:
    """Call before the first import of torchvision, transformers or vLLM; calling it again changes nothing.

    It changes `PYTHONPATH` in this process's environment, which children inherit. Where torchvision's operators load,
    it has no effect.
    """
    importlib.import_module("pipeline.torchvision_ops.sitecustomize")
    paths = [path for path in os.environ.get("PYTHONPATH", "").split(os.pathsep) if path]
    if str(FOLDER) not in paths:
        os.environ["PYTHONPATH"] = os.pathsep.join([str(FOLDER), *paths])
