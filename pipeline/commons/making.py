"""A file's bytes to the picture that is stored and what is known of it: all that is done in the decoder's process."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from functools import cache
from typing import Any

from pipeline.commons.as_it_came import as_it_came
from pipeline.commons.normalise import normalise
from pipeline.commons.people_detector import DetectorName, people_detector
from pipeline.commons.quality import judge_quality


@dataclass(frozen=True)
class Making:
    """How a picture is made.

    Attributes:
        max_pixels, min_side_px, max_side_px, jpeg_quality: see `normalise`.
        with_quality: whether its quality is measured.
        detector: what looks for people in it.
        keep_jpegs: whether a JPEG that needs no change stays as it came.
    """

    max_pixels: int
    min_side_px: int
    max_side_px: int | None
    jpeg_quality: int
    with_quality: bool
    detector: DetectorName = "none"
    keep_jpegs: bool = False


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
    made = (as_it_came(data, making.max_pixels) if making.keep_jpegs else None) or normalise(
        data,
        max_pixels=making.max_pixels,
        min_side_px=making.min_side_px,
        max_side_px=making.max_side_px,
        quality=making.jpeg_quality,
    )
    facts: dict[str, Any] = {
        "phash": made.phash,
        "width": made.width,
        "height": made.height,
        "num_bytes": len(made.data),
        "quality": None,
        "people": None,
    }
    detector = _detector(making.detector)
    if making.with_quality or detector is not None:
        pixels = made.pixels()
        if making.with_quality:
            facts["quality"] = asdict(judge_quality(pixels))
        if detector is not None:
            facts["people"] = detector.look(pixels).to_json()
    return Made(made.data, made.sha256, facts)


_detector = cache(people_detector)  # loads weights
