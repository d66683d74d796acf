"""Drawings of the sample as JPEG files."""

from __future__ import annotations

import io
from functools import cache

from sample.build import SOURCE
from sample.drawings import draw
from sample.tables import CONCEPTS, load_sample

_NUM = 12


@cache
def drawings() -> tuple[bytes, ...]:
    """A dozen, of different motifs."""
    found: dict[str, bytes] = {}
    for entity in load_sample(SOURCE).group(CONCEPTS):
        if entity.drawing is not None and entity.drawing.motif not in found and len(found) < _NUM:
            file = io.BytesIO()
            draw(entity.drawing, int(entity.id[1:])).convert("RGB").save(file, "JPEG")
            found[entity.drawing.motif] = file.getvalue()
    return tuple(found.values())
