"""A canvas of 960 x 720 units on which outlines are filled; pictures of another shape show more around.

Drawn at twice the size and reduced, which is what smooths the edges.
"""

from __future__ import annotations

import cmath
import math
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from PIL import Image, ImageChops, ImageDraw

from sample.drawings.palette import Colour, darker, mix
from sample.drawings.shapes import Point, moved

WIDTH, HEIGHT = 960, 720
_SUPERSAMPLE = 2


class Canvas:
    """Fills, lines, shading and clipping; `left`, `top`, `right` and `bottom` are the edges in units."""

    def __init__(self, size: tuple[int, int]) -> None:
        scale = _SUPERSAMPLE * min(size[0] / WIDTH, size[1] / HEIGHT)
        pixels = (size[0] * _SUPERSAMPLE, size[1] * _SUPERSAMPLE)
        self.left, self.top = (WIDTH - pixels[0] / scale) / 2, (HEIGHT - pixels[1] / scale) / 2
        self.right, self.bottom = WIDTH - self.left, HEIGHT - self.top
        self._image = Image.new("RGB", pixels)
        self._draw = ImageDraw.Draw(self._image)
        # A point z goes to px as factor * z + offset, as complex numbers.
        self._factor, self._offset = complex(scale), -scale * complex(self.left, self.top)

    @contextmanager
    def placed(self, x: float, y: float, scale: float = 1, degrees: float = 0) -> Iterator[None]:
        """Inside, (0, 0) lies at (x, y), and everything is scaled and turned around it."""
        before = self._factor, self._offset
        self._offset += self._factor * complex(x, y)
        self._factor *= cmath.rect(scale, math.radians(degrees))
        try:
            yield
        finally:
            self._factor, self._offset = before

    @contextmanager
    def clipped(self, outline: Sequence[Point]) -> Iterator[None]:
        """Inside, only what lies in the outline is painted."""
        before = self._image.copy()
        try:
            yield
        finally:
            region = self._region(outline)
            if region is not None:
                bounds, mask = region
                before.paste(self._image.crop(bounds), bounds, mask)
            self._image = before
            self._draw = ImageDraw.Draw(before)

    def fill(self, outline: Sequence[Point], colour: Colour, opacity: float = 1) -> None:
        if opacity >= 1:
            self._draw.polygon(self._pixels(outline), fill=colour)
            return
        region = self._region(outline, round(255 * opacity))
        if region is not None:
            bounds, mask = region
            self._image.paste(colour, bounds, mask)

    def line(self, points: Sequence[Point], width: float, colour: Colour) -> None:
        """With round ends and joints."""
        pixels = self._pixels(points)
        thick = max(1, round(width * abs(self._factor)))
        self._draw.line(pixels, fill=colour, width=thick, joint="curve")
        if thick > 2:
            radius = (thick - 1) / 2
            for x, y in (pixels[0], pixels[-1]):
                self._draw.ellipse((x - radius, y - radius, x + radius, y + radius), fill=colour)

    def solid(self, outline: Sequence[Point], colour: Colour, depth: float = 18) -> None:
        """A body: light comes from the upper left, so `depth` units at the right and below lie in shade."""
        self.fill(outline, darker(colour, 0.22))
        region = self._region(outline)
        if region is not None:
            bounds, mask = region
            lit = Image.new("L", mask.size)
            pixels = self._pixels(moved(outline, -depth, -depth / 3))
            ImageDraw.Draw(lit).polygon([(x - bounds[0], y - bounds[1]) for x, y in pixels], fill=255)
            self._image.paste(colour, bounds, ImageChops.darker(mask, lit))

    def fade(self, top: float, bottom: float, colours: Sequence[Colour]) -> None:
        """The whole width from the first colour down to the last one."""
        self.fade_within((self.left, top, self.right, bottom), colours)

    def fade_within(self, area: tuple[float, float, float, float], colours: Sequence[Colour]) -> None:
        """A box that stands upright, from the first colour down to the last one."""
        (x0, y0), (x1, y1) = self._pixels([area[:2], area[2:]])
        steps = len(colours) - 1
        for y in range(max(0, y0), min(self._image.height, y1)):
            share = steps * (y - y0) / (y1 - y0)
            part = min(int(share), steps - 1)
            self._draw.line([(x0, y), (x1, y)], fill=mix(colours[part], colours[part + 1], share - part))

    def finished(self, mirrored: bool) -> Image.Image:
        """The picture in its final size, left for right if asked."""
        image = self._image.reduce(_SUPERSAMPLE)
        return image.transpose(Image.Transpose.FLIP_LEFT_RIGHT) if mirrored else image

    def _pixels(self, outline: Sequence[Point]) -> list[tuple[int, int]]:
        points = (self._factor * complex(x, y) + self._offset for x, y in outline)
        return [(round(point.real), round(point.imag)) for point in points]

    def _region(
        self, outline: Sequence[Point], level: int = 255
    ) -> tuple[tuple[int, int, int, int], Image.Image] | None:
        """What the outline covers on the canvas: its bounds in px and a mask of `level`; None where it lies outside."""
        pixels = self._pixels(outline)
        xs, ys = [x for x, _ in pixels], [y for _, y in pixels]
        x0, y0 = max(0, min(xs)), max(0, min(ys))
        x1, y1 = min(self._image.width, max(xs) + 1), min(self._image.height, max(ys) + 1)
        if x1 <= x0 or y1 <= y0:
            return None
        mask = Image.new("L", (x1 - x0, y1 - y0))
        ImageDraw.Draw(mask).polygon([(x - x0, y - y0) for x, y in pixels], fill=level)
        return (x0, y0, x1, y1), mask
