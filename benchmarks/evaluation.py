"""Benchmarks at work: `culturalground evaluate` against lmms-eval, with the same small model, items and engine.

The items have VQAv2's schema, prompt and published rule, which both know: drawings, five questions each. The engine is
vLLM in float32 with the same settings, one thread for the model and the other core for all else, as in `generation.py`.
Samples a second are counted from the first request to the last reply of lmms-eval, and to the last scored and committed
item of ours; starting up is left out, of both. lmms-eval is measured with each of its two backends of vLLM, each with
the best of three batch sizes, which one round finds out. Scores are compared item by item; and published rules alone, of
all tasks that both have, on made replies. Needs `make peers`.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import partial
from multiprocessing import get_context
from pathlib import Path
from typing import Any

# Scripts here are run by path, from any folder; what they measure lies beside this one.
sys.path.insert(0, str(Path(__file__).parents[1]))

import pyarrow as pa
import yaml

from benchmarks.claims import Claim, claim, interleaved, main
from benchmarks.evaluation_data import write_vqav2
from eval.tasks.vqav2 import TASKS
from pipeline.commit import load_manifest
from pipeline.storage import open_storage
from pipeline.tables import read_table

ROOT = Path(__file__).parents[1]
PEER = ROOT / ".peers/lmms_eval/bin/python"
BACKENDS = ("vllm", "vllm_generate")
BATCH_SIZES = (16, 64, 256)
TASK = TASKS[0]
# Means of ten numbers.
EQUAL = 1e-9
MAX_MODEL_LEN, MAX_NUM_SEQS, KV_CACHE_GB = 1024, 64, 0.5


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
    """`culturalground evaluate --run`, on Ray."""
    with tempfile.TemporaryDirectory() as output:
        config = {
            "name": "against-lmms-eval",
            "output": output,
            "benchmarks": {"folder": str(folder), "tasks": [TASK.name]},
            "models": {
                "small": {
                    "model": str(model), "num_gpus": 0, "max_model_len": MAX_MODEL_LEN, "max_num_seqs": MAX_NUM_SEQS,
                    "kv_cache_gb": KV_CACHE_GB,
                },
            },
            # Actors hold no core while they wait for an engine.
            "cluster": {"num_cpus": 4},
        }  # fmt: skip
        file = Path(output) / "evaluation.yaml"
        file.write_text(yaml.safe_dump(config), encoding="utf-8")
        _started([sys.executable, "-m", "jobs.cli", "evaluate", "--run", str(file)], str(ROOT))
        record = json.loads((Path(output) / "against-lmms-eval.json").read_text(encoding="utf-8"))
        return _run_of(record["evaluate_small"])


def _run_of(uri: str) -> Run:
    directory = open_storage(uri)
    manifest = load_manifest(directory)
    assert manifest is not None
    logs = [commit.log for commit in manifest.commits]
    ended = max(log["started"] + log["seconds"] for log in logs)
    begun = min(log["started"] for log in logs) + sum(log.get("start_seconds", 0.0) for log in logs)
    rows = [
        row
        for commit in manifest.commits
        for file in commit.files
        for row in read_table(directory, file.path).to_pylist()
    ]
    assert all(row["status"] == "answered" for row in rows)
    return Run(ended - begun, {row["item_id"]: (row["reply"], row["paper"]) for row in rows})


def lmms_eval(backend: str, batch_size: int, model: Path, file: Path) -> Run:
    """Lmms-eval in its own environment."""
    given = {
        "backend": backend,
        "batch_size": batch_size,
        "file": str(file),
        "arguments": {
            "model": str(model), "dtype": "float32", "enforce_eager": True, "max_model_len": MAX_MODEL_LEN,
            "max_num_seqs": MAX_NUM_SEQS, "kv_cache_memory_bytes": int(KV_CACHE_GB * 2**30), "block_size": 32,
            "enable_chunked_prefill": False, "max_num_batched_tokens": 2048,
            # As the task has it: the backend takes the larger of its own number and the task's.
            "max_new_tokens": TASK.max_tokens,
        },
    }  # fmt: skip
    with tempfile.TemporaryDirectory() as home:
        found = json.loads(_peer("evaluation_lmms.py", json.dumps(given), HF_HOME=home)[-1])
    return Run(found["seconds"], {name: (reply, score) for name, (reply, score) in found["samples"].items()})


def _peer(script: str, *arguments: str, **more: str) -> list[str]:
    # The project and its libraries come first, the peer's own after them.
    paths = os.pathsep.join((str(ROOT), str(Path(pa.__file__).parents[1])))
    return _started([str(PEER), str(ROOT / "benchmarks" / script), *arguments], paths, **more).splitlines()


def _started(command: Sequence[str], path: str, **more: str) -> str:
    """What a process prints that has one core for its model and the other for all else."""
    environment = {
        **os.environ, "PYTHONPATH": path, "OMP_NUM_THREADS": "1", "VLLM_CPU_OMP_THREADS_BIND": "nobind",
        "VLLM_NO_USAGE_STATS": "1", "VLLM_LOGGING_LEVEL": "ERROR", "HF_HUB_OFFLINE": "1",
        "RAY_USAGE_STATS_ENABLED": "0", **more,
    }  # fmt: skip
    return subprocess.run(command, check=True, env=environment, cwd=ROOT, stdout=subprocess.PIPE, text=True).stdout


def measure(quick: bool) -> Sequence[Claim]:
    """Let both ask the same model about the same items, in turns."""
    if not PEER.exists():
        sys.exit("needs the peers: make peers")
    num_pictures, repetitions = (48, 1) if quick else (160, 3)
    with tempfile.TemporaryDirectory() as name:
        file = write_vqav2(Path(name), num_pictures)
        model = _model(Path(name) / "model", file)
        return [*rules(), *compared(model, file, Path(name), repetitions)]


def _model(folder: Path, file: Path) -> Path:
    # Where torch has its memory and threads to itself, and gives them back.
    from benchmarks.evaluation_model import write_model

    with ProcessPoolExecutor(1, get_context("spawn")) as pool:
        return pool.submit(write_model, folder, file).result()


def compared(model: Path, file: Path, folder: Path, repetitions: int) -> list[Claim]:
    """All claims."""
    runs: dict[str, Run] = {}

    def rate(name: str, run: partial[Run]) -> float:
        runs[name] = found = run()
        told = {"run": name, "items": len(found.samples), "seconds": round(found.seconds, 3)}
        print(json.dumps({**told, "samples_per_s": round(found.rate, 2), "accuracy": found.accuracy}), flush=True)
        return found.rate

    candidates = {"ours": partial(ours, model, folder)}
    for backend in BACKENDS:
        sizes = {size: partial(lmms_eval, backend, size, model, file) for size in BATCH_SIZES}
        best = max(sizes, key=lambda size: rate(f"{backend}, {size} a batch", sizes[size]))
        candidates[backend] = sizes[best]
    rates = interleaved({name: partial(rate, name, run) for name, run in candidates.items()}, repetitions)
    made = [
        claim(f"samples against lmms-eval, backend {backend}, its best batch size", rates["ours"], rates[backend],
              "samples/s", 2.0)
        for backend in BACKENDS
    ]  # fmt: skip
    return [*made, *(same(runs["ours"], runs[backend], backend) for backend in BACKENDS)]


def same(own: Run, peer: Run, backend: str) -> Claim:
    """How many items have the same score; how many the same reply is printed."""
    assert own.samples.keys() == peer.samples.keys()
    pairs = [(own.samples[name], sample) for name, sample in peer.samples.items()]
    replies = sum(mine[0] == theirs[0] for mine, theirs in pairs)
    print(json.dumps({"backend": backend, "items": len(pairs), "same_reply": replies}), flush=True)
    scores = sum(abs(mine[1] - theirs[1]) < EQUAL for mine, theirs in pairs)
    return claim(f"items with the score that lmms-eval gives, backend {backend}", scores, len(pairs), "items", 1.0)


def rules() -> list[Claim]:
    """Decisions on made replies, by task."""
    made = []
    for told in map(json.loads, _peer("evaluation_rules.py")):
        print(json.dumps(told), flush=True)
        name = f"decisions on made replies that are lmms-eval's: {told['rule']}"
        made.append(claim(name, told["same"], told["replies"], "replies", 1.0))
    return made


if __name__ == "__main__":
    main(measure, __doc__)
