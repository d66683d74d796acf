"""Plates from above, and the pieces on them."""

from __future__ import annotations

import math
from collections.abc import Callable

from sample.drawings.food.serving import herb, spread, wedge
from sample.drawings.palette import CREAM, SHADE, Colour, darker, lighter, mix
from sample.drawings.scene import Scene
from sample.drawings.shapes import Outline, box, ellipse, leaf, moved, polar, rounded, smooth, star, turned
from sample.drawings.tabletop import set_places, tabletop


def plate(scene: Scene, form: str | None = None) -> None:
    """A plate with `count` pieces of food in the first colour; the second is what they lie on or are wrapped in."""
    c, p, chance = scene.canvas, scene.palette, scene.chance
    tabletop(scene)
    with scene.placed(*set_places(scene)):
        radius = chance.between("radius", 262, 312)
        china = chance.pick("china", [CREAM, mix(p.accent, CREAM, 0.6), mix(p.second, CREAM, 0.75)])
        c.fill(ellipse(16, 26, radius, num=72), darker(p.ground, 0.42))
        c.fill(ellipse(0, 0, radius, num=72), darker(china, 0.1))
        c.fill(ellipse(-3, -5, radius - 4, num=72), china)
        _rim(scene, radius, china)
        c.fill(ellipse(0, 0, radius * 0.75, num=72), darker(china, 0.08))
        c.fill(ellipse(4, 7, radius * 0.73, num=72), china)
        if form == "fish":
            _fish_and_sticks(scene, radius * 0.66)
            return
        if form is None:
            _bed(scene, radius * 0.62)
        _pieces(scene, form or chance.pick("served", ["round", "rolls", "slices"]), radius * 0.64)
        for i in range(7 if form in (None, "slabs") else 0):
            x, y = polar(radius * 0.62 * chance.between(f"herb r {i}", 0.3, 1.0), 360 * chance.unit(f"herb a {i}"))
            herb(c, x, y, 26, 360 * chance.unit(f"herb t {i}"))


def _rim(scene: Scene, radius: float, china: Colour) -> None:
    c, p, chance = scene.canvas, scene.palette, scene.chance
    num = chance.whole("rim", 18, 30)
    form = chance.pick("rim form", ["dots", "leaves", "rings", "rays", "scallops"])
    for i in range(num):
        angle = 360 * i / num
        x, y = polar(radius * 0.87, angle)
        if form == "dots":
            c.fill(ellipse(x, y, 11 if i % 2 else 6, num=16), p.accent if i % 2 else p.second)
        elif form == "leaves":
            c.fill(leaf(x, y, 40, 16, angle + 70), p.accent)
        elif form == "rays":
            c.line([(x, y), (x * 1.1, y * 1.1)], 6, p.accent)
        elif form == "scallops":
            c.line(ellipse(x, y, 2.7 * radius / num, None, angle + 90, angle + 270, 12), 5, p.accent)
    if form == "rings":
        for share, colour in ((0.95, p.accent), (0.92, china), (0.88, p.second), (0.86, china)):
            c.fill(ellipse(0, 0, radius * share, num=72), colour)


def _bed(scene: Scene, radius: float) -> None:
    c, p, chance = scene.canvas, scene.palette, scene.chance
    bed = smooth([polar(chance.between(f"bed {i}", 0.86, 1.06) * radius, 30 * i) for i in range(12)])
    c.fill(moved(bed, 8, 12), darker(p.second, 0.35), 0.4)
    c.solid(bed, p.second, 16)
    for i in range(70):
        x, y = polar(radius * 0.86 * math.sqrt(chance.unit(f"grain r {i}")), 360 * chance.unit(f"grain a {i}"))
        colour = lighter(p.second, 0.3) if i % 2 else darker(p.second, 0.15)
        c.fill(leaf(x, y, 20, 8, 360 * chance.unit(f"grain t {i}")), colour)


def _pieces(scene: Scene, form: str, radius: float) -> None:
    c, p, chance = scene.canvas, scene.palette, scene.chance
    num = scene.number(4, 7, 14)
    size = radius * min(0.6, 1.02 / math.sqrt(num + 0.6))
    for i in range(num):
        x, y = spread(i, num, radius * 0.66)
        shape, decorate = _PIECES[form]
        outline = shape(size)
        turn = 0 if form == "triangles" else chance.between(f"turn {i}", -35, 35)
        with c.placed(x, y, 1, turn):
            c.fill(moved(outline, 7, 11), SHADE, 0.28)
            c.solid(outline, mix(p.main, lighter(p.main, 0.3), 0.4 * (i % 2)), size * 0.26)
            with c.clipped(outline):
                decorate(scene, size)


def _scored(scene: Scene, size: float) -> None:
    for t in (-0.35, 0, 0.35):
        mark = [(size * (t - 0.1), -size * 0.3), (size * (t + 0.1), size * 0.25)]
        scene.canvas.line(mark, max(3, size * 0.09), darker(scene.palette.main, 0.22))


def _wrapped(scene: Scene, size: float) -> None:
    c, p = scene.canvas, scene.palette
    c.fill(box(-size * 0.3, -size, size * 0.3, size), mix(p.second, p.main, 0.2))
    for x in (-0.3, 0.3):
        c.line([(size * x, -size), (size * x, size)], 4, darker(p.main, 0.25))


def _waffled(scene: Scene, size: float) -> None:
    c, p = scene.canvas, scene.palette
    for i in range(-4, 5):
        for angle in (45, 135):
            c.line(
                turned([(i * size * 0.27, -2 * size), (i * size * 0.27, 2 * size)], angle),
                max(4, size * 0.06),
                mix(p.main, p.second, 0.65),
            )
    c.line(ellipse(0, 0, size * 0.97), size * 0.1, darker(p.main, 0.15))


def _grained(scene: Scene, size: float) -> None:
    c, p, chance = scene.canvas, scene.palette, scene.chance
    for i in range(16):
        x, y = chance.between(f"bean x {i}", -1, 1) * size, chance.between(f"bean y {i}", -0.7, 0.7) * size
        c.fill(ellipse(x, y, size * 0.15, size * 0.1), mix(p.main, p.second, 0.45 if i % 2 else 0.2))


def _bubbled(scene: Scene, size: float) -> None:
    c, p = scene.canvas, scene.palette
    for i in range(12):
        x, y = spread(i, 12, size * 0.8)
        c.fill(
            ellipse(x, y, size * (0.08 + 0.05 * (i % 3))), lighter(p.main, 0.5) if i % 3 else mix(p.main, p.second, 0.6)
        )


def _belted(scene: Scene, size: float) -> None:
    c, p, chance = scene.canvas, scene.palette, scene.chance
    c.fill(box(-size * 0.42, size * 0.12, size * 0.42, size * 1.2), p.second)
    for i in range(14):
        x, y = chance.between(f"rice x {i}", -0.7, 0.7) * size, chance.between(f"rice y {i}", -0.7, 0.7) * size
        if y < 0:
            c.fill(leaf(x, y, size * 0.16, size * 0.07, 170 * chance.unit(f"rice t {i}")), darker(p.main, 0.1))


def _disc(size: float) -> Outline:
    return ellipse(0, 0, size, size * 0.95)


def _wafer(size: float) -> Outline:
    return smooth([polar(size * (1.08 if j % 2 else 0.9), 30 * j) for j in range(12)])


def _roll(size: float) -> Outline:
    return rounded(-size * 1.2, -size * 0.52, size * 1.2, size * 0.52, size)


def _triangle(size: float) -> Outline:
    """With blunted corners."""
    corners = star(0, 0, size * 1.2, size * 0.6, 3)
    near = [*corners[1:], corners[0]]
    return smooth(
        [(x * 0.96 + 0.04 * px, y * 0.96 + 0.04 * py) for (x, y), (px, py) in zip(corners, near, strict=True)]
    )


def _sausage(size: float) -> Outline:
    side = [(-1.2, -0.36), (0.0, -0.5), (1.2, -0.36), (1.3, 0.0), (1.2, 0.2), (0.0, 0.1), (-1.2, 0.2), (-1.3, 0.0)]
    return smooth([(size * x, size * y) for x, y in side])


def _slab(size: float) -> Outline:
    return rounded(-size * 0.95, -size * 0.7, size * 0.95, size * 0.7, size * 0.16)


def _half(size: float) -> Outline:
    return ellipse(0, size * 0.4, size * 1.1, size * 1.15, 180, 360)


# Form: its outline for a size, and what is drawn on it.
_PIECES: dict[str, tuple[Callable[[float], Outline], Callable[[Scene, float], None]]] = {
    "rolls": (_roll, _wrapped),
    "round": (_disc, _scored),
    "sausages": (_sausage, _scored),
    "slabs": (_slab, _grained),
    "slices": (_half, _scored),
    "triangles": (_triangle, _belted),
    "wafers": (_wafer, _bubbled),
    "waffles": (_disc, _waffled),
}


def _fish_and_sticks(scene: Scene, radius: float) -> None:
    c, p, chance = scene.canvas, scene.palette, scene.chance
    for i in range(26):
        x, y = radius * chance.between(f"stick x {i}", -0.75, 0.6), radius * chance.between(f"stick y {i}", 0.1, 0.8)
        with c.placed(x, y, 1, chance.between(f"stick t {i}", -60, 60)):
            c.fill(rounded(-50, -9, 56, 15, 4), SHADE, 0.2)
            c.solid(rounded(-54, -13, 54, 11, 4), mix(p.main, (248, 214, 120), 0.3 + 0.2 * (i % 3)), 5)
    for i in range(min(scene.count or 1, 3)):
        with c.placed(-10 + 20 * i, -radius * (0.5 - 0.34 * i), radius / 210, -9 + 8 * i):
            fish = smooth([(-180, 0), (-100, -58), (40, -62), (130, -18), (206, -60), (196, 0), (210, 56),
                           (130, 18), (40, 58), (-100, 54)])  # fmt: skip
            c.fill(moved(fish, 8, 13), SHADE, 0.28)
            c.solid(fish, p.main, 18)
            for j in range(15):
                x, y = chance.between(f"crumb x {i} {j}", -130, 110), chance.between(f"crumb y {i} {j}", -40, 40)
                c.fill(ellipse(x, y, 9, 5), (darker(p.main, 0.2), lighter(p.main, 0.35))[j % 2])
    c.fill(ellipse(radius * 0.72, -radius * 0.2, 58), (122, 168, 92))
    for i in range(12):
        x, y = spread(i, 12, 46)
        c.fill(ellipse(radius * 0.72 + x, -radius * 0.2 + y, 12), (142, 190, 104) if i % 2 else (104, 152, 80))
    wedge(scene, -radius * 0.7, -radius * 0.3, 40)
