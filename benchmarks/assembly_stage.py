"""One stage of a made-up run, in a process that `assembly_scale.py` starts and watches."""

from __future__ import annotations

import time
from collections.abc import Mapping
from multiprocessing.connection import Connection
from pathlib import Path

from benchmarks.made_stages import MadeExtract, MadeImages, MadeSelect
from jobs.chain import STAGES, build_stages, survey
from jobs.run_config import RunConfig, load_config
from pipeline.budget import SpendGuard, spent
from pipeline.commit import load_manifest
from pipeline.commons.normalise import Normalised, normalise
from pipeline.local_executor import execute_locally
from pipeline.ray_executor import execute_on_ray, start
from pipeline.runner import Executor, run_stage, stage_directory
from pipeline.stage import Stage, StageOutput
from pipeline.storage import open_storage

CONFIG = "configs/paper.yaml"
# All that need no model.
NAMES = STAGES[: STAGES.index("model")]
# Aimed at: one of eight drawn finds too few wrong options among the few real values, which leaves 7.5.
ITEMS_A_CONCEPT = 8.5
WORKERS = 2
# Of a drawing: 2 to 3 kB. So that a shard has as many rows as one of 128 MB with pictures of 30 kB, it has fewer MB.
SIDE_PX, SHARD_MB = 96, 16


def real_config(folder: Path) -> RunConfig:
    """The run that real concepts are taken from."""
    dumps = sorted(map(str, (folder / "dumps").iterdir()))
    return _config(folder / "real", f"extract.dump=[{','.join(dumps)}]", "extract.range_mb=1")


def made_config(folder: Path, number: int, *settings: str) -> RunConfig:
    """The run of so many made concepts: half of the items open, half choice; `settings` change more."""
    of_kind = max(1, int(number * ITEMS_A_CONCEPT / 2))
    return _config(
        folder / str(number),
        f"questions.balance.open_items={of_kind}",
        f"questions.balance.choice_items={of_kind}",
        f"assemble.shard_mb={SHARD_MB}",
        f"cluster.max_workers={WORKERS}",
        *settings,
    )


def _config(output: Path, *settings: str) -> RunConfig:
    return load_config(CONFIG, [f"output={output}", "images.user_agent=made (nobody is asked)", *settings])


def real_outputs(folder: Path) -> Mapping[str, StageOutput]:
    """The complete stages of the run that real concepts are taken from."""
    return {stage.name: stage.output for stage in survey(real_config(folder)) if stage.output is not None}


def made_stages(folder: Path, number: int, *settings: str) -> dict[str, Stage]:
    """The stages of a run, those before `questions` made up."""
    config = made_config(folder, number, *settings)
    storage = open_storage(config.output)
    stages = build_stages(config, storage)
    real = real_outputs(folder)
    stages["extract"] = MadeExtract({name: real[name] for name in ("extract", "select")}, number)
    stages["select"] = MadeSelect(config.select, real["select"], number)
    stages["images"] = MadeImages(config.images, storage, drawings(folder))
    return {name: stages[name] for name in NAMES}


def drawings(folder: Path) -> list[Normalised]:
    """The sample's drawings, as small as thumbnails."""
    return [normalise(file.read_bytes(), max_pixels=1_000_000) for file in sorted((folder / "drawings").iterdir())]


def run_alone(told: Connection, folder: Path, number: int, wanted: str, way: str) -> None:
    """`run`, whose result is sent to the process that started this one."""
    told.send(run(folder, number, wanted, way))


def run(folder: Path, number: int, wanted: str, way: str) -> dict[str, float]:
    """Run one stage after those that are complete; when it began and ended, what it wrote, and its rows.

    Args:
        folder: has the real run and the drawings, and a folder for each size.
        number: of concepts.
        wanted: the stage.
        way: local, or ray, which is started before the time is taken.
    """
    config = made_config(folder, number)
    storage = open_storage(config.output)
    outputs: dict[str, StageOutput] = {}
    for name, stage in made_stages(folder, number).items():
        inputs = {before: outputs[before] for before in stage.after}
        if name == wanted:
            execute = execute_locally if way == "local" else _on_ray(config)
            began = time.time()
            guard = SpendGuard(config.budget, spent(storage))
            done = run_stage(stage, inputs, storage, execute, guard, config.cluster.lease_s)
            return {"began": began, "ended": time.time(), **_written(done)}
        directory = stage_directory(stage, inputs, storage)
        manifest = load_manifest(directory)
        assert manifest is not None, f"{name} is not complete"
        outputs[name] = StageOutput(directory, manifest)
    raise ValueError(f"{wanted} is none of {', '.join(NAMES)}")


def _on_ray(config: RunConfig) -> Executor:
    start(num_cpus=WORKERS, object_store_memory=400_000_000, include_dashboard=False, log_to_driver=True)
    return execute_on_ray(config.cluster)


def _written(done: StageOutput) -> dict[str, float]:
    commits = done.manifest.commits
    files = [file for commit in commits for file in commit.files]
    counts = done.manifest.counts
    return {
        "written_mb": sum(file.size for file in (*files, *done.manifest.documents)) / 1e6,
        "rows": counts.ok,
        "items": counts.details.get("items", counts.details.get("samples", 0)),
        "partitions": len(commits),
        "workers_s": sum(commit.log["seconds"] for commit in commits),
    }
