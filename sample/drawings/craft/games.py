"""Board games and kites."""

from __future__ import annotations

import math

from sample.drawings import ornaments
from sample.drawings.backdrops import table
from sample.drawings.canvas import Canvas
from sample.drawings.landscapes import land
from sample.drawings.palette import CREAM, SHADE, Colour, brightness, darker, lighter
from sample.drawings.scene import Scene
from sample.drawings.shapes import diamond, ellipse, leaf, rounded, smooth, turned_on_a_lathe


def boardgame(scene: Scene, checked: bool = True) -> None:
    """A board of `count` squares a side with pieces on it, or with lines and stones."""
    c, p, chance = scene.canvas, scene.palette, scene.chance
    table(scene)
    num = scene.number(6, 9, 13)
    with scene.placed(480, 372, 1, 0):
        top, bottom, far, near = -170.0, 205.0, 240.0, 375.0
        c.fill([(-far - 20, top), (far + 44, top), (near + 72, bottom + 76), (-near - 20, bottom + 76)], SHADE, 0.24)
        c.solid([(-near - 42, bottom + 22), (near + 42, bottom + 22), (near + 36, bottom + 62),
                 (-near - 36, bottom + 62)], darker(p.main, 0.4), 8)  # fmt: skip
        c.fill([(-far - 26, top - 18), (far + 26, top - 18), (near + 42, bottom + 24), (-near - 42, bottom + 24)],
               darker(p.main, 0.2))  # fmt: skip
        ornamented = [(-far - 10, top - 8), (far + 10, top - 8), (near + 20, bottom + 10), (-near - 20, bottom + 10)]
        c.fill(ornamented, p.accent)
        c.fill([(-far, top), (far, top), (near, bottom), (-near, bottom)], p.main)

        def at(column: float, row: float) -> tuple[float, float]:
            depth = (row / num) ** 1.18
            half = far + (near - far) * depth
            return (-half + 2 * half * column / num, top + (bottom - top) * depth)

        pale = lighter(p.main, 0.6) if brightness(p.main) < 130 else darker(p.main, 0.4)
        for row in range(num):
            for column in range(num):
                square = [at(column, row), at(column + 1, row), at(column + 1, row + 1), at(column, row + 1)]
                if checked and (row + column) % 2:
                    c.fill(square, pale)
                elif not checked:
                    c.line([*square, square[0]], 3, darker(p.main, 0.45))
        for row in range(num):
            for column in range(num):
                if not chance.chosen(f"piece {row} {column}", 0.3):
                    continue
                x, y = at(column + 0.5, row + 0.55)
                size = (0.62 + 0.42 * row / num) * min(1.0, 8.5 / num)
                light = chance.chosen(f"side {row} {column}", 0.5)
                with c.placed(x, y, size):
                    _piece(c, CREAM if light else p.second, flat=not checked)


def _piece(c: Canvas, colour: Colour, flat: bool) -> None:
    c.fill(ellipse(7, 6, 34, 14), SHADE, 0.3)
    if flat:
        c.solid(ellipse(0, -8, 32, 20), colour, 8)
        return
    c.solid(turned_on_a_lathe(0, [(9, -62), (12, -40), (27, -6)], bulge=8), colour, 9)
    c.solid(ellipse(0, -70, 19), colour if brightness(colour) > 60 else lighter(colour, 0.2), 7)


def kite(scene: Scene) -> None:
    """`count` kites in the wind."""
    c, p, chance = scene.canvas, scene.palette, scene.chance
    land(scene)
    num = scene.number(1, 3, 6)
    form = chance.pick("form", ["diamond", "bird", "round", "box"])
    for i in range(num):
        x = 480 + (i - (num - 1) / 2) * 760 / max(num, 2) + chance.between(f"kite x {i}", -30, 30)
        y = (210 if num == 1 else 180 + 130 * (i % 2)) + chance.between(f"kite y {i}", -30, 30)
        c.line(smooth([(x, y), (x + 40, y + 170), (x - 30, 560), (470, 760)], closed=False), 2.5, darker(p.ground, 0.5))
        with c.placed(x, y, 1.05 if num == 1 else 2.3 / (num + 0.6), chance.between(f"kite turn {i}", -20, 20)):
            colours = p.trio[i % 3 :] + p.trio[: i % 3]
            tail = smooth([(0, 130), (40, 190), (-20, 250), (30, 320), (-10, 380)], closed=False)
            c.line(tail, 5, colours[1])
            for j in range(4, len(tail), 8):
                tx, ty = tail[j]
                for side in (-1, 1):
                    c.fill([(tx, ty), (tx + side * 26, ty - 13), (tx + side * 26, ty + 13)], colours[j // 8 % 3])
            _kite(scene, form, colours)


def _kite(scene: Scene, form: str, colours: tuple[Colour, ...]) -> None:
    c = scene.canvas
    one, two, three = colours
    if form == "diamond":
        c.solid([(0, -150), (116, -34), (0, 140), (-116, -34)], one, 0)
        c.fill([(0, -150), (116, -34), (0, -34)], two)
        c.fill([(0, 140), (-116, -34), (0, -34)], three)
        ornaments.rosette(c, 0, -34, 36, 8, (CREAM, one))
    elif form == "bird":
        for side in (-1, 1):
            wing = smooth([(0, -60), (side * 110, -130), (side * 230, -70), (side * 170, -40), (side * 130, 16),
                           (side * 60, 10), (0, 50)])  # fmt: skip
            c.solid(wing, one, 12)
            for i in range(4):
                c.fill(
                    leaf(side * 40, -30, 120 - 14 * i, 20, (0 if side > 0 else 180) + side * (i * 22 - 30)),
                    (two, three)[i % 2],
                )
        c.solid(smooth([(0, -120), (34, -40), (24, 80), (54, 150), (0, 130), (-54, 150), (-24, 80), (-34, -40)]),
                two, 10)  # fmt: skip
        c.fill(diamond(0, 0, 17, 40), three)
    elif form == "round":
        for radius, colour in ((130, one), (100, two), (74, three), (46, one)):
            c.solid(ellipse(0, 0, radius), colour, 8)
        for i in range(12):
            angle = math.radians(30 * i)
            c.fill(ellipse(115 * math.cos(angle), 115 * math.sin(angle), 9), CREAM)
        ornaments.rosette(c, 0, 0, 40, 8, (CREAM, two))
    else:
        c.solid(rounded(-100, -130, 100, 130, 16), one, 10)
        for i in range(4):
            ornaments.band(
                c,
                (-90, -118 + 62 * i, 90, -74 + 62 * i),
                ("waves", "diamonds", "scallops", "rosettes")[i],
                (two, three, one),
            )
