"""Parts of buildings: doors, windows, battlements, swept roofs."""

from __future__ import annotations

from sample.drawings.canvas import Canvas
from sample.drawings.palette import SHADE, Colour, darker, lighter
from sample.drawings.scene import Scene
from sample.drawings.shapes import arch, box, ellipse, mirrored, smooth

BASE_Y = 622  # where buildings stand


def ground_shadow(c: Canvas, half: float) -> None:
    """Of a building that stands on (0, 0)."""
    c.fill(ellipse(26, 6, half * 1.1, 22), SHADE, 0.24)


def portal(scene: Scene, x: float, half: float, base: float, top: float, pointed: bool = False) -> None:
    """A door in a frame."""
    c, p = scene.canvas, scene.palette
    c.fill(arch(x - half * 1.34, x + half * 1.34, base, top - half * 0.4, pointed), lighter(p.main, 0.32))
    c.fill(arch(x - half * 1.14, x + half * 1.14, base, top - half * 0.16, pointed), p.accent)
    c.fill(arch(x - half, x + half, base, top, pointed), darker(p.main, 0.62))
    c.fill(arch(x - half * 0.62, x + half * 0.62, base, top + (base - top) * 0.3, pointed), darker(p.second, 0.5))


def cross(c: Canvas, x: float, y: float, colour: Colour) -> None:
    """On a roof's top."""
    c.line([(x, y + 6), (x, y - 40)], 5, colour)
    c.line([(x - 13, y - 24), (x + 13, y - 24)], 5, colour)


def swept_roof(c: Canvas, half: float, ridge: float, y: float, high: float, sweep: float, colour: Colour) -> None:
    """A roof whose eaves at `y` turn up at their ends."""
    up = high * sweep
    side = smooth(
        [(ridge, y - high), (ridge + (half - ridge) * 0.45, y - high * 0.42), (half + 8, y - up)], closed=False
    )
    under = smooth([(half + 8, y - up), (half * 0.6, y + high * 0.1), (0, y + high * 0.16)], closed=False)
    right = [*side, *under]
    roof = [*right, *mirrored(right, 0)[::-1]]
    c.solid(roof, colour, 12)
    with c.clipped(roof):
        num = max(5, int(half / 17))
        for i in range(-num, num + 1):
            c.line([(ridge * i / num, y - high), ((half + 10) * i / num, y + high)], 2.5, darker(colour, 0.2))
    c.line([(-ridge - 4, y - high), (ridge + 4, y - high)], 8, darker(colour, 0.3))
    c.line([*mirrored(under, 0), *under[::-1]], 5, darker(colour, 0.35))


def battlements(c: Canvas, x0: float, x1: float, y: float, colour: Colour) -> None:
    """A row of merlons on a wall's edge."""
    num = max(2, round((x1 - x0) / 36))
    step = (x1 - x0) / num
    for i in range(num):
        c.solid(box(x0 + step * (i + 0.14), y - 20, x0 + step * (i + 0.86), y + 2), colour, 6)


def window(
    c: Canvas,
    wall: Colour,
    x: float,
    half: float,
    base: float,
    top: float,
    pointed: bool = False,
    trim: Colour | None = None,
) -> None:
    """A dark opening in a wall, in a frame of the trim or of a lighter tone of the wall."""
    c.fill(arch(x - half * 1.3, x + half * 1.3, base + 2, top - half * 0.3, pointed), trim or lighter(wall, 0.3))
    c.fill(arch(x - half, x + half, base, top, pointed), darker(wall, 0.56))


def flag(c: Canvas, x: float, y: float, colour: Colour) -> None:
    """On a pole that stands on the point."""
    c.line([(x, y + 4), (x, y - 54)], 4, darker(colour, 0.5))
    c.fill([(x + 2, y - 54), (x + 46, y - 42), (x + 2, y - 28)], colour)
