"""From concepts with pictures to shards over three decades: time, memory and cost an item, stage by stage.

The concepts are those of the embedded sample and, if ../shared is there, real ones, again and again under ids and names
of their own (`made_stages.py` says how): so many that 400,000 of them give 3 million items. Everything from `questions`
on is the real stage, under `configs/paper.yaml` without models. Each runs in a fresh process, or with `--ray` in a tree
of processes with two workers. Values and classes are those of the real concepts, so they do not grow with the number of
concepts as those of a dump would.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import shutil
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

# Scripts here are run by path, from any folder; what they measure lies beside this one.
sys.path.insert(0, str(Path(__file__).parents[1]))

from benchmarks.assembly_stage import NAMES, SIDE_PX, real_config, run_alone
from benchmarks.claims import Claim, claim
from benchmarks.process_tree import watch
from jobs.chain import run
from pipeline.commons.normalise import normalise
from sample.build import build
from tests.kit.real_input import DUMPS, SHARED

SIZES = (400, 4_000, 40_000, 400_000)
QUICK = (400, 4_000)
# Stages that are those of any run.
REAL = NAMES[NAMES.index("questions") :]
# Cost of an item at the largest size, against that at a hundredth of it.
LINEAR = 0.8
# MB that the driver may have at most where there are few concepts, and bytes for each concept beyond: ours.
DRIVER_MB, DRIVER_BYTES = 900.0, 1_500.0
# A worker's memory at the largest size against that at a tenth of it, and bytes a concept that docs/scaling.md states.
EVEN, WORKER_BYTES = 0.8, 500.0

Row = dict[str, Any]


def measure(sizes: Sequence[int], folder: Path, way: str) -> Sequence[Claim]:
    """Run every stage at every size, print what each took, and compare sizes."""
    prepare(folder)
    taken: dict[int, dict[str, Row]] = {}
    for number in sizes:
        taken[number] = {}
        for name in NAMES:
            taken[number][name] = row = one(folder, number, name, way)
            print(json.dumps({"concepts": number, "stage": name, **row}), flush=True)
        shutil.rmtree(folder / str(number))
    return claims(taken)


def prepare(folder: Path) -> None:
    """Select real concepts, and put the drawings side by side."""
    sample = build(folder / "sample")
    for place in ("dumps", "drawings"):
        shutil.rmtree(folder / place, ignore_errors=True)
        (folder / place).mkdir()
    (folder / "dumps" / "sample.json.gz").symlink_to(sample.dump_gz)
    if SHARED.is_dir():
        (folder / "dumps" / "real.json.gz").symlink_to(DUMPS["gz"])
    for number, file in enumerate(sorted((sample.commons / "files").iterdir())):
        small = normalise(file.read_bytes(), max_pixels=100_000_000, max_side_px=SIDE_PX)
        (folder / "drawings" / f"{number:04}.jpg").write_bytes(small.data)
    run(real_config(folder), last="select", local=True)


def one(folder: Path, number: int, name: str, way: str) -> Row:
    """What a stage took in a process of its own and those that it started."""
    # Forked from a process that has nothing but the libraries: importing them takes longer than a small stage.
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload([run_alone.__module__])
    ours, theirs = context.Pipe(duplex=False)
    process = context.Process(target=run_alone, args=(theirs, folder, number, name, way))
    process.start()
    theirs.close()
    took = watch(process)
    process.join()
    if process.exitcode:
        sys.exit(f"{name} failed at {number} concepts")
    found = ours.recv()
    began, ended = found.pop("began"), found.pop("ended")
    return {
        "wall_s": round(ended - began, 1),
        "cpu_s": round(sum(took.cpu_between(role, began, ended) for role in ("driver", "worker")), 1),
        "driver_cpu_s": round(took.cpu_between("driver", began, ended), 1),
        "driver_mb": round(took.peak_mb["driver"]),
        **({"worker_mb": round(took.peak_mb["worker"])} if way == "ray" else {}),
        **{key: round(value, 1) for key, value in found.items()},
    }


def claims(taken: dict[int, dict[str, Row]]) -> Sequence[Claim]:
    """What is said of the largest size, against smaller ones."""
    made = []
    sizes = sorted(taken)
    largest = sizes[-1]
    for base in [size for size in sizes if size <= largest // 10][-2:]:
        ours, peer = (
            sum(taken[size][name]["cpu_s"] for name in REAL) / _items(taken[size]) for size in (largest, base)
        )
        made.append(claim(f"CPU an item, {largest} concepts against {base}", ours * 1e6, peer * 1e6, "us", LINEAR,
                          less_is_better=True))  # fmt: skip
    for name in NAMES:
        row = taken[largest][name]
        allowed = DRIVER_MB + DRIVER_BYTES * largest / 1e6
        made.append(claim(f"{name}: driver's memory at {largest} concepts, against what is stated", row["driver_mb"],
                          allowed, "MB", 1.0, less_is_better=True))  # fmt: skip
        if "worker_mb" in row and largest // 10 in taken:
            before = taken[largest // 10][name]["worker_mb"] + WORKER_BYTES * (largest - largest // 10) / 1e6
            made.append(claim(f"{name}: a worker's memory at {largest} concepts, against what is stated",
                              row["worker_mb"], before, "MB", EVEN, less_is_better=True))  # fmt: skip
    return made


def _items(rows: dict[str, Row]) -> float:
    return float(rows["assemble"]["items"])


def main() -> None:
    """Parse the sizes, measure, and exit: 0 only if every bar holds."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help=f"sizes {QUICK} only")
    parser.add_argument("--ray", action="store_true", help="on Ray with two workers instead of one process")
    parser.add_argument("--folder", type=Path, help="work here; a temporary folder by itself")
    parser.add_argument("sizes", type=int, nargs="*", help=f"concepts; {SIZES} by itself")
    options = parser.parse_args()
    way = "ray" if options.ray else "local"
    sizes = options.sizes or (QUICK if options.quick else SIZES)
    if options.folder is not None:
        options.folder.mkdir(parents=True, exist_ok=True)
        found = measure(sizes, options.folder.resolve(), way)
    else:
        with tempfile.TemporaryDirectory() as name:
            found = measure(sizes, Path(name), way)
    sys.exit(0 if all(made.ok for made in found) else 1)


if __name__ == "__main__":
    main()
