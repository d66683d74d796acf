"""Models at work: the pool against the bare engine and ray.data.llm, grouping by picture, the driver's memory.

Engines run SmolLM2-135M and a small LlavaNext on the same two cores, each run in a fresh process, start-up left out.
Throughput is in tokens generated a second: the requests of all are the same, the replies nearly (vLLM on a CPU is not
batch-invariant). The bare engine is given all prompts at once, rendered and with pictures decoded; ray.data.llm has the
same engine, a batch size of 8, 32 and 128, of which the best counts, and replies of mixed lengths to make. Grouping
shows each picture eight times, and more pictures than vLLM's encoder cache and KV cache hold, with the same number of
requests in flight. The driver's memory is that of the real stage on Ray over an engine without a model. Name parts to
measure only those.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from functools import partial
from pathlib import Path

# Scripts here are run by path, from any folder; what they measure lies beside this one.
sys.path.insert(0, str(Path(__file__).parents[1]))

from benchmarks.claims import Claim, claim, interleaved
from benchmarks.generation_load import settings
from benchmarks.generation_runs import Run, bare, driver_mb, fresh, in_order, pool, ray_llm, tiny_llava_next

BATCH_SIZES = (8, 32, 128)


def rates(candidates: Mapping[str, Callable[[], Run]], quick: bool) -> dict[str, float]:
    """Median of each candidate's tokens a second; every run is printed."""

    def measured(name: str, run: Callable[[], Run]) -> float:
        found: Run = fresh(run)
        print(json.dumps({"run": name, **asdict(found), "output_tokens_per_s": round(found.rate, 2)}), flush=True)
        return found.rate

    return interleaved({name: partial(measured, name, run) for name, run in candidates.items()}, 1 if quick else 3)


def against_bare(folder: Path, quick: bool) -> list[Claim]:
    """The pool and the bare engine, with text and with pictures."""
    made = []
    num_pictures = 24 if quick else 96
    shown = settings(folder, model=str(fresh(tiny_llava_next, folder)), sees_pictures=True)
    for what, config, side_px in (("text", settings(folder), 0), ("pictures", shown, 336)):
        took = rates(
            {f"{each.__name__}, {what}": partial(each, config, num_pictures, side_px) for each in (bare, pool)}, quick
        )
        name = f"pool against the bare engine given all prompts at once, {what}"
        made.append(claim(name, took[f"pool, {what}"], took[f"bare, {what}"], "tokens/s", 0.95))
    return made


def against_ray_llm(folder: Path, quick: bool) -> list[Claim]:
    """The pool and ray.data.llm, with replies of mixed lengths."""
    config = settings(folder)
    # The batch size's largest must be filled several times.
    num_pictures = 32 if quick else 128
    candidates: dict[str, Callable[[], Run]] = {"pool, mixed": partial(pool, config, num_pictures, 0, mixed=True)}
    for size in BATCH_SIZES:
        candidates[f"ray.data.llm, {size} a batch"] = partial(ray_llm, config, num_pictures, size)
    took = rates(candidates, quick)
    ours = took.pop("pool, mixed")
    return [claim("pool against ray.data.llm at its best batch size, mixed lengths", ours, max(took.values()),
                  "tokens/s", 1.2)]  # fmt: skip


def grouping(folder: Path, quick: bool) -> list[Claim]:
    """Requests of a picture together, and the same requests shuffled."""
    # 529 tokens a picture: real models have some 500 to 3,000, the demo's model 43. With 8 layers and 12 kB a token the
    # KV cache holds 16,000 tokens: what is in work, and some ten pictures more.
    model = str(fresh(partial(tiny_llava_next, folder, 8, 224)))
    config = settings(folder, model=model, sees_pictures=True, max_num_seqs=16, kv_cache_gb=0.2)
    num_pictures = 64 if quick else 96
    took = rates(
        {
            "grouped": partial(in_order, config, num_pictures, 336, grouped=True),
            "shuffled": partial(in_order, config, num_pictures, 336, grouped=False),
        },
        quick,
    )
    return [claim("requests grouped by picture against shuffled", took["grouped"], took["shuffled"], "tokens/s", 1.5)]


def memory(folder: Path, quick: bool) -> list[Claim]:
    """The driver's peak over two decades of rows."""
    peaks = {}
    for num_rows in (1_000, 10_000) if quick else (1_000, 10_000, 100_000):
        peaks[num_rows] = fresh(driver_mb, num_rows)
        print(json.dumps({"rows": num_rows, "driver_peak_mb": round(peaks[num_rows], 1)}), flush=True)
    name = f"memory of the driver at {max(peaks):,} rows against 1,000"
    return [claim(name, peaks[max(peaks)], peaks[1_000], "MB", 0.9, less_is_better=True)]


PARTS: dict[str, Callable[[Path, bool], list[Claim]]] = {
    "bare": against_bare,
    "ray_llm": against_ray_llm,
    "grouping": grouping,
    "memory": memory,
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure the parts named, all where none is."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("parts", nargs="*", metavar="PART", help=f"{', '.join(PARTS)}; all by default")
    parser.add_argument("--quick", action="store_true", help="fewer repetitions, smaller input")
    given = parser.parse_args(arguments)
    if unknown := set(given.parts) - PARTS.keys():
        parser.error(f"there is no part {', '.join(sorted(unknown))}")
    with tempfile.TemporaryDirectory() as name:
        made = [each for part in given.parts or PARTS for each in PARTS[part](Path(name), given.quick)]
    return 0 if all(each.ok for each in made) else 1


if __name__ == "__main__":
    sys.exit(main())
