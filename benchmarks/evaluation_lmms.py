"""Lmms-eval for `evaluation.py`, run by its own interpreter: its task `vqav2_val` on a local copy, with vLLM.

The task is its own, with its prompts and scorer; only where its data set lies is another. The backend is its class with
a clock around `generate_until`, and a request before the clock starts: the first one of an engine is slower.
"""

from __future__ import annotations

import json
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import yaml

from pipeline.torchvision_remedy import ensure

ensure()

import lmms_eval  # noqa: E402 - the remedy must come before
from lmms_eval import models  # noqa: E402
from lmms_eval.evaluator import simple_evaluate  # noqa: E402
from lmms_eval.tasks import TaskManager  # noqa: E402

TASK = "vqav2_local"


def evaluate(backend: str, batch_size: int, arguments: dict[str, Any], file: str) -> dict[str, Any]:
    """Seconds from the first request to the last reply, and of every item its reply and score."""
    taken = timed(models.get_model(backend))
    with tempfile.TemporaryDirectory() as folder:
        write_task(Path(folder), file)
        found = simple_evaluate(
            model=backend,
            model_args=",".join(f"{name}={value}" for name, value in arguments.items()),
            tasks=[TASK],
            batch_size=batch_size,
            task_manager=TaskManager(include_path=folder, include_defaults=False, model_name=backend),
            log_samples=True,
        )
    samples = {
        str(sample["doc"]["question_id"]): (sample["filtered_resps"][0], sample["exact_match"])
        for sample in found["samples"][TASK]
    }
    return {"seconds": taken[0], "samples": samples, "accuracy": found["results"][TASK]["exact_match,none"]}


def timed(backend: Any) -> list[float]:
    """Where the seconds of a backend's `generate_until` will stand."""
    taken: list[float] = []
    generate_until = backend.generate_until

    def with_clock(self: Any, requests: list[Any]) -> Any:
        generate_until(self, requests[:1])
        started = time.monotonic()
        replies = generate_until(self, requests)
        taken.append(time.monotonic() - started)
        return replies

    backend.generate_until = with_clock
    return taken


def write_task(folder: Path, file: str) -> None:
    """Its task, with the local copy for its data set."""
    published = Path(lmms_eval.__file__).parent / "tasks" / "vqav2" / "vqav2_val.yaml"
    task = {
        "task": TASK,
        "include": str(published),
        "dataset_path": "parquet",
        "dataset_kwargs": {"data_files": {"validation": file}},
    }
    (folder / f"{TASK}.yaml").write_text(yaml.safe_dump(task), encoding="utf-8")


if __name__ == "__main__":
    print(json.dumps(evaluate(**json.loads(sys.argv[1]))))
