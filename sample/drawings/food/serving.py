"""What lies around and over food: shadow, steam, herbs."""

from __future__ import annotations

import math

from sample.drawings.canvas import Canvas
from sample.drawings.palette import SHADE, Colour, darker
from sample.drawings.scene import Scene
from sample.drawings.shapes import ellipse, leaf, polar, smooth


def shadow(c: Canvas, half: float) -> None:
    """Under a thing that stands on (0, 0)."""
    c.fill(ellipse(20, 6, half * 1.12, 34), SHADE, 0.22)


def steam(scene: Scene, y: float) -> None:
    """Two or three wisps that rise from `y`."""
    c, chance = scene.canvas, scene.chance
    colour = (255, 250, 240)
    for i, x in enumerate((-70, 0, 70)[: chance.whole("steam", 2, 3)]):
        sway = chance.between(f"sway {i}", 14, 26)
        tall = chance.between(f"steam {i}", 80, 120)
        path = [(x + sway * math.sin(t * 0.9 + i), y - tall * t / 6) for t in range(7)]
        middle = smooth(path, closed=False, num=6)
        num = len(middle)
        left = [(px - 11 * math.sin(math.pi * j / num), py) for j, (px, py) in enumerate(middle)]
        right = [(px + 11 * math.sin(math.pi * j / num), py) for j, (px, py) in enumerate(middle)]
        c.fill(left + right[::-1], colour, 0.5)


def herb(c: Canvas, x: float, y: float, size: float, angle: float) -> None:
    """Two small leaves."""
    green: Colour = (104, 148, 76)
    c.fill(leaf(x, y, size, size * 0.5, angle), green)
    c.fill(leaf(x, y, size * 0.8, size * 0.4, angle + 65), darker(green, 0.2))


def spread(i: int, num: int, radius: float) -> tuple[float, float]:
    """The i-th of `num` points spread over a disc: a few in a ring, many as seeds in a sunflower."""
    if num == 1:
        return (0.0, 0.0)
    if num <= 5:
        return polar(radius * 0.8, 360 * i / num - 70)
    return polar(radius * math.sqrt((i + 0.5) / num), 137.508 * i)


def wedge(scene: Scene, x: float, y: float, turn: float) -> None:
    """Of lemon."""
    c = scene.canvas
    with c.placed(x, y, 1, turn):
        c.solid(ellipse(0, 0, 56, 56, 180, 360), (240, 200, 70), 6)
        c.fill(ellipse(0, 0, 45, 45, 180, 360), (252, 236, 150))
        for angle in range(205, 350, 32):
            c.line([(0, -3), polar(42, angle)], 3, (244, 214, 100))
