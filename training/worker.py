"""What every rank does, from the base model to the export. torch.distributed must be initialised; Ray is not needed.

torchrun --nproc-per-node 2 -m training.worker job.json
"""

from __future__ import annotations

import json
import sys
import tempfile
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pyarrow as pa
import torch
import torch.distributed as dist
from torch.distributed.device_mesh import init_device_mesh

from pipeline.storage import open_storage
from pipeline.tables import read_table
from training import checkpoint
from training.data.samples import Samples, places, row_groups
from training.job import Job
from training.loop import Recipe, Step, train
from training.model.export import export, gather
from training.model.folder import download, upload
from training.model.hugging_face import LlavaNextForConditionalGeneration, LlavaNextProcessor
from training.model.parallel import freeze_tower, shard
from training.plan import Plan, make_plan

SPLIT = "train"


def run(job: Job, report: Callable[[Step, int, float], None]) -> list[Step]:
    """Train and export; every rank calls it.

    Args:
        job: the same on every rank.
        report: told of every step, how many there are, and the s it took.

    Returns:
        All steps of the run, those of earlier attempts included.
    """
    device = "cuda" if torch.cuda.is_available() else "cpu"
    dtype = getattr(torch, job.dtype)
    with tempfile.TemporaryDirectory() as name:
        folder = download(job.base, Path(name) / "base")
        model = LlavaNextForConditionalGeneration.from_pretrained(folder, dtype=torch.float32)
        processor = LlavaNextProcessor.from_pretrained(folder)
        freeze_tower(model)
        model.model.vision_tower.to(device=device, dtype=dtype)
        shard(model, init_device_mesh(device, (dist.get_world_size(),)), dtype)
        plan, samples = _data(job, processor)
        steps = train(
            model, plan, samples, job.recipe, open_storage(job.output),
            pad_id=processor.tokenizer.pad_token_id,
            checkpoint_every=job.checkpoint_every,
            keep_checkpoints=job.keep_checkpoints,
            report=lambda step, seconds: report(step, plan.num_steps, seconds),
        )  # fmt: skip
        state = gather(model)
        if dist.get_rank() == 0:
            base = LlavaNextForConditionalGeneration.from_pretrained(folder, dtype=torch.float32)
            export(state, base, processor, Path(name) / "export", torch.bfloat16)
            output = open_storage(job.output)
            files = upload(Path(name) / "export", output.child("export"))
            checkpoint.record_export(output, [asdict(file) for file in files])
        dist.barrier()
    return steps


def _data(job: Job, processor: Any) -> tuple[Plan, Samples]:
    storage = open_storage(job.shards)
    index = pa.concat_tables([read_table(storage, path) for path in job.index])
    where = places(index, dict(job.shard_of_partition), SPLIT)
    plan = make_plan(
        where.ids, row_groups(where), seed=job.seed, epoch=job.epoch, window=job.window,
        samples_per_step=job.samples_per_step, samples_per_micro_batch=job.samples_per_micro_batch,
    )  # fmt: skip
    plan = plan if job.max_steps is None else plan.first(job.max_steps)
    return plan, Samples(storage, where, processor, groups_kept=2 * job.window)


def _print(step: Step, num_steps: int, seconds: float) -> None:
    sys.stderr.write(f"{step.step + 1}/{num_steps} loss {step.loss:.4f} {seconds:.2f} s\n")


def _main(path: str) -> None:
    raw = json.loads(Path(path).read_text(encoding="utf-8"))
    dist.init_process_group("cpu:gloo,cuda:nccl" if torch.cuda.is_available() else "gloo")
    try:
        run(Job(**{**raw, "recipe": Recipe(**raw["recipe"])}), _print)
    finally:
        dist.destroy_process_group()


if __name__ == "__main__":
    _main(sys.argv[1])
