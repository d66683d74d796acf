"""How fast a step of training is, with random weights and the lengths of `lengths/mixture.tsv`.

    python benchmarks/training_step.py [--quick]          on CPUs: ratios, with a small model of the 7B's proportions
    python benchmarks/training_step.py --mode packed      on one GPU: tokens/s, utilisation and memory of the 7B itself

On CPUs two claims are measured: useful tokens of rows packed full against micro-batches padded to their longest (16
samples, a GPU's share of the paper's batch of 128 on 8), and the head where a token is supervised against the head
everywhere. Useful tokens are those of samples; padding is none.

On a GPU it prints a JSON line of the mode, and with --profile FOLDER writes what the time goes to. Of this project it
takes what needs torch and nothing else, so that a checkout can be carried to a machine that has torch, transformers and
no network. Weights in float32, gradients and AdamW's state take 16 bytes each: 122 GB of the 7B, which one H200 holds
and no 80 GB card does; there `--learn-layers 10` freezes all but the last ten decoder layers and the head.
"""

from __future__ import annotations

import argparse
import json
import platform
import random
import re
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import asdict, replace
from importlib.metadata import version
from pathlib import Path
from typing import Any

# Scripts here are run by path, from any folder; what they measure lies beside this one.
sys.path.insert(0, str(Path(__file__).parents[1]))

import torch
import torch.distributed as dist
import yaml
from torch.distributed.device_mesh import init_device_mesh

from benchmarks.claims import Claim, claim, interleaved
from benchmarks.training_runs import Batching, Step, head_everywhere
from benchmarks.training_shapes import LARGE, TINY, Maker, build, samples
from training.data.mask import Attention
from training.flops import Cost
from training.loss import token_loss_sum
from training.model.parallel import shard
from training.model.parts import Rates, freeze
from training.speed import compile_layers, recompute_layers

GPUS = Path(__file__).parents[1] / "training" / "watch" / "gpus.yaml"
# Rows of 5,632 tokens of the 7B, in the small model's sizes: 96 % of their places are taken.
PACKED_TINY = Batching(1, 352, 4)
PACKED_BAR, HEAD_BAR = 1.8, 1.0


def on_cpu(quick: bool) -> list[Claim]:
    """Both claims, in CPU-seconds of one thread: other work on the machine would blur seconds."""
    torch.set_num_threads(1)
    model = build(TINY, "sdpa", "cpu")
    freeze(model, Rates(connector=1e-5, language_model=1e-5))
    shard(model, init_device_mesh("cpu", (1,)), torch.float32)
    make, drawn = Maker(model, TINY), samples(TINY)
    packed = Step(model, "sdpa", PACKED_TINY.prepared(make, drawn))
    padded = Step(model, "sdpa", Batching(1, None, 16).prepared(make, drawn))
    tokens, repetitions = packed.work.num_tokens, 1 if quick else 5
    # The first pass of a process is slower than all others.
    token_loss_sum(model, packed.batches[0].rows).backward()

    def compare(name: str, bar: float, ours: Callable[[], object], peer: Callable[[], object]) -> Claim:
        speeds = interleaved({"ours": lambda: tokens / cpu_s(ours), "peer": lambda: tokens / cpu_s(peer)}, repetitions)
        return claim(name, speeds["ours"], speeds["peer"], "tokens/CPU-s", bar)

    return [
        compare("useful tokens, rows packed against padded to the longest", PACKED_BAR, packed, padded),
        compare(
            "forward and backward, head on supervised places against everywhere", HEAD_BAR,
            lambda: [token_loss_sum(model, batch.rows).backward() for batch in packed.batches],
            lambda: [head_everywhere(model, batch.rows).backward() for batch in packed.batches],
        ),
    ]  # fmt: skip


def cpu_s(work: Callable[[], object]) -> float:
    """CPU-seconds that it takes."""
    started = time.process_time()
    work()
    return time.process_time() - started


def on_gpu(options: argparse.Namespace) -> dict[str, Any]:
    """Figures of the 7B in one mode, or of the small model that stands in for it."""
    shape, device = (TINY, "cpu") if options.tiny else (LARGE, "cuda")
    batching, attention = batching_of(options)
    model = build(shape, attention, device)
    freeze(model, Rates(connector=1e-5, language_model=1e-5))
    if options.learn_layers is not None:
        freeze_below(model, options.learn_layers)
    recompute_layers(model, options.recompute, options.every)
    if options.compile:
        compile_layers(model)
    shard(model, init_device_mesh(device, (1,)), torch.float32 if options.tiny else torch.bfloat16)
    drawn = samples(shape)
    # Neighbours stay together: they may have the same picture.
    first = random.Random(options.seed).randrange(len(drawn))
    step = Step(
        model, attention, batching.prepared(Maker(model, shape), (drawn[first:] + drawn[:first])[: options.samples])
    )
    warm_up = [step() for _ in range(2)]
    if device == "cuda":
        torch.cuda.reset_peak_memory_stats()
    seconds = statistics.median(step() for _ in range(options.steps))
    if options.profile is not None:
        profile(step, options.profile, options.mode)
    return {**described(options, device), **figures(step, seconds, device), "warm_up_s": warm_up[0]}


def batching_of(options: argparse.Namespace) -> tuple[Batching, Attention]:
    """Micro-batches of a mode, and what computes attention over them: a row of one sequence needs no mask."""
    if options.mode == "paper":
        return Batching(1, None, options.rows), "sdpa"
    packed = PACKED_TINY if options.tiny else Batching(1, options.row_tokens, options.rows)
    if options.mode == "grouped":
        packed = replace(packed, most_behind_a_picture=8)
    return packed, "sdpa" if options.tiny else "flex_attention"


def freeze_below(model: Any, learning: int) -> None:
    """Let the last decoder layers, the last norm and the head learn, and nothing before them."""
    decoder = model.model.language_model
    model.model.multi_modal_projector.requires_grad_(requires_grad=False)
    model.model.image_newline.requires_grad_(requires_grad=False)
    for part in (decoder.embed_tokens, *decoder.layers[: len(decoder.layers) - learning]):
        part.requires_grad_(requires_grad=False)


def figures(step: Step, seconds: float, device: str) -> dict[str, Any]:
    """What a step of so many seconds amounts to."""
    work, cost = step.work, Cost.of(step.model)
    places = sum(batch.rows.input_ids.numel() for batch in step.batches)
    needed = cost.flops(work)
    # Peers count every weight for every token: with the head where nothing is supervised.
    as_peers = cost.flops(replace(work, num_supervised=work.num_tokens))
    peak = peak_flops_per_s(torch.cuda.get_device_name()) if device == "cuda" else None
    return {
        "seconds": seconds,
        "micro_batches": len(step.batches),
        **asdict(work),
        "useful_share": work.num_tokens / places,
        "tokens_per_s": work.num_tokens / seconds,
        "teraflops_per_s": needed / seconds / 1e12,
        "mfu": None if peak is None else needed / seconds / peak,
        "mfu_as_peers_count": None if peak is None else as_peers / seconds / peak,
        "peak_memory_gb": torch.cuda.max_memory_allocated() / 1e9 if device == "cuda" else None,
    }


def peak_flops_per_s(device_name: str) -> float | None:
    """Dense bf16 FLOP/s, of the project's own table."""
    found = [gpu for gpu in yaml.safe_load(GPUS.read_text()) if re.fullmatch(gpu["pattern"], device_name)]
    return float(found[0]["flops_per_s"]) if found else None


def described(options: argparse.Namespace, device: str) -> dict[str, Any]:
    """The machine and what was asked of it."""
    return {
        **{name: value for name, value in vars(options).items() if name not in {"quick", "profile"}},
        "device": torch.cuda.get_device_name() if device == "cuda" else platform.processor(),
        "python": platform.python_version(),
        "torch": torch.__version__,
        "transformers": version("transformers"),
    }


def profile(step: Step, folder: Path, mode: str) -> None:
    """Write what a step spends its time on, by operator."""
    activities = [torch.profiler.ProfilerActivity.CPU]
    key = "self_cpu_time_total"
    if step.device.type == "cuda":
        activities.append(torch.profiler.ProfilerActivity.CUDA)
        key = "self_cuda_time_total"
    with torch.profiler.profile(activities=activities) as profiled:
        step()
    folder.mkdir(parents=True, exist_ok=True)
    table = profiled.key_averages().table(sort_by=key, row_limit=40, max_name_column_width=90)
    (folder / f"profile-{mode}.txt").write_text(table)


def parsed() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="one repetition of the claims")
    parser.add_argument("--mode", choices=["paper", "packed", "grouped"], help="figures of the 7B instead of claims")
    parser.add_argument("--tiny", action="store_true", help="with --mode: the small model, on CPUs, in a minute")
    parser.add_argument("--samples", type=int, default=48, help="of a step")
    parser.add_argument("--steps", type=int, default=5, help="measured, after two that compile and warm up")
    parser.add_argument("--row-tokens", type=int, default=16384, help="of a packed row")
    parser.add_argument("--rows", type=int, default=1, help="of a micro-batch; in mode paper, samples of one")
    parser.add_argument("--recompute", choices=["none", "selective", "layer"], default="selective")
    parser.add_argument("--every", type=int, default=1, help="of how many layers one is recomputed")
    parser.add_argument("--no-compile", dest="compile", action="store_false", help="decoder layers as they are")
    parser.add_argument("--learn-layers", type=int, help="last decoder layers that learn, for cards of 80 GB")
    parser.add_argument("--seed", type=int, default=0, help="of the samples")
    parser.add_argument("--profile", type=Path, metavar="FOLDER", help="write there what a step spends its time on")
    return parser.parse_args()


def main() -> int:
    """Run it."""
    options = parsed()
    backend = "cpu:gloo,cuda:nccl" if torch.cuda.is_available() else "gloo"
    with tempfile.TemporaryDirectory() as folder:
        dist.init_process_group(backend, init_method=f"file://{folder}/store", rank=0, world_size=1)
        try:
            if options.mode is None:
                return 0 if all(made.ok for made in on_cpu(options.quick)) else 1
            print(json.dumps(on_gpu(options)))
            return 0
        finally:
            dist.destroy_process_group()


if __name__ == "__main__":
    sys.exit(main())
