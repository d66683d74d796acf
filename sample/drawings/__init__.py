"""Illustrations for the embedded sample: one per entity, drawn from a motif, colours and the entity's id.

The same motif, colours, count, key and size give the same pixels; another key gives another ground, other ornaments and
other proportions.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from PIL import Image

from pipeline.errors import ConfigError
from sample.drawings.canvas import HEIGHT, WIDTH, Canvas
from sample.drawings.chance import Chance
from sample.drawings.motifs import MOTIFS
from sample.drawings.palette import Palette
from sample.drawings.scene import Scene

if TYPE_CHECKING:  # tables.py checks its rows against our motifs
    from sample.tables import Drawing


def draw(spec: Drawing, key: int, size: tuple[int, int] = (WIDTH, HEIGHT)) -> Image.Image:
    """The RGB picture of one entity.

    Args:
        spec: what to show; of its colours the first is the thing's own, the second and third its parts' and ornaments'.
        key: the entity's QID without its letter; it decides all that `spec` leaves open.
        size: width and height in px.

    Raises:
        ConfigError: there is no such motif.
    """
    if spec.motif not in MOTIFS:
        raise ConfigError(f"Q{key}: there is no drawing motif {spec.motif!r}; use one of {', '.join(sorted(MOTIFS))}")
    chance = Chance(key)
    canvas = Canvas(size)
    MOTIFS[spec.motif](Scene(canvas, Palette.of(spec.colours, chance), chance, spec.count))
    return canvas.finished(mirrored=chance.chosen("mirrored", 0.5))
