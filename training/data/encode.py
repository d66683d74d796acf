"""From a shard row and one of its items to the tensors of a sample."""

from __future__ import annotations

import io
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

import torch
from PIL import Image
from torch import Tensor

from pipeline.dialogue import pieces
from training.data.rows import IGNORED
from training.data.supervised import ChatTokens

Supervised = Literal["clean", "pangea"]


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


def encode(processor: Any, image: bytes | None, item: Mapping[str, Any], supervised: Supervised = "clean") -> Sample:
    """Questions as the user's turns, the picture in the first, answers as the assistant's.

    Args:
        processor: a LlavaNextProcessor whose chat template ends the prompt where the answer begins.
        image: JPEG bytes; None where there is no picture.
        item: `schema.QA_ITEM`.
        supervised: `clean`, answers with what ends them and nothing else; `pangea`, what its training script supervises
            besides (`supervised.py`).

    Raises:
        ConfigError: `pangea` with a tokenizer that has no tokens of ChatML.
    """
    (first, answer), *later = pieces(processor, item, picture=image is not None)
    shown = _shown(processor, image, first)
    ids, labels = [shown["input_ids"][0]], [torch.full_like(shown["input_ids"][0], IGNORED)]
    texts = [answer, *(text for pair in later for text in pair)]
    for number, tokens in enumerate(processor.tokenizer(texts, add_special_tokens=False)["input_ids"]):
        ids.append(torch.tensor(tokens, dtype=torch.int64))
        # Answers and what follows them take turns.
        labels.append(torch.full_like(ids[-1], IGNORED) if number % 2 else ids[-1])
    if supervised == "pangea":
        chat = ChatTokens.of(processor.tokenizer)
        labels = [chat.of_prompt(part) if number % 2 == 0 else part for number, part in enumerate(ids)]
    return Sample(
        torch.cat(ids),
        torch.cat(labels),
        None if image is None else shown["pixel_values"][0],
        None if image is None else shown["image_sizes"][0],
    )


def num_supervised(sample: Sample) -> int:
    """Tokens that the loss counts."""
    return int((sample.labels != IGNORED).sum())


def _shown(processor: Any, image: bytes | None, text: str) -> Any:
    """The first question, with its picture where there is one, as the processor makes them tensors."""
    if image is None:
        return processor(text=text, return_tensors="pt")
    with Image.open(io.BytesIO(image)) as opened:
        return processor(text=text, images=opened.convert("RGB"), return_tensors="pt")
