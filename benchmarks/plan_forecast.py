"""A whole run foretold from a quarter of it: seconds of each stage as simulated, against what the whole then took.

Concepts are made as in `assembly_scale.py`; what is foretold are the real stages from `questions` to `assemble`, on Ray
with two workers, under `configs/paper.yaml` without models. Ray is started before the first of them, and is told apart.
Each run has a process of its own. Pilot and whole take turns; per stage the medians are compared.

Others may work on this machine, now more and now less, which is in both times: the load is printed beside them.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import os
import shutil
import statistics
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from multiprocessing.connection import Connection
from pathlib import Path

# Scripts here are run by path, from any folder; what they measure lies beside this one.
sys.path.insert(0, str(Path(__file__).parents[1]))

from benchmarks.assembly_scale import REAL, prepare
from benchmarks.assembly_stage import WORKERS, made_config, made_stages
from benchmarks.claims import Claim, claim
from jobs.forecast.forecast import forecast
from jobs.forecast.growth import FullSize
from jobs.forecast.measured import measure
from jobs.forecast.places import Setup
from pipeline.budget import SpendGuard, spent
from pipeline.commit import Manifest
from pipeline.local_executor import execute_locally
from pipeline.ray_executor import execute_on_ray, start
from pipeline.runner import run_stage
from pipeline.stage import StageOutput
from pipeline.storage import open_storage

WHOLE, QUICK = 16_000, 4_000
PILOT_SHARE = 4
REPETITIONS = 3
# A pilot that has one partition of a stage cannot tell the start of a worker from the rows.
SETTINGS = ("assemble.rows_per_partition=1024", "assemble.shard_mb=1")
# Of what a stage takes, or all of them together; shorter ones are in the sum alone.
MAY_BE_OFF, SHORTEST_S = 0.25, 1.0


Manifests = Mapping[str, Manifest]


def measure_all(whole: int, repetitions: int, folder: Path) -> Sequence[Claim]:
    """Run pilots and wholes, and compare what pilots say with what wholes take."""
    prepare(folder)
    pilot = whole // PILOT_SHARE
    foretold: dict[str, list[float]] = {}
    took: dict[str, list[float]] = {}
    for _ in range(repetitions):
        small, large = (run_alone(folder, number) for number in (pilot, whole))
        for name, seconds in simulated(folder, whole, small, large).items():
            foretold.setdefault(name, []).append(seconds)
            took.setdefault(name, []).append(wall(large[name]))
            told = {"pilot_s": wall(small[name]), "foretold_s": seconds, "took_s": took[name][-1]}
            print(json.dumps({"stage": name, **{key: round(value, 2) for key, value in told.items()}}), flush=True)
        print(json.dumps({"load": [round(load, 1) for load in os.getloadavg()]}), flush=True)
    medians = [{name: statistics.median(values) for name, values in each.items()} for each in (foretold, took)]
    for each in medians:
        each["all stages"] = sum(each.values())
    long = [name for name, seconds in medians[1].items() if seconds >= SHORTEST_S]
    return [compared(name, whole, medians[0][name], medians[1][name]) for name in long]


def compared(name: str, whole: int, foretold: float, took: float) -> Claim:
    """How far off a forecast was, against how far it may be."""
    off = max(abs(foretold / took - 1), 1e-4)
    told = f"{name} at {whole} concepts, {foretold:.1f} s foretold and {took:.1f} s taken: off by a share"
    return claim(told, off, MAY_BE_OFF, "of the time", 1.0, less_is_better=True)


def simulated(folder: Path, whole: int, small: Manifests, large: Manifests) -> dict[str, float]:
    """Seconds of each real stage of the whole, by the pilot and by the sizes of what lies before them."""
    config = made_config(folder, whole, *SETTINGS)
    pilot = {name: measure(manifest, {}) for name, manifest in small.items()}
    before = {name: manifest.counts.ok for name, manifest in large.items() if name not in REAL}
    found = forecast("a quarter", pilot, Setup(config), FullSize(before))
    return {name: found.stages[name].time.seconds for name in REAL}


def wall(manifest: Manifest) -> float:
    """Seconds of a stage, from its plan to its manifest."""
    return manifest.log["ended"] - manifest.log["begun"]


def run_alone(folder: Path, number: int) -> Manifests:
    """All stages at a size, in a process of its own."""
    ours, theirs = multiprocessing.Pipe(duplex=False)
    process = multiprocessing.get_context("spawn").Process(target=run, args=(theirs, folder, number))
    process.start()
    theirs.close()
    try:
        found: Manifests = ours.recv()
    except EOFError:
        sys.exit(f"the run of {number} concepts failed")
    finally:
        process.join()
    return found


def run(told: Connection, folder: Path, number: int) -> None:
    """Run the made stages here and the real ones on Ray; send their manifests."""
    config = made_config(folder, number, *SETTINGS)
    shutil.rmtree(config.output, ignore_errors=True)
    storage = open_storage(config.output)
    outputs: dict[str, StageOutput] = {}
    guard = SpendGuard(config.budget, spent(storage))
    for name, stage in made_stages(folder, number, *SETTINGS).items():
        if name == REAL[0]:
            began = time.time()
            start(num_cpus=WORKERS, object_store_memory=400_000_000, include_dashboard=False, log_to_driver=True)
            print(json.dumps({"concepts": number, "start of Ray, s": round(time.time() - began, 1)}), flush=True)
        execute = execute_on_ray(config.cluster) if name in REAL else execute_locally
        inputs = {needed: outputs[needed] for needed in stage.after}
        outputs[name] = run_stage(stage, inputs, storage, execute, guard, config.cluster.lease_s)
    told.send({name: output.manifest for name, output in outputs.items()})


def main() -> None:
    """Parse the size, measure, and exit: 0 only if every bar holds."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help=f"{QUICK} concepts, once")
    parser.add_argument("--folder", type=Path, help="work here; a temporary folder by itself")
    parser.add_argument("--repetitions", type=int, default=REPETITIONS)
    parser.add_argument("concepts", type=int, nargs="?", default=WHOLE, help="of the whole; the pilot has a quarter")
    options = parser.parse_args()
    whole, repetitions = (QUICK, 1) if options.quick else (options.concepts, options.repetitions)
    with tempfile.TemporaryDirectory() as name:
        folder = options.folder or Path(name)
        folder.mkdir(parents=True, exist_ok=True)
        found = measure_all(whole, repetitions, folder.resolve())
    sys.exit(0 if all(made.ok for made in found) else 1)


if __name__ == "__main__":
    main()
