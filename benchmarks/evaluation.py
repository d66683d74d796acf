"""Benchmarks at work: `culturalground evaluate` against lmms-eval, with the same small model, items and engine.

The items have VQAv2's schema, prompt and published rule, which both know: drawings, five questions each. The engine is
vLLM in float32 with the same settings, one thread for the model and the other core for all else, as in `generation.py`.
Samples a second are counted from the first request to the last reply of lmms-eval, and to the last scored and committed
item of ours; starting up is left out, of both. lmms-eval is measured with each of its two backends of vLLM, each with
the best of three batch sizes, which a round before finds out. Scores are compared item by item; and the published rules
of the tasks that both have, by themselves, on made replies. Needs `make peers`.
"""

from __future__ import annotations

import json
import sys
import tempfile
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from multiprocessing import get_context
from pathlib import Path

# Scripts here are run by path, from any folder; what they measure lies beside this one.
sys.path.insert(0, str(Path(__file__).parents[1]))

from benchmarks.claims import Claim, claim, interleaved, main
from benchmarks.evaluation_data import write_vqav2
from benchmarks.evaluation_runs import PEER, Run, lmms_eval, ours, with_peer

# Backend of lmms-eval -> the bar. The first is its backend for vLLM, which hands on every picture as base64 of PNG; the
# second is there for a model of videos and hands on pixels, so that only what else differs is left.
BARS = {"vllm": 2.0, "vllm_generate": 1.0}
# Scores are means of ten numbers.
_EQUAL = 1e-9


def measure(quick: bool) -> Sequence[Claim]:
    """Let both ask the same model about the same items, in turns."""
    if not PEER.exists():
        sys.exit("needs the peers: make peers")
    num_pictures, (repetitions, sizes) = 160, (1, (64,)) if quick else (3, (16, 64, 256))
    with tempfile.TemporaryDirectory() as name:
        file = write_vqav2(Path(name), num_pictures)
        model = _small_model(Path(name) / "model", file)
        return [*rules(), *asking(model, file, Path(name), sizes, repetitions)]


def _small_model(folder: Path, file: Path) -> Path:
    # In a process of its own: torch gives its memory back.
    from benchmarks.evaluation_model import write_model

    with ProcessPoolExecutor(1, get_context("spawn")) as pool:
        return pool.submit(write_model, folder, file).result()


def rules() -> list[Claim]:
    """Decisions on made replies, by task."""
    made = []
    for told in map(json.loads, with_peer("evaluation_rules.py")):
        print(json.dumps(told), flush=True)
        name = f"decisions on made replies that are lmms-eval's: {told['rule']}"
        made.append(claim(name, told["same"], told["replies"], "replies", 1.0))
    return made


def asking(model: Path, file: Path, folder: Path, sizes: Sequence[int], repetitions: int) -> list[Claim]:
    """Samples a second, and whether they have the same scores."""
    runs: dict[str, Run] = {}

    def rate(name: str, run: Callable[[], Run]) -> float:
        runs[name] = found = run()
        told = {"run": name, "items": len(found.samples), "seconds": round(found.seconds, 3)}
        print(json.dumps({**told, "samples_per_s": round(found.rate, 2), "accuracy": found.accuracy}), flush=True)
        return found.rate

    candidates: dict[str, Callable[[], Run]] = {"ours": partial(ours, model, folder)}
    for backend in BARS:
        by_size = {size: partial(lmms_eval, backend, size, model, file) for size in sizes}
        best = max(sizes, key=lambda size: rate(f"{backend}, {size} a batch", by_size[size])) if sizes[1:] else sizes[0]
        candidates[backend] = by_size[best]
    rates = interleaved({name: partial(rate, name, run) for name, run in candidates.items()}, repetitions)
    made = []
    for backend, bar in BARS.items():
        name = f"samples asked and scored, against lmms-eval's backend {backend} at its best batch size"
        made.append(claim(name, rates["ours"], rates[backend], "samples/s", bar))
        made.append(same(runs["ours"], runs[backend], backend))
    return made


def same(own: Run, peer: Run, backend: str) -> Claim:
    """How many items have the same score; how many have the same reply is printed."""
    assert own.samples.keys() == peer.samples.keys()
    pairs = [(own.samples[name], sample) for name, sample in peer.samples.items()]
    replies = sum(mine[0] == theirs[0] for mine, theirs in pairs)
    print(json.dumps({"backend": backend, "items": len(pairs), "same_reply": replies}), flush=True)
    scores = sum(abs(mine[1] - theirs[1]) < _EQUAL for mine, theirs in pairs)
    return claim(f"items with the score that lmms-eval's backend {backend} gives", scores, len(pairs), "items", 1.0)


if __name__ == "__main__":
    main(measure, __doc__)
