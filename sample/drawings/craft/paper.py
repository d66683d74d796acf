"""Paper, folded or cut."""

from __future__ import annotations

import math

from sample.drawings import ornaments
from sample.drawings.canvas import Canvas
from sample.drawings.palette import CREAM, SHADE, Colour, darker, distance, lighter
from sample.drawings.scene import Scene
from sample.drawings.shapes import Outline, box, diamond, ellipse, leaf, moved, star, turned
from sample.drawings.tabletop import tabletop


def papercut(scene: Scene) -> None:
    """A sheet cut in `count`-fold symmetry."""
    c, p, chance = scene.canvas, scene.palette, scene.chance
    wall = p.second if distance(p.second, p.main) > 60 else lighter(p.main, 0.8)
    c.fill(box(c.left, c.top, c.right, c.bottom), wall)
    for side in (-1, 1):
        x = 480 + side * 415
        ornaments.field(
            c,
            (x - 45, c.top, x + 45, c.bottom),
            chance.pick("border", sorted(ornaments.FIGURES)),
            (lighter(p.main, 0.55), wall, darker(wall, 0.08)),
            72,
        )
    fold = scene.number(6, 10, 16)
    with scene.placed(480, 360):
        sheets: list[Outline] = [
            ellipse(0, 0, 318, num=90),
            box(-296, -296, 296, 296),
            star(0, 0, 330, 296, 2 * fold),
            star(0, 0, 336, 270, fold),
        ]
        sheet = chance.pick("sheet", sheets)
        c.fill(moved(sheet, 10, 16), SHADE, 0.22)
        c.fill(sheet, p.main)
        for ring, radius in enumerate((254, 188, 126)):
            form = chance.pick(f"ring {ring}", ["leaves", "hearts", "drops", "diamonds", "moons", "stars"])
            for i in range(fold):
                angle = 360 * (i + 0.5 * (ring % 2)) / fold
                with c.placed(0, 0, 1, angle):
                    _cut(c, form, radius, 2 * math.pi * radius / fold, wall)
        c.fill(ellipse(0, 0, 84), wall)
        ornaments.rosette(c, 0, 0, 80, fold, (p.main, wall))
        for i in range(2 * fold):
            angle = math.radians(180 * i / fold)
            c.fill(ellipse(228 * math.cos(angle), 228 * math.sin(angle), 6), wall)
            c.fill(ellipse(322 * math.cos(angle), 322 * math.sin(angle), 17), wall)
            c.fill(ellipse(291 * math.cos(angle), 291 * math.sin(angle), 5), wall)


def _cut(c: Canvas, form: str, x: float, room: float, wall: Colour) -> None:
    """One opening at a distance of x from the middle, with so much room around."""
    size = min(40.0, room * 0.42)
    if form == "leaves":
        for angle in (-50, 0, 50):
            c.fill(leaf(x - 22, 0, size * 1.7, size * 0.6, angle), wall)
    elif form == "hearts":
        for side in (-1, 1):
            c.fill(ellipse(x + size * 0.3, side * size * 0.42, size * 0.52), wall)
        c.fill([(x + size * 0.5, -size * 0.88), (x + size * 0.5, size * 0.88), (x - size, 0)], wall)
    elif form == "drops":
        c.fill(leaf(x - size, 0, size * 2.1, size * 1.2, 0), wall)
    elif form == "diamonds":
        c.fill(diamond(x, 0, size, size * 0.8), wall)
    elif form == "moons":
        c.fill(
            [
                *ellipse(x, 0, size, size, -90, 90, 20),
                *ellipse(x - size * 0.1, 0, size * 0.55, size * 0.9, 90, -90, 20),
            ],
            wall,
        )
    else:
        c.fill(star(x, 0, size, size * 0.42, 5, 0), wall)


def origami(scene: Scene) -> None:
    """`count` folded cranes, boats or pinwheels."""
    c, p, chance = scene.canvas, scene.palette, scene.chance
    tabletop(scene)
    num = scene.number(1, 3, 6)
    form = chance.pick("form", ["crane", "crane", "pinwheel", "boat"])
    for i in range(num):
        x = 480 + (i - (num - 1) / 2) * 760 / max(num, 2)
        y = 380 + (90 if i % 2 else -60) * (num > 1)
        with c.placed(x, y, (1.5, 0.98, 0.86, 0.72, 0.62, 0.54)[num - 1], chance.between(f"turn {i}", -14, 14)):
            colour = p.trio[i % 3] if num > 1 else p.main
            _FOLDS[form](c, colour, p.second if colour == p.main else CREAM)


def _crane(c: Canvas, colour: Colour, other: Colour) -> None:
    dark, pale = darker(colour, 0.25), lighter(colour, 0.25)
    c.fill([(-190, 150), (210, 150), (60, 96), (-60, 96)], SHADE, 0.22)
    c.fill([(0, 120), (-60, 40), (-230, -110), (-196, -50)], dark)
    c.fill([(-60, 40), (-230, -110), (-262, -74), (-214, -84)], colour)
    c.fill([(0, 120), (60, 40), (236, -120)], darker(colour, 0.12))
    c.fill([(0, 120), (90, 70), (236, -120)], dark)
    c.fill([(-20, 60), (40, 40), (112, -210)], dark)
    c.fill([(-84, 46), (84, 46), (0, 124)], colour)
    c.fill([(0, 46), (84, 46), (0, 124)], darker(colour, 0.12))
    c.fill([(-84, 46), (30, 46), (-96, -220)], pale)
    c.fill([(-30, 46), (30, 46), (-96, -220)], colour)
    c.fill([(-84, 46), (-58, 46), (-96, -220)], other)


def _pinwheel(c: Canvas, colour: Colour, other: Colour) -> None:
    c.line([(0, 0), (0, 260)], 10, darker(other, 0.5))
    for i in range(4):
        blade = turned([(0, 0), (0, -190), (96, -96)], 90 * i)
        c.fill(moved(blade, 10, 14), SHADE, 0.18)
        c.fill(blade, colour)
        c.fill(turned([(0, 0), (0, -190), (-60, -96)], 90 * i), other)
        c.fill(turned([(0, 0), (96, -96), (58, -38)], 90 * i), darker(colour, 0.25))
    c.fill(ellipse(0, 0, 17), CREAM)


def _paper_boat(c: Canvas, colour: Colour, other: Colour) -> None:
    c.fill(ellipse(10, 130, 250, 22), SHADE, 0.22)
    c.fill([(0, -170), (110, 40), (-110, 40)], other)
    c.fill([(0, -170), (110, 40), (0, 40)], darker(other, 0.14))
    c.fill([(-250, -20), (-110, 40), (110, 40), (250, -20), (150, 120), (-150, 120)], colour)
    c.fill([(0, 40), (110, 40), (250, -20), (150, 120), (60, 120)], darker(colour, 0.18))
    c.fill([(-250, -20), (-110, 40), (-150, 120)], lighter(colour, 0.2))


_FOLDS = {"boat": _paper_boat, "crane": _crane, "pinwheel": _pinwheel}
