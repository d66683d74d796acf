"""What every candidate of `feeding.py` is asked for, and how what it takes is measured, in whatever interpreter."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import torch

from benchmarks.process_tree import cpu_s
from tests.training.toy import toy_model
from training.data.encode import Sample, encode_items
from training.model.hugging_face import LlavaNextImageProcessor, LlavaNextProcessor

BATCH, WORKERS, AHEAD, SEED = 8, 1, 8, 1
# Tiles and grids of Pangea-7B and of LLaVA-NeXT.
TILE_PX = 336
GRIDS = [[336, 672], [672, 336], [672, 672], [1008, 336], [336, 1008]]

Item = Mapping[str, Any]
# What a candidate delivers of a sample: tensors, or bytes and texts where only reading is measured.
Read = tuple[bytes, Item]
Make = Callable[[bytes | None, Item], Any]


@dataclass(frozen=True)
class Took:
    """Samples that were delivered, bytes of pictures or tokens in all, CPU s of all processes, and s."""

    samples: int
    amount: int
    cpu_s: float
    wall_s: float


def maker(kind: str) -> Make:
    """What makes a sample: `encode`, with tiles of the real size and a toy's tokenizer, or `read`, nothing at all."""
    if kind == "read":
        return lambda image, item: (image, item)
    _, toy = toy_model(1)
    tiles = LlavaNextImageProcessor(
        size={"shortest_edge": TILE_PX}, crop_size={"height": TILE_PX, "width": TILE_PX}, image_grid_pinpoints=GRIDS
    )
    processor = LlavaNextProcessor(
        image_processor=tiles, tokenizer=toy.tokenizer, patch_size=14, vision_feature_select_strategy="default",
        num_additional_image_tokens=1, image_token="<image>", chat_template=toy.chat_template,
    )  # fmt: skip
    return lambda image, item: encode_items(processor, image, [item])[0]


def take(batches: Callable[[], Iterable[Sequence[Sample | Read]]]) -> Took:
    """Take all batches as a training thread would, and look at what came."""
    torch.set_num_threads(1)
    before, started = cpu_s(os.getpid()), time.monotonic()
    samples = amount = 0
    for batch in batches():
        samples += len(batch)
        amount += sum(len(each.input_ids) if isinstance(each, Sample) else len(each[0]) for each in batch)
    return Took(samples, amount, cpu_s(os.getpid()) - before, time.monotonic() - started)
