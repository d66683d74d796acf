"""Outlines as lists of points, in the units of the canvas: x to the right, y down, angles in degrees clockwise."""

from __future__ import annotations

import math
from collections.abc import Sequence

Point = tuple[float, float]
Outline = list[Point]


def ellipse(
    x: float, y: float, rx: float, ry: float | None = None, start: float = 0, stop: float = 360, num: int = 48
) -> Outline:
    """From `start` to `stop`; 0 is to the right, 90 is down."""
    ry = rx if ry is None else ry
    angles = (math.radians(start + (stop - start) * i / num) for i in range(num + 1))
    return [(x + rx * math.cos(angle), y + ry * math.sin(angle)) for angle in angles]


def box(x0: float, y0: float, x1: float, y1: float) -> Outline:
    """An upright rectangle."""
    return [(x0, y0), (x1, y0), (x1, y1), (x0, y1)]


def rounded(x0: float, y0: float, x1: float, y1: float, radius: float) -> Outline:
    """A box with round corners."""
    r = min(radius, (x1 - x0) / 2, (y1 - y0) / 2)
    corners = ((x1 - r, y0 + r, 270), (x1 - r, y1 - r, 0), (x0 + r, y1 - r, 90), (x0 + r, y0 + r, 180))
    return [point for x, y, angle in corners for point in ellipse(x, y, r, r, angle, angle + 90, 8)]


def taper(x: float, top: float, bottom: float, half_top: float, half_bottom: float) -> Outline:
    """A trapezium that stands upright around `x`."""
    return [(x - half_top, top), (x + half_top, top), (x + half_bottom, bottom), (x - half_bottom, bottom)]


def smooth(points: Sequence[Point], closed: bool = True, num: int = 10) -> Outline:
    """A Catmull-Rom curve through the points."""
    n = len(points)
    outline: Outline = []
    for i in range(n if closed else n - 1):
        a, b, c, d = (points[j % n] if closed else points[min(max(j, 0), n - 1)] for j in (i - 1, i, i + 1, i + 2))
        for step in range(num):
            t = step / num
            outline.append((_spline(a[0], b[0], c[0], d[0], t), _spline(a[1], b[1], c[1], d[1], t)))
    return outline if closed else [*outline, points[-1]]


def _spline(a: float, b: float, c: float, d: float, t: float) -> float:
    return 0.5 * (2 * b + (c - a) * t + (2 * a - 5 * b + 4 * c - d) * t * t + (3 * b - a - 3 * c + d) * t**3)


def turned_on_a_lathe(x: float, profile: Sequence[Point], bulge: float = 0) -> Outline:
    """A vessel from its (half width, y) from top to bottom; its foot curves down by `bulge`."""
    right = smooth([(x + half, y) for half, y in profile], closed=False)
    foot = ellipse(x, profile[-1][1], profile[-1][0], bulge, 0, 180, 16) if bulge else []
    return right + foot + [(2 * x - px, py) for px, py in reversed(right)]


def polar(radius: float, angle: float) -> Point:
    """The point at an angle in degrees, seen from the middle."""
    return radius * math.cos(math.radians(angle)), radius * math.sin(math.radians(angle))


def star(x: float, y: float, outer: float, inner: float, num: int, start: float = -90) -> Outline:
    """`num` points; with `inner` = `outer` a regular polygon of twice as many corners."""
    outline = []
    for i in range(2 * num):
        angle, radius = math.radians(start + 180 * i / num), outer if i % 2 == 0 else inner
        outline.append((x + radius * math.cos(angle), y + radius * math.sin(angle)))
    return outline


def diamond(x: float, y: float, rx: float, ry: float) -> Outline:
    """A rhombus on its tip."""
    return [(x, y - ry), (x + rx, y), (x, y + ry), (x - rx, y)]


def leaf(x: float, y: float, length: float, width: float, angle: float) -> Outline:
    """A pointed oval that starts at the point and goes `length` in the direction of `angle`."""
    side = [(length * t, width / 2 * math.sin(math.pi * t)) for t in (i / 10 for i in range(11))]
    outline = side + [(px, -py) for px, py in reversed(side)]
    return moved(turned(outline, angle), x, y)


def arch(x0: float, x1: float, base: float, top: float, pointed: bool = False) -> Outline:
    """A doorway; its curve takes as much height as half its width, or more where it is pointed."""
    middle, half = (x0 + x1) / 2, (x1 - x0) / 2
    if not pointed:
        return [(x0, base), *ellipse(middle, top + half, half, half, 180, 360, 20), (x1, base)]
    spring = top + 1.5 * half
    left = smooth([(x0, spring), (x0 + 0.28 * half, spring - 0.8 * half), (middle, top)], closed=False)
    return [(x0, base), *left, *[(2 * middle - px, py) for px, py in reversed(left)], (x1, base)]


def onion(x: float, base: float, half: float, height: float) -> Outline:
    """A dome that swells and ends in a point."""
    profile = [(0.0, base - height), (0.07, base - 0.86 * height), (0.36, base - 0.68 * height)]
    profile += [(0.98, base - 0.4 * height), (1.08, base - 0.2 * height), (0.84, base)]
    return turned_on_a_lathe(x, [(half * share, y) for share, y in profile])


def moved(outline: Sequence[Point], dx: float, dy: float) -> Outline:
    """To the right by `dx` and down by `dy`."""
    return [(x + dx, y + dy) for x, y in outline]


def turned(outline: Sequence[Point], angle: float, x: float = 0, y: float = 0) -> Outline:
    """By `angle` around (x, y)."""
    cos, sin = math.cos(math.radians(angle)), math.sin(math.radians(angle))
    return [(x + (px - x) * cos - (py - y) * sin, y + (px - x) * sin + (py - y) * cos) for px, py in outline]


def mirrored(outline: Sequence[Point], x: float) -> Outline:
    """Left for right around `x`."""
    return [(2 * x - px, py) for px, py in outline]
