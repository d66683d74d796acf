"""From a shard row and one of its items to the tensors of a sample."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
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
    """The sample of one item: see `encode_items`."""
    return encode_items(processor, image, [item], supervised)[0]


def encode_items(
    processor: Any, image: bytes | None, items: Sequence[Mapping[str, Any]], supervised: Supervised = "clean"
) -> list[Sample]:
    """Questions as the user's turns, the picture in the first, answers as the assistant's; the picture is made once.

    Args:
        processor: a LlavaNextProcessor whose chat template ends the prompt where the answer begins.
        image: JPEG bytes; None where there is no picture.
        items: `schema.QA_ITEM`, of one row.
        supervised: `clean`, answers with what ends them and nothing else; `pangea`, what its training script supervises
            besides (`supervised.py`).

    Raises:
        ConfigError: `pangea` with a tokenizer that has no tokens of ChatML.
    """
    said = [pieces(processor, item, picture=image is not None) for item in items]
    shown = None if image is None else _shown(processor, image)
    place = "" if shown is None else processor.image_token * shown.num_tokens
    asked = [turns[0][0].replace(processor.image_token, place) if shown else turns[0][0] for turns in said]
    firsts = processor.tokenizer(asked)["input_ids"]
    rest = [[turns[0][1], *(text for turn in turns[1:] for text in turn)] for turns in said]
    later = iter(processor.tokenizer([text for texts in rest for text in texts], add_special_tokens=False)["input_ids"])
    chat = ChatTokens.of(processor.tokenizer) if supervised == "pangea" else None
    made = []
    for first, texts in zip(firsts, rest, strict=True):
        # Prompts and answers take turns.
        parts = [torch.tensor(tokens) for tokens in (first, *(next(later) for _ in texts))]
        labels = [part if number % 2 else _prompt_labels(part, chat) for number, part in enumerate(parts)]
        pixel_values, size = (None, None) if shown is None else (shown.pixel_values, shown.size)
        made.append(Sample(torch.cat(parts), torch.cat(labels), pixel_values, size))
    return made


def _prompt_labels(input_ids: Tensor, chat: ChatTokens | None) -> Tensor:
    return torch.full_like(input_ids, IGNORED) if chat is None else chat.of_prompt(input_ids)


def num_supervised(sample: Sample) -> int:
    """Tokens that the loss counts."""
    return int((sample.labels != IGNORED).sum())


@dataclass(frozen=True)
class _Shown:
    """A picture as tiles, its height and width, and the tokens that stand for it."""

    pixel_values: Tensor
    size: Tensor
    num_tokens: int


def _shown(processor: Any, image: bytes) -> _Shown:
    with Image.open(io.BytesIO(image)) as opened:
        made = processor(text=processor.image_token, images=opened.convert("RGB"), return_tensors="pt")
    tokens = int((made["input_ids"][0] == processor.image_token_id).sum())
    return _Shown(made["pixel_values"][0], made["image_sizes"][0], tokens)
