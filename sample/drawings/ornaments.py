"""Patterns for cloth, pots and walls: bands of one repeated figure, and fields of bands."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

from sample.drawings.canvas import Canvas
from sample.drawings.chance import Chance
from sample.drawings.palette import Colour
from sample.drawings.shapes import box, diamond, ellipse, leaf, moved, star, turned

Box = tuple[float, float, float, float]
Figure = Callable[[Canvas, float, float, float, float, Sequence[Colour]], None]


def _stripes(c: Canvas, x: float, y: float, w: float, h: float, colours: Sequence[Colour]) -> None:
    c.fill(box(x - w / 4, y - h, x + w / 4, y + h), colours[0])


def _zigzag(c: Canvas, x: float, y: float, w: float, h: float, colours: Sequence[Colour]) -> None:
    low, high = y + h * 0.55, y - h * 0.95
    c.fill([(x - w / 2, low), (x, high), (x + w / 2, low), (x + w / 2, low + h * 0.4), (x, high + h * 0.55),
            (x - w / 2, low + h * 0.4)], colours[0])  # fmt: skip


def _diamonds(c: Canvas, x: float, y: float, w: float, h: float, colours: Sequence[Colour]) -> None:
    c.fill(diamond(x, y, w * 0.48, h * 0.9), colours[0])
    c.fill(diamond(x, y, w * 0.24, h * 0.45), colours[1])


def _dots(c: Canvas, x: float, y: float, w: float, h: float, colours: Sequence[Colour]) -> None:
    radius = min(w * 0.4, h * 0.75)
    c.fill(ellipse(x, y, radius, num=20), colours[0])
    c.fill(ellipse(x, y, radius * 0.45, num=14), colours[1])


def _triangles(c: Canvas, x: float, y: float, w: float, h: float, colours: Sequence[Colour]) -> None:
    c.fill([(x - w / 2, y + h), (x, y - h), (x + w / 2, y + h)], colours[0])
    c.fill([(x - w / 5, y + h), (x, y + h * 0.2), (x + w / 5, y + h)], colours[1])


def _scallops(c: Canvas, x: float, y: float, w: float, h: float, colours: Sequence[Colour]) -> None:
    c.fill(ellipse(x, y - h, w / 2, 1.9 * h, 0, 180, 16), colours[0])
    c.fill(ellipse(x, y - h, w / 4, 1.1 * h, 0, 180, 12), colours[1])


def _steps(c: Canvas, x: float, y: float, w: float, h: float, colours: Sequence[Colour]) -> None:
    for i, colour in enumerate((colours[0], colours[0], colours[1])):
        half = w / 2 * (1 - i / 3)
        c.fill(box(x - half, y + h * (0.9 - 0.6 * (i + 1)), x + half, y + h * (0.9 - 0.6 * i)), colour)


def _crosses(c: Canvas, x: float, y: float, w: float, h: float, colours: Sequence[Colour]) -> None:
    size = min(w * 0.42, h * 0.85)
    for angle in (45, 135):
        arm = turned(box(x - size, y - size / 4, x + size, y + size / 4), angle, x, y)
        c.fill(arm, colours[0])
    c.fill(diamond(x, y, size / 3, size / 3), colours[1])


def _rosettes(c: Canvas, x: float, y: float, w: float, h: float, colours: Sequence[Colour]) -> None:
    rosette(c, x, y, min(w * 0.46, h * 0.9), 8, colours)


def _waves(c: Canvas, x: float, y: float, w: float, h: float, colours: Sequence[Colour]) -> None:
    crest = [(x + w * (t / 12 - 0.5), y - h * 0.45 * math.sin(2 * math.pi * t / 12)) for t in range(13)]
    c.fill(crest + moved(crest[::-1], 0, h * 0.6), colours[0])


def _chevrons(c: Canvas, x: float, y: float, w: float, h: float, colours: Sequence[Colour]) -> None:
    for i, colour in enumerate(colours[:2]):
        left = x - w / 2 + i * w / 2
        c.fill([(left, y - h), (left + w / 4, y - h), (left + w / 2, y), (left + w / 4, y + h), (left, y + h),
                (left + w / 4, y)], colour)  # fmt: skip


def _leaves(c: Canvas, x: float, y: float, w: float, h: float, colours: Sequence[Colour]) -> None:
    c.fill(leaf(x - w * 0.45, y, w * 0.9, h * 0.5, 0), colours[0])
    for angle in (-48, 48):
        c.fill(leaf(x - w * 0.1, y, min(w, h) * 0.85, h * 0.4, angle), colours[1])


def _hexagons(c: Canvas, x: float, y: float, w: float, h: float, colours: Sequence[Colour]) -> None:
    radius = min(w * 0.5, h * 0.98)
    c.fill(star(x, y, radius, radius, 3), colours[0])
    c.fill(star(x, y, radius * 0.6, radius * 0.35, 6), colours[1])


FIGURES: dict[str, Figure] = {
    "chevrons": _chevrons,
    "crosses": _crosses,
    "diamonds": _diamonds,
    "dots": _dots,
    "hexagons": _hexagons,
    "leaves": _leaves,
    "rosettes": _rosettes,
    "scallops": _scallops,
    "steps": _steps,
    "stripes": _stripes,
    "triangles": _triangles,
    "waves": _waves,
    "zigzag": _zigzag,
}
_WIDE = {"leaves": 2.2, "waves": 1.8, "steps": 1.5, "zigzag": 1.3, "stripes": 0.7}  # width of a figure for its height


def rosette(c: Canvas, x: float, y: float, radius: float, petals: int, colours: Sequence[Colour]) -> None:
    """A flower: petals in the first colour, the heart in the second."""
    for i in range(petals):
        c.fill(leaf(x, y, radius, 4.4 * radius / petals, 360 * i / petals - 90), colours[0])
    c.fill(ellipse(x, y, radius * 0.3, num=16), colours[1])


def band(c: Canvas, area: Box, name: str, colours: Sequence[Colour], shift: float = 0) -> None:
    """One row of a figure across a box, on the last of three colours; it sticks out at both sides, so clip it."""
    x0, y0, x1, y1 = area
    c.fill(box(*area), colours[2])
    height = y1 - y0
    width = height * _WIDE.get(name, 1.05)
    num = max(1, round((x1 - x0) / width))
    width = (x1 - x0) / num
    for i in range(num + (1 if shift else 0)):
        FIGURES[name](c, x0 + (i + 0.5 - shift) * width, (y0 + y1) / 2, width, height / 2, colours)


def bands(
    c: Canvas, area: Box, chance: Chance, purpose: str, colours: Sequence[Colour], heights: Sequence[float]
) -> None:
    """Rows of the given shares of the height, each with a figure and an order of the colours of its own."""
    x0, y, x1, y1 = area
    unit = (y1 - y) / sum(heights)
    names = sorted(FIGURES, key=lambda name: chance.unit(f"{purpose} {name}"))
    for i, share in enumerate(heights):
        turn = i % len(colours)
        order = [*colours[turn:], *colours[:turn]]
        bottom = y + share * unit
        if share < 0.5:
            c.fill(box(x0, y, x1, bottom), order[0])
        else:
            band(c, (x0, y, x1, bottom), names[i % len(names)], order)
        y = bottom


def field(c: Canvas, area: Box, name: str, colours: Sequence[Colour], row: float) -> None:
    """Rows of the same figure, every other one shifted by half a figure."""
    x0, y0, x1, y1 = area
    num = max(1, round((y1 - y0) / row))
    row = (y1 - y0) / num
    for i in range(num):
        band(c, (x0, y0 + i * row, x1, y0 + (i + 1) * row), name, colours, 0.5 if i % 2 else 0)
