"""What every rank does, from the base model to the export. torch.distributed must be initialised; Ray is not needed.

torchrun --nproc-per-node 2 -m training.worker job.json
"""

from __future__ import annotations

import sys
import tempfile
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import Any

import torch
import torch.distributed as dist
from torch.distributed.device_mesh import init_device_mesh

from pipeline.dialogue import pieces
from pipeline.storage import open_storage
from training.checkpoint import records
from training.checkpoint.checkpoints import Checkpoints
from training.data.batches import Encoder, Maker
from training.data.places import Places, read_places
from training.data.samples import Samples
from training.job import Job
from training.loop import Loop, Recipe, Step
from training.model.export import export
from training.model.folder import download, upload
from training.model.hugging_face import LlavaNextForConditionalGeneration, LlavaNextProcessor
from training.model.parallel import shard
from training.model.parts import Rates, freeze
from training.plan.made import plan_of
from training.settings import Train


def run(job: Job) -> list[Step]:
    """Train and export; every rank calls it.

    Args:
        job: the same on every rank.

    Returns:
        All steps of the run, those of earlier attempts included.

    Raises:
        UserError: settings, data, storage or the health of the training stop it; checkpoints are kept.
    """
    settings = job.settings
    device = torch.device("cuda", torch.cuda.current_device()) if torch.cuda.is_available() else torch.device("cpu")
    with tempfile.TemporaryDirectory() as name:
        folder = download(job.base, Path(name) / "base")
        processor = LlavaNextProcessor.from_pretrained(folder)
        places = read_places(job.sources)
        plan = plan_of(places, settings, shared_text(processor))
        model = _model(folder, settings, device)
        ...


def shared_text(processor: Any) -> int:
    """Tokens of text up to the end of a picture: of a conversation's frame, the same for all."""
    [(asked, _)] = pieces(processor, {"kind": "open", "question": "", "answer": ""}, picture=True)
    ids = processor.tokenizer(asked)["input_ids"]
    return int(ids.index(processor.image_token_id))
