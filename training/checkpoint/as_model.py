"""A checkpoint of a training that may still go on, as a model folder that vLLM serves; one process, no ranks."""

from __future__ import annotations

from pathlib import Path

import torch
from torch.distributed.checkpoint.state_dict import StateDictOptions, get_model_state_dict, set_model_state_dict
from torch.distributed.checkpoint.state_dict_loader import load

from pipeline.storage import Storage
from training.checkpoint.reader import ObjectReader, content_of
from training.checkpoint.records import files_of
from training.checkpoint.trusted import PlainPlanner, metadata_of
from training.checkpoint.writer import METADATA
from training.model.export import export
from training.model.hugging_face import LlavaNextForConditionalGeneration, LlavaNextProcessor
from training.model.lora import Lora, add_lora
from training.model.parts import Rates, freeze
from training.settings import Train

_OPTIONS = StateDictOptions(ignore_frozen_params=True, strict=False)


def write_checkpoint(output: Storage, step: int, base: Path, settings: Train, folder: Path) -> None:
    """Write the model as it was after so many steps; the optimizer's state is not read.

    Holds the whole model in main memory, 4 bytes a parameter.

    Args:
        output: the training's directory.
        step: of a checkpoint that has a record.
        base: folder of the model that training began with.
        settings: of the training.
        folder: absent or empty.

    Raises:
        StorageError: a file cannot be read, or is not what was written.
    """
    model = LlavaNextForConditionalGeneration.from_pretrained(base, dtype=torch.float32)
    freeze(model, Rates(settings.tower_learning_rate, settings.connector_learning_rate, settings.learning_rate))
    if settings.lora is not None:
        add_lora(model, Lora(settings.lora.rank, settings.lora.alpha, settings.lora.targets), settings.seed)
    name, files = files_of(output, step)
    by_name, kept = {file.name: file for file in files}, output.child(name)
    metadata = metadata_of(content_of(kept, by_name[METADATA]), f"{kept.uri}/{METADATA}")
    state = {"model": get_model_state_dict(model, options=_OPTIONS)}
    load(state, storage_reader=ObjectReader(kept, by_name, metadata), planner=PlainPlanner(), no_dist=True)
    set_model_state_dict(model, state["model"], options=_OPTIONS)
    export(model, LlavaNextProcessor.from_pretrained(base), folder, torch.bfloat16)
