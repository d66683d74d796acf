"""A file's bytes to the picture that is stored and what is known of it: all that is done in the decoder's process."""

from __future__ import annotations

import hashlib
from dataclasses import asdict, dataclass
from typing import Any

from pipeline.commons.normalise import normalise
from pipeline.commons.quality import judge_quality


@dataclass(frozen=True)
class Making:
    """How a picture is made; see `normalise` for the first four. `with_quality`: whether its quality is measured."""

    max_pixels: int
    min_side_px: int
    max_side_px: int | None
    jpeg_quality: int
    with_quality: bool


@dataclass(frozen=True)
class Made:
    """A picture to store: JPEG bytes, their hex SHA-256, and what is kept beside them (JSON)."""

    data: bytes
    sha256: str
    facts: dict[str, Any]


def make(data: bytes, making: Making) -> Made:
    """Normalise, and measure the result; the same bytes give the same.

    Raises:
        PictureError: these bytes are no usable picture.
    """
    made = normalise(
        data,
        max_pixels=making.max_pixels,
        min_side_px=making.min_side_px,
        max_side_px=making.max_side_px,
        quality=making.jpeg_quality,
    )
    facts = {
        "quality": asdict(judge_quality(made.pixels())) if making.with_quality else None,
        "phash": made.phash,
        "width": made.width,
        "height": made.height,
        "num_bytes": len(made.data),
    }
    return Made(made.data, hashlib.sha256(made.data).hexdigest(), facts)
