"""One run of one candidate of `evaluation.py`, each in processes of its own with the same cores."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import yaml

from eval.tasks.vqav2 import TASKS
from pipeline.commit import load_manifest
from pipeline.storage import open_storage
from pipeline.tables import read_table

ROOT = Path(__file__).parents[1]
PEER = ROOT / ".peers/lmms_eval/bin/python"
TASK = TASKS[0]
MAX_MODEL_LEN, MAX_NUM_SEQS, KV_CACHE_GB = 1024, 64, 0.5
CORES = 2
_NAME = "against-lmms-eval"


@dataclass(frozen=True)
class Run:
    """What a candidate did: of every item its reply and score, and the seconds of all."""

    seconds: float
    samples: Mapping[str, tuple[str, float]]

    @property
    def rate(self) -> float:
        """Samples a second."""
        return len(self.samples) / self.seconds

    @property
    def accuracy(self) -> float:
        """The mean of the scores."""
        return sum(score for _, score in self.samples.values()) / len(self.samples)


def ours(model: Path, folder: Path) -> Run:
    """`culturalground evaluate --run`, on Ray, from an empty output."""
    small = {
        "model": str(model), "num_gpus": 0, "max_model_len": MAX_MODEL_LEN, "max_num_seqs": MAX_NUM_SEQS,
        "kv_cache_gb": KV_CACHE_GB,
    }  # fmt: skip
    with tempfile.TemporaryDirectory() as output:
        config = {
            "name": _NAME,
            "output": output,
            "benchmarks": {"folder": str(folder), "tasks": [TASK.name]},
            "models": {"small": small},
            # Actors hold no core while they wait for an engine, which has all of them.
            "cluster": {"num_cpus": 4},
        }
        file = Path(output) / "evaluation.yaml"
        file.write_text(yaml.safe_dump(config), encoding="utf-8")
        _printed([sys.executable, "-m", "jobs.cli", "evaluate", "--run", str(file)], str(ROOT))
        record = json.loads((Path(output) / f"{_NAME}.json").read_text(encoding="utf-8"))
        return _found(record["evaluate_small"])


def _found(uri: str) -> Run:
    """From when the engine takes requests to the last commit."""
    directory = open_storage(uri)
    manifest = load_manifest(directory)
    assert manifest is not None
    logs = [commit.log for commit in manifest.commits]
    seconds = (
        max(log["started"] + log["seconds"] for log in logs)
        - min(log["started"] for log in logs)
        # Of the one engine, which all partitions wait for.
        - sum(log.get("start_seconds", 0.0) for log in logs)
    )
    files = [file.path for commit in manifest.commits for file in commit.files]
    rows = [row for path in files for row in read_table(directory, path).to_pylist()]
    assert all(row["status"] == "answered" for row in rows)
    return Run(seconds, {row["item_id"]: (row["reply"], row["paper"]) for row in rows})


def lmms_eval(backend: str, batch_size: int, model: Path, file: Path) -> Run:
    """Lmms-eval with an engine of the same settings, from the first request to the last reply."""
    engine = {
        "model": str(model), "dtype": "float32", "enforce_eager": True, "max_model_len": MAX_MODEL_LEN,
        "max_num_seqs": MAX_NUM_SEQS, "kv_cache_memory_bytes": int(KV_CACHE_GB * 2**30), "block_size": 32,
        "enable_chunked_prefill": False, "max_num_batched_tokens": 2048,
        # As the task has it: the backend takes the larger of its own number and the task's.
        "max_new_tokens": TASK.max_tokens,
    }  # fmt: skip
    given = {"backend": backend, "batch_size": batch_size, "file": str(file), "arguments": engine}
    with tempfile.TemporaryDirectory() as home:
        found = json.loads(with_peer("evaluation_lmms.py", json.dumps(given), HF_HOME=home)[-1])
    return Run(found["seconds"], {name: (reply, score) for name, (reply, score) in found["samples"].items()})


def with_peer(script: str, *arguments: str, **more: str) -> list[str]:
    """Lines that a script beside this one prints, run by the peer's interpreter."""
    # The project and its libraries come first, the peer's own after them.
    paths = os.pathsep.join((str(ROOT), str(Path(pa.__file__).parents[1])))
    return _printed([str(PEER), str(Path(__file__).with_name(script)), *arguments], paths, **more).splitlines()


def _printed(command: Sequence[str], path: str, **more: str) -> str:
    environment = {
        **os.environ, "PYTHONPATH": path, "OMP_NUM_THREADS": "1", "VLLM_CPU_OMP_THREADS_BIND": "nobind",
        "VLLM_NO_USAGE_STATS": "1", "VLLM_LOGGING_LEVEL": "ERROR", "HF_HUB_OFFLINE": "1",
        "RAY_USAGE_STATS_ENABLED": "0", **more,
    }  # fmt: skip
    return subprocess.run(
        command, check=True, env=environment, cwd=ROOT, stdout=subprocess.PIPE, text=True, preexec_fn=_pin
    ).stdout


def _pin() -> None:
    # One for the model and the other for all else, on machines with more of them too.
    os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:CORES])
