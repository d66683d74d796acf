"""What every rank does, from the base model to the export. torch.distributed must be initialised; Ray is not needed.

torchrun --nproc-per-node 2 -m training.worker job.json
"""

from __future__ import annotations

import os
import socket
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import torch
import torch.distributed as dist
from torch.distributed.device_mesh import init_device_mesh

from pipeline.dialogue import pieces
from pipeline.storage import Storage, open_storage
from training.checkpoint import records
from training.checkpoint.checkpoints import Checkpoints
from training.data.batches import Batch, Encoder, Maker
from training.data.encode import Sample
from training.data.places import Places, read_places
from training.data.samples import Samples
from training.health.guard import Policy
from training.health.preemption import EXIT_CODE, Notices, Preempted
from training.job import Job
from training.loop import Loop, Recipe, Setting, Step
from training.model.export import export
from training.model.folder import download, upload
from training.model.hugging_face import LlavaNextForConditionalGeneration, LlavaNextProcessor
from training.model.lora import Lora, add_lora
from training.model.parallel import shard
from training.model.parts import Rates, freeze
from training.plan.layout import Layout
from training.plan.made import plan_of
from training.settings import Train
from training.speed import compile_layers, recompute_layers
from training.step import Groups, Prepared
from training.told import tell_left_out
from training.watcher import RunWatcher, Validation, batches_of


def run(job: Job, heard: Callable[[], bool] | None = None) -> list[Step]:
    """Train and export; every rank calls it.

    Args:
        job: the same on every rank.
        heard: whether the launcher knows that a rank must leave, which it then replaces; None where nobody would.

    Returns:
        All steps of the run, those of earlier attempts included.

    Raises:
        UserError: settings, data, storage or the health of the training stop it; checkpoints are kept.
        Preempted: a rank must leave; what was done is in a checkpoint.
    """
    settings, output = job.settings, open_storage(job.output)
    with tempfile.TemporaryDirectory() as name:
        folder = _fetched(job.base, Path(name) / "base")
        processor = LlavaNextProcessor.from_pretrained(folder)
        places = read_places(job.sources)
        plan = plan_of(places, settings, shared_text(processor))
        device = torch.device("cuda", torch.cuda.current_device()) if torch.cuda.is_available() else torch.device("cpu")
        recipe = recipe_of(settings)
        model = _model(folder, settings, recipe.rates, device)
        samples = _samples(places, processor, settings)
        setting = Setting(
            plan=plan,
            prepare=_prepare(samples, processor, settings),
            groups=_groups(places, device),
            recipe=recipe,
            sample_ids=lambda step: places.ids[plan.samples(step)].tolist(),
            device=device,
            feeding_threads=settings.feeding_threads,
            micro_batches_ahead=settings.micro_batches_ahead,
            checkpoint_every=settings.checkpoint_every,
            leaves=heard is None,
        )
        validation = _validation(job, processor, plan.num_steps)
        with (
            Checkpoints(output, settings.keep_checkpoints) as checkpoints,
            Notices(heard or (lambda: False)) as notices,
            RunWatcher(output, validation, plan.num_steps) as watcher,
            _left_out(output, samples),
        ):
            steps = Loop(model, setting, checkpoints, policy_of(settings), notices, watcher).run()
        export(model, processor, Path(name) / "export", torch.bfloat16)
        if dist.get_rank() == 0:
            files = upload(Path(name) / "export", output.child("export"))
            records.record_export(output, [asdict(file) for file in files])
        dist.barrier()
    return steps


def shared_text(processor: Any) -> int:
    """Tokens of text up to the end of a picture: those of a conversation's frame, the same for all."""
    [(asked, _)] = pieces(processor, {"kind": "open", "question": "", "answer": ""}, picture=True)
    return int(processor.tokenizer(asked)["input_ids"].index(processor.image_token_id))


def recipe_of(settings: Train) -> Recipe:
    """How to learn."""
    rates = Rates(settings.tower_learning_rate, settings.connector_learning_rate, settings.learning_rate)
    return Recipe(rates, settings.warmup_share, settings.weight_decay, settings.max_grad_norm, settings.attention)


def policy_of(settings: Train) -> Policy:
    """What is done about bad steps."""
    return Policy(
        settings.on_non_finite, settings.on_spike, settings.spike_factor, settings.spike_window, settings.max_skipped,
        settings.max_rewinds,
    )  # fmt: skip


def _fetched(base: str, folder: Path) -> Path:
    """A copy of the base model for the ranks of each machine: one of them fetches it, and removes it at the end."""
    fetches = int(os.environ.get("LOCAL_RANK", "0")) == 0
    mine = (socket.gethostname(), str(download(base, folder)) if fetches else None)
    found: list[Any] = [None] * dist.get_world_size()
    dist.all_gather_object(found, mine)
    return Path(mine[1] or next(path for host, path in found if host == mine[0] and path))


def _model(folder: Path, settings: Train, rates: Rates, device: torch.device) -> Any:
    model = LlavaNextForConditionalGeneration.from_pretrained(
        folder, dtype=torch.float32, attn_implementation={"text_config": settings.attention}
    )
    freeze(model, rates)
    if settings.lora is not None:
        add_lora(model, Lora(settings.lora.rank, settings.lora.alpha, settings.lora.targets), settings.seed)
    recompute_layers(model, settings.recompute)
    if settings.compile:
        compile_layers(model)
    shard(model, init_device_mesh(device.type, (dist.get_world_size(),)), getattr(torch, settings.dtype))
    return model


def _samples(places: Places, processor: Any, settings: Train) -> Samples[list[Sample]]:
    encoder = Encoder(processor, settings.supervised, settings.see_earlier)
    return Samples(
        places, encoder, cache_bytes=int(settings.memory_mb * 1e6), on_corrupt=settings.on_corrupt, tell=_tell
    )


def _prepare(
    samples: Samples[list[Sample]], processor: Any, settings: Train
) -> Callable[[Batch | None], Prepared | None]:
    row_tokens = settings.row_tokens if settings.packed else None
    return partial(_prepared, Maker(samples, processor.image_token_id, processor.tokenizer.pad_token_id, row_tokens))


@contextmanager
def _left_out(output: Storage, samples: Samples[list[Sample]]) -> Iterator[None]:
    """Keep account of samples that could not be read, however the training ends."""
    try:
        yield
    finally:
        tell_left_out(output, samples.skipped)


def _prepared(maker: Maker, batch: Batch | None) -> Prepared | None:
    rows = None if batch is None else maker(batch)
    return None if rows is None else Prepared.of(rows)


def _groups(places: Places, device: torch.device) -> Groups:
    def numbers(values: Any) -> torch.Tensor:
        return torch.from_numpy(values.astype(np.int64)).to(device)

    names = {"language": places.languages, "source": tuple(source.name for source in places.sources)}
    return Groups(names, {"language": numbers(places.language), "source": numbers(places.source)})


def _validation(job: Job, processor: Any, num_steps: int) -> Validation | None:
    settings = job.settings
    if not settings.validation_every or not job.validation:
        return None
    places = read_places(job.validation)
    layout = Layout(settings.row_tokens if settings.packed else None, settings.rows_per_micro_batch)
    batches = batches_of(places, settings.validation_samples, settings.max_tokens, layout)
    if not batches:
        return None
    return Validation(
        batches, _prepare(_samples(places, processor, settings), processor, settings), places.languages,
        torch.from_numpy(places.language.astype(np.int64)), settings.attention, settings.validation_every, num_steps,
    )  # fmt: skip


def _tell(text: str) -> None:
    sys.stderr.write(f"train: {text}\n")


def _main(path: str) -> None:
    job = Job.from_json(Path(path).read_text(encoding="utf-8"))
    dist.init_process_group("cpu:gloo,cuda:nccl" if torch.cuda.is_available() else "gloo")
    try:
        run(job)
    except Preempted as notice:
        sys.stderr.write(f"train: left after {notice.step} steps, of which there is a checkpoint\n")
        sys.exit(EXIT_CODE)
    finally:
        dist.destroy_process_group()


if __name__ == "__main__":
    _main(sys.argv[1])
