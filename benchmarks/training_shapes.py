"""Models with random weights at real or tiny shapes, and the samples of `lengths/mixture.tsv` as their sequences."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from pipeline import torchvision_remedy
from training.data.rows import IGNORED
from training.data.rows import Sequence as Tokens

torchvision_remedy.ensure()

from transformers import (  # noqa: E402 - the remedy must come before
    CLIPVisionConfig,
    LlavaNextConfig,
    LlavaNextForConditionalGeneration,
    Qwen2Config,
)
from transformers.image_processing_utils import select_best_resolution  # noqa: E402
from transformers.models.llava_next.modeling_llava_next import (  # noqa: E402
    image_size_to_num_patches,
    unpad_image,
)

LENGTHS = Path(__file__).parent / "lengths" / "mixture.tsv"
# Tokens of the chat frame before a picture.
FRAME = 14
PATCH = 14
# Tiles of a picture, as Pangea lays them: height and width of the canvas in tiles.
CANVASES = ((1, 2), (2, 1), (2, 2), (3, 1), (1, 3))


@dataclass(frozen=True)
class Shape:
    """Sizes of a LlavaNext. `shrink` divides sides of pictures; lengths of texts are divided by its square."""

    vocabulary: int
    hidden: int
    intermediate: int
    layers: int
    heads: int
    key_value_heads: int
    vision_hidden: int
    vision_intermediate: int
    vision_layers: int
    vision_heads: int
    tile_px: int
    shrink: int

    @property
    def picture_token(self) -> int:
        return self.vocabulary - 1


# Pangea-7B: Qwen2-7B behind CLIP ViT-L/14-336.
LARGE = Shape(152064, 3584, 18944, 28, 28, 4, 1024, 4096, 24, 16, 336, 1)
# Its proportions: the head has a twelfth of the decoder's weights, the tower takes 2 % of the arithmetic.
TINY = Shape(800, 512, 2688, 1, 8, 2, 48, 128, 2, 4, 84, 4)


def build(shape: Shape, attention: str, device: str) -> Any:
    """A LlavaNext with random float32 weights on a device."""
    text = Qwen2Config(
        vocab_size=shape.vocabulary, hidden_size=shape.hidden, intermediate_size=shape.intermediate,
        num_hidden_layers=shape.layers, num_attention_heads=shape.heads, num_key_value_heads=shape.key_value_heads,
        tie_word_embeddings=False, max_position_embeddings=32768, rope_theta=1e6,
    )  # fmt: skip
    vision = CLIPVisionConfig(
        hidden_size=shape.vision_hidden, intermediate_size=shape.vision_intermediate,
        num_hidden_layers=shape.vision_layers, num_attention_heads=shape.vision_heads, image_size=shape.tile_px,
        patch_size=PATCH,
    )  # fmt: skip
    config = LlavaNextConfig(
        vision_config=vision, text_config=text, image_token_index=shape.picture_token, tie_word_embeddings=False,
        image_grid_pinpoints=[[rows * shape.tile_px, columns * shape.tile_px] for rows, columns in CANVASES],
    )  # fmt: skip
    torch.manual_seed(0)
    with torch.device(device):
        model = LlavaNextForConditionalGeneration(config)
    model.set_attn_implementation({"text_config": attention})
    return model.train()


@dataclass(frozen=True)
class Sample:
    """A line of the file, in the model's own sizes."""

    picture: str
    height: int
    width: int
    prompt: int
    answer: int


def samples(shape: Shape) -> list[Sample]:
    """All lines, in the file's order: questions of a picture follow each other."""
    with LENGTHS.open(encoding="utf-8", newline="") as lines:
        return [
            Sample(
                line["picture"], -(-int(line["height"]) // shape.shrink), -(-int(line["width"]) // shape.shrink),
                max(2, round(int(line["prompt"]) / shape.shrink**2)),
                max(1, round(int(line["answer"]) / shape.shrink**2)),
            )
            for line in csv.DictReader(lines, delimiter="\t")
        ]  # fmt: skip


def by_picture(found: Iterable[Sample], most: int) -> list[list[Sample]]:
    """Samples that follow each other and have the same picture, so many together at most; those without one alone."""
    groups = []
    for picture, questions in groupby(found, key=lambda each: each.picture):
        together = list(questions)
        step = most if picture else 1
        groups += [together[at : at + step] for at in range(0, len(together), step)]
    return groups


class Maker:
    """Makes sequences for a model; words and pixels are drawn, the same each time.

    Args:
        model: as `build` made it.
        shape: of the model.
    """

    def __init__(self, model: Any, shape: Shape) -> None:
        self._config, self._shape = model.config, shape
        self._random = torch.Generator().manual_seed(1)

    def __call__(self, questions: Sequence[Sample]) -> Tokens:
        """One sequence: of one sample, or of several with the same picture behind it."""
        first = questions[0]
        pixels, size, num_tokens = self._picture(first) if first.picture else (None, None, 0)
        shared = torch.full((num_tokens,), self._shape.picture_token)
        if num_tokens:
            shared = torch.cat([self._words(max(1, FRAME // self._shape.shrink**2)), shared])
        ids, targets = [shared], [torch.full_like(shared, IGNORED)]
        positions, branches = [torch.arange(len(shared))], [torch.zeros_like(shared)]
        for number, question in enumerate(questions):
            own = self._words(question.prompt + question.answer)
            ids.append(own)
            learned = torch.cat([own[1:], torch.tensor([IGNORED])])
            learned[: question.prompt - 1] = IGNORED
            targets.append(learned)
            positions.append(torch.arange(len(own)) + len(shared))
            branches.append(torch.full_like(own, 0 if len(questions) == 1 else number + 1))
        joined = torch.cat(ids)
        return Tokens(
            joined,
            torch.cat(targets),
            torch.cat(positions),
            torch.cat(branches),
            torch.zeros_like(joined),
            pixels,
            size,
        )

    def _words(self, number: int) -> Tensor:
        return torch.randint(0, self._shape.picture_token, (number,), generator=self._random)

    def _picture(self, sample: Sample) -> tuple[Tensor, Tensor, int]:
        """Tiles, size, and the tokens that LlavaNext makes of them: the whole, then patches row by row."""
        size, side = [sample.height, sample.width], self._shape.tile_px
        pinpoints = self._config.image_grid_pinpoints
        num_tiles = image_size_to_num_patches(size, pinpoints, side)
        pixels = torch.randn(num_tiles, 3, side, side, generator=self._random)
        return pixels, torch.tensor(size), num_picture_tokens(size, pinpoints, side)


def num_picture_tokens(size: list[int], pinpoints: list[list[int]], side: int) -> int:
    """Tokens of a picture of a height and a width."""
    patches = side // PATCH
    height, width = (canvas // PATCH for canvas in select_best_resolution(size, pinpoints))
    _, rows, columns = unpad_image(torch.empty(1, height, width), size).shape
    return int(patches**2 + rows * (columns + 1))
