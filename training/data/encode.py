"""From a shard row and one of its items to the tensors of a sample, and from samples to a micro-batch."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from PIL import Image
from torch import Tensor

from pipeline.dialogue import pieces

IGNORED = -100


@dataclass(frozen=True)
class Sample:
    """One sample.

    Attributes:
        input_ids: shape (length,), picture tokens included.
        labels: shape (length,), the token to be predicted at its own place, IGNORED where nothing is supervised.
        pixel_values: shape (num_tiles, 3, side, side); None without a picture.
        image_size: height and width of the picture, px; None without one.
    """

    input_ids: Tensor
    labels: Tensor
    pixel_values: Tensor | None
    image_size: Tensor | None


def encode(processor: Any, image: bytes | None, item: Mapping[str, Any]) -> Sample:
    """Questions as the user's turns, the picture in the first, answers as the assistant's; only they are supervised.

    Args:
        processor: a LlavaNextProcessor whose chat template ends the prompt where the answer begins.
        image: JPEG bytes; None where there is no picture.
        item: `schema.QA_ITEM`.
    """
    (first, answer), *later = pieces(processor, item, picture=image is not None)
    shown = _shown(processor, image, first)
    ids, labels = [shown["input_ids"][0]], [torch.full_like(shown["input_ids"][0], IGNORED)]
    texts = [answer, *(text for pair in later for text in pair)]
    for number, tokens in enumerate(processor.tokenizer(texts, add_special_tokens=False)["input_ids"]):
        ids.append(torch.tensor(tokens, dtype=torch.int64))
        # Answers and what follows them take turns.
        labels.append(torch.full_like(ids[-1], IGNORED) if number % 2 else ids[-1])
    return Sample(
        torch.cat(ids),
        torch.cat(labels),
        None if image is None else shown["pixel_values"][0],
        None if image is None else shown["image_sizes"][0],
    )


def _shown(processor: Any, image: bytes | None, text: str) -> Any:
    """The first question, with its picture where there is one, as the processor makes them tensors."""
    if image is None:
        return processor(text=text, return_tensors="pt")
    with Image.open(io.BytesIO(image)) as opened:
        return processor(text=text, images=opened.convert("RGB"), return_tensors="pt")


def collate(samples: Sequence[Sample], pad_id: int) -> dict[str, Tensor]:
    """A micro-batch, padded on the right; `labels` are those of `Sample`, not shifted.

    Returns:
        input_ids, labels and attention_mask of shape (batch, longest); of the samples that have a picture, in their
        order, pixel_values of shape (pictures, most tiles, 3, side, side) and image_sizes of shape (pictures, 2): none
        of the two where no sample has one.
    """
    longest = max(len(sample.input_ids) for sample in samples)

    def padded(values: Tensor, fill: int) -> Tensor:
        return torch.nn.functional.pad(values, (0, longest - len(values)), value=fill)

    return {
        "input_ids": torch.stack([padded(sample.input_ids, pad_id) for sample in samples]),
        "labels": torch.stack([padded(sample.labels, IGNORED) for sample in samples]),
        "attention_mask": torch.stack([padded(torch.ones_like(sample.input_ids), 0) for sample in samples]),
        **_pictures(samples),
    }


def _pictures(samples: Sequence[Sample]) -> dict[str, Tensor]:
    pixels = [sample.pixel_values for sample in samples if sample.pixel_values is not None]
    sizes = [sample.image_size for sample in samples if sample.image_size is not None]
    if not pixels:
        return {}
    tiles = max(map(len, pixels))
    padded = [torch.nn.functional.pad(each, (0, 0, 0, 0, 0, 0, 0, tiles - len(each))) for each in pixels]
    return {"pixel_values": torch.stack(padded), "image_sizes": torch.stack(sizes)}


def num_supervised(sample: Sample) -> int:
    """Tokens that the loss counts."""
    return int((sample.labels != IGNORED).sum())
