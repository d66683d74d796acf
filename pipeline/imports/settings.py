"""What an import is made of."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

FORMATS = ("llava", "refined")


@dataclass(frozen=True)
class Import:
    """Settings of both stages of an import.

    Attributes:
        form: of the rows.
        files: where they are, in the order in which rows that are alike are kept.
        split: that all of them belong to.
        seed: of the order of pictures in the shards.
        shard_mb: MB (1e6 bytes) of one shard, about.
        processor: of a LlavaNext, whose tokens are counted; None counts none.
        piece_mb: MB of a file that are read at once.
    """

    form: Literal["llava", "refined"]
    files: tuple[str, ...]
    split: Literal["train", "validation", "test"] = "train"
    seed: int = 0
    shard_mb: float = 128.0
    processor: str | None = None
    piece_mb: float = 32.0
