"""Woven things."""

from __future__ import annotations

import math

from sample.drawings import ornaments
from sample.drawings.backdrops import stage, table
from sample.drawings.palette import LEAF, SHADE, WOOD, darker, lighter, mix
from sample.drawings.scene import Scene
from sample.drawings.shapes import box, ellipse, leaf, rounded, star, turned_on_a_lathe


def textile(scene: Scene, carpet: bool = False) -> None:
    """A cloth that hangs from a rod, with `count` broad bands, or a carpet with a medallion."""
    c, p, chance = scene.canvas, scene.palette, scene.chance
    stage(scene)
    num = scene.number(3, 6, 9)
    with scene.placed(480, 66):
        half, long = chance.between("wide", 290, 370), chance.between("long", 490, 545)
        c.fill(box(-half + 18, 10, half + 22, long + 18), SHADE, 0.2)
        c.line([(-half - 60, 0), (half + 60, 0)], 17, WOOD)
        for side in (-1, 1):
            c.solid(ellipse(side * (half + 62), 0, 20), p.accent, 7)
        cloth = box(-half, -8, half, long)
        fringe = darker(p.second, 0.08)
        for i in range(46):
            x = -half + 2 * half * (i + 0.5) / 46
            c.line(
                [(x, long - 4), (x + chance.between(f"fringe {i}", -4, 4), long + 34)], 5, fringe if i % 2 else p.accent
            )
        with c.clipped(cloth):
            c.fill(cloth, p.main)
            if carpet:
                _carpet(scene, half, long)
            else:
                heights = [0.3, *[share for i in range(num) for share in (chance.between(f"band {i}", 1.0, 1.7), 0.3)]]
                ornaments.bands(c, (-half, -8, half, long), chance, "textile", (p.second, p.accent, p.main), heights)
            for i in range(5):
                x = -half + 2 * half * (i + 0.5) / 5
                c.fill(box(x, -8, x + half / 6, long), SHADE, 0.07)
            c.fill(box(-half, -8, half, 14), SHADE, 0.16)


def _carpet(scene: Scene, half: float, long: float) -> None:
    c, p, chance = scene.canvas, scene.palette, scene.chance
    names = sorted(ornaments.FIGURES, key=lambda name: chance.unit(f"carpet {name}"))
    dark = darker(p.main, 0.3)
    c.fill(box(-half, -8, half, long), p.second)
    inset = 14.0
    for name, width, colours in (
        (names[0], 44.0, (p.accent, p.main, dark)),
        (names[1], 26.0, (p.main, p.accent, p.second)),
    ):
        area = (-half + inset, inset, half - inset, long - inset)
        ornaments.band(c, (area[0], area[1], area[2], area[1] + width), name, colours)
        ornaments.band(c, (area[0], area[3] - width, area[2], area[3]), name, colours)
        for x in (area[0] + width, area[2]):
            with c.placed(x, area[1], 1, 90):
                ornaments.band(c, (0, 0, area[3] - area[1], width), name, colours)
        inset += width + 5
    inner = box(-half + inset, inset, half - inset, long - inset)
    with c.clipped(inner):
        c.fill(inner, p.main)
        middle = long / 2
        if chance.chosen("medallion", 0.6):
            ornaments.field(c, (-half, 0, half, long), "crosses", (mix(p.main, p.second, 0.35), p.main, p.main), 44)
            for size, colour in ((1.0, p.second), (0.86, dark), (0.6, p.accent), (0.4, p.second)):
                c.fill(star(0, middle, half * 0.62 * size, half * 0.5 * size, 10), colour)
            ornaments.rosette(c, 0, middle, half * 0.2, 8, (p.main, p.accent))
            for x in (-half + inset, half - inset):
                for y in (inset, long - inset):
                    c.fill(star(x, y, 82, 66, 10), p.second)
                    c.fill(star(x, y, 62, 50, 10), p.accent)
        else:
            ornaments.field(
                c, (-half, inset, half, long - inset), names[2], (p.second, p.accent, p.main), (long - 2 * inset) / 4
            )


def basket(scene: Scene) -> None:
    """A woven basket with `count` fruits."""
    c, p, chance = scene.canvas, scene.palette, scene.chance
    table(scene)
    num = scene.number(3, 7, 9)
    with scene.placed(480, 622, 1.2):
        half, tall = chance.between("wide", 185, 225), chance.between("tall", 190, 245)
        c.fill(ellipse(18, 2, half * 1.1, 30), SHADE, 0.24)
        handled = chance.chosen("handle", 0.55)
        if handled:
            hoop = ellipse(0, -tall, half * 0.86, 205, 180, 360, 40)
            c.line(hoop, 24, darker(p.main, 0.3))
            for i in range(0, 40, 3):
                c.line([hoop[i], hoop[i + 1]], 24, lighter(p.main, 0.1))
        c.fill(ellipse(0, -tall, half, 44), darker(p.main, 0.55))
        for i in range(num):
            x, y = (i - (num - 1) / 2) * 1.35 * half / max(num, 3), -tall - 24 - (26 if i % 2 else 0)
            colour = (p.accent, p.second, mix(p.accent, LEAF, 0.7))[i % 3]
            c.solid(ellipse(x, y, 54, 52), colour, 16)
            c.fill(leaf(x, y - 48, 40, 18, -50), LEAF)
        body = turned_on_a_lathe(0, [(half, -tall), (half * 1.04, -tall * 0.6), (half * 0.76, -4)], bulge=20)
        c.solid(body, p.main, 0)
        with c.clipped(body):
            rows = 9
            step = (tall + 24) / rows
            for row in range(rows):
                y = -tall + row * step
                for column in range(-8, 9):
                    x = (column + 0.5 * (row % 2)) * 56
                    colour = (lighter(p.main, 0.16), darker(p.main, 0.1))[(column + row) % 2]
                    if chance.chosen("coloured rows", 0.7) and row in (2, 5):
                        colour = (p.accent, p.second)[column % 2]
                    c.solid(rounded(x - 27, y + 2, x + 27, y + step - 2, 10), colour, 5)
            c.fill(box(half * 0.5, -tall, half * 2, 40), darker(p.main, 0.6), 0.22)
        rim = [*ellipse(0, -tall + 14, half + 12, 40, 0, 180), *ellipse(0, -tall - 12, half + 12, 40, 180, 0)]
        c.fill(rim, darker(p.main, 0.12))
        for i in range(25):
            angle = math.radians(5 + 170 * i / 24)
            x, y = (half + 10) * math.cos(angle), -tall + 40 * math.sin(angle)
            c.line([(x - 8, y - 12), (x + 8, y + 12)], 7, lighter(p.main, 0.25))
