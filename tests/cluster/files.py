"""The files that describe clusters."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).parents[2]
LAUNCHED = ("cluster.yaml", "deploy/gcp.yaml")
WORKERS = ("cpu-spot", "gpu-spot", "train")


def read(name: str) -> Any:
    return yaml.safe_load((ROOT / name).read_text(encoding="utf-8"))


def documents(name: str) -> list[Any]:
    return list(yaml.safe_load_all((ROOT / name).read_text(encoding="utf-8")))
