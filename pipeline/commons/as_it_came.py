"""JPEGs that need no change to be stored, for those who would rather have the bytes that came."""

from __future__ import annotations

import hashlib
import io

from PIL import Image

from pipeline.commons.normalise import Normalised, perceptual_hash

_ORIENTATION_TAG = 0x0112
_UPRIGHT = 1


def as_it_came(data: bytes, max_pixels: int) -> Normalised | None:
    """The bytes themselves, if they are a whole, upright JPEG in grey or RGB of at most so many pixels; else None."""
    try:
        with Image.open(io.BytesIO(data), formats=("JPEG",)) as image:
            width, height = image.size
            if image.mode not in ("RGB", "L") or width * height > max_pixels:
                return None
            if image.getexif().get(_ORIENTATION_TAG, _UPRIGHT) != _UPRIGHT:
                return None
            image.load()
        return Normalised(data, width, height, perceptual_hash(data), hashlib.sha256(data).hexdigest())
    except Exception:  # noqa: BLE001 - whatever is wrong with it, who refuses pictures says so
        return None
