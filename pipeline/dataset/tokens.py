"""Tokens of a sample under a LlavaNext processor: of the picture by its size alone, of the text as it is trained on."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pipeline.dialogue import pieces


@dataclass(frozen=True)
class PictureTokens:
    """How many tokens stand for a picture in LLaVA-NeXT with "anyres" tiles.

    The picture is laid into the one of `resolutions` that keeps most of it, cut into tiles, and the features of the
    padding are taken out again; each line of features ends with one for the end of line. A small copy of the whole
    picture comes before. The rule is that of transformers 5.19, `LlavaNextProcessor`, roundings included.

    Attributes:
        side: px of a tile.
        patch: px of a patch, each a feature.
        resolutions: height and width, px, of each arrangement of tiles.
        extra: features of the small copy besides its patches.
    """

    side: int
    patch: int
    resolutions: tuple[tuple[int, int], ...]
    extra: int

    def of(self, width: int, height: int) -> int:
        """Tokens of a picture of so many px."""
        tall, wide = self._resolution(width, height)
        patches = self.side // self.patch
        rows, columns = patches * (tall // self.side), patches * (wide // self.side)
        if width / height > columns / rows:
            rows -= (rows - int(round(height * (columns / width), 7))) // 2 * 2
        else:
            columns -= (columns - int(round(width * (rows / height), 7))) // 2 * 2
        return rows * columns + rows + patches * patches + self.extra

    def _resolution(self, width: int, height: int) -> tuple[int, int]:
        def fit(resolution: tuple[int, int]) -> tuple[int, int]:
            tall, wide = resolution
            scale = min(wide / width, tall / height)
            used = min(int(width * scale) * int(height * scale), width * height)
            return used, used - tall * wide

        return max(self.resolutions, key=fit)


@dataclass(frozen=True)
class RowTokens:
    """Of one picture: its own tokens (0 where there is no picture), and those of the text of each of its items."""

    picture: int
    texts: tuple[int, ...]


class TokenCounter:
    """Counts what `training.data.encode` makes of a sample, without decoding a picture.

    Args:
        processor: a LlavaNextProcessor that is whole, as `processor_files.load_processor` gives it.
    """

    def __init__(self, processor: Any) -> None:
        self._processor = processor
        shape = processor.image_processor.crop_size
        default = processor.vision_feature_select_strategy == "default"
        self.pictures = PictureTokens(
            shape["height"],
            processor.patch_size,
            tuple((tall, wide) for tall, wide in processor.image_processor.image_grid_pinpoints),
            processor.num_additional_image_tokens - (1 if default else 0),
        )

    def row(self, row: Mapping[str, Any]) -> RowTokens:
        """Of a row of `arranged` or `shards`; one that is 0 px wide has no picture."""
        shown = row["width"] > 0
        tokens = self.pictures.of(row["width"], row["height"]) if shown else 0
        return RowTokens(tokens, tuple(self.texts(row["items"], picture=shown)))

    def texts(self, items: Sequence[Mapping[str, Any]], *, picture: bool) -> Iterable[int]:
        """Of each item: all turns without the picture's tokens, answers with what ends them."""
        tokenizer = self._processor.tokenizer
        said = [pieces(self._processor, item, picture=picture) for item in items]
        first = tokenizer([turns[0][0] for turns in said])["input_ids"]
        rest = [[turns[0][1], *(text for turn in turns[1:] for text in turn)] for turns in said]
        tokenized = iter(tokenizer([text for texts in rest for text in texts], add_special_tokens=False)["input_ids"])
        place = self._processor.image_token_id
        return [
            len(asked) - asked.count(place) + sum(len(next(tokenized)) for _ in texts)
            for asked, texts in zip(first, rest, strict=True)
        ]
