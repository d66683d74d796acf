"""From a shard row and one of its items to the tensors of a sample, and from samples to a micro-batch."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from PIL import Image
from torch import Tensor

from pipeline.dialogue import answer_text, prompt, question_text

IGNORED = -100


@dataclass(frozen=True)
class Sample:
    """One sample.

    Attributes:
        input_ids: shape (length,), picture tokens included.
        labels: shape (length,), the token to be predicted at its own place, IGNORED where nothing is supervised.
        pixel_values: shape (num_tiles, 3, side, side).
        image_size: height and width of the picture, px.
    """

    input_ids: Tensor
    labels: Tensor
    pixel_values: Tensor
    image_size: Tensor


def encode(processor: Any, image: bytes, item: Mapping[str, Any]) -> Sample:
    """Question and picture as the user's turn, the answer as the assistant's; only the answer is supervised.

    Args:
        processor: a LlavaNextProcessor whose chat template ends the prompt where the answer begins.
        image: JPEG bytes.
        item: `schema.QA_ITEM`.
    """
    with Image.open(io.BytesIO(image)) as opened:
        inputs = processor(
            text=prompt(processor, question_text(item)), images=opened.convert("RGB"), return_tensors="pt"
        )
    asked = inputs["input_ids"][0]
    answered = processor.tokenizer(answer_text(item) + processor.tokenizer.eos_token, add_special_tokens=False)
    target = torch.tensor(answered["input_ids"])
    return Sample(
        torch.cat([asked, target]),
        torch.cat([torch.full_like(asked, IGNORED), target]),
        inputs["pixel_values"][0],
        inputs["image_sizes"][0],
    )


def collate(samples: Sequence[Sample], pad_id: int) -> dict[str, Tensor]:
    """A micro-batch, padded on the right; `labels` are those of `Sample`, not shifted.

    Returns:
        input_ids, labels and attention_mask of shape (batch, longest); pixel_values of shape (batch, most tiles, 3,
        side, side), image_sizes of shape (batch, 2).
    """
    longest = max(len(sample.input_ids) for sample in samples)
    tiles = max(len(sample.pixel_values) for sample in samples)

    def padded(values: Tensor, fill: int) -> Tensor:
        return torch.nn.functional.pad(values, (0, longest - len(values)), value=fill)

    return {
        "input_ids": torch.stack([padded(sample.input_ids, pad_id) for sample in samples]),
        "labels": torch.stack([padded(sample.labels, IGNORED) for sample in samples]),
        "attention_mask": torch.stack([padded(torch.ones_like(sample.input_ids), 0) for sample in samples]),
        "pixel_values": torch.stack(
            [
                torch.nn.functional.pad(sample.pixel_values, (0, 0, 0, 0, 0, 0, 0, tiles - len(sample.pixel_values)))
                for sample in samples
            ]
        ),
        "image_sizes": torch.stack([sample.image_size for sample in samples]),
    }


def num_supervised(sample: Sample) -> int:
    """Tokens that the loss counts."""
    return int((sample.labels != IGNORED).sum())
