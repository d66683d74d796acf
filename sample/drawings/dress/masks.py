"""Masks: abstract faces with openings for eyes and mouth."""

from __future__ import annotations

import math

from sample.drawings import ornaments
from sample.drawings.backdrops import stage
from sample.drawings.canvas import Canvas
from sample.drawings.chance import Chance
from sample.drawings.palette import CREAM, INK, SHADE, Colour, darker, lighter
from sample.drawings.scene import Scene
from sample.drawings.shapes import Outline, ellipse, leaf, moved, rounded, smooth, turned, turned_on_a_lathe


def mask(scene: Scene) -> None:
    """`count` abstract masks, crowned with plumes, rays, discs or a crest."""
    c, chance = scene.canvas, scene.chance
    stage(scene)
    num = scene.number(1, 1, 3)
    for i in range(num):
        x, size = 480 + (i - (num - 1) / 2) * 860 / max(num, 2), (1.16, 0.86, 0.66)[num - 1]
        with scene.placed(x, 375 + (30 if i % 2 else 0), size, tilt=3):
            _mask(Scene(c, scene.palette if i % 2 == 0 else scene.palette.swapped(), Chance(chance.key + i), None))


def _mask(scene: Scene) -> None:
    c, p, chance = scene.canvas, scene.palette, scene.chance
    form = chance.pick("form", ["oval", "shield", "round", "long"])
    outline: Outline = {"oval": turned_on_a_lathe(0, [(60, -205), (150, -160), (178, -20), (128, 140), (10, 232)]),
                        "shield": turned_on_a_lathe(0, [(150, -190), (180, -120), (172, 20), (110, 160),
                                                        (6, 245)]), "round": ellipse(0, 10, 205, 200),
                        "long": turned_on_a_lathe(0, [(70, -235), (128, -190), (138, 0), (104, 190),
                                                      (8, 268)])}[form]  # fmt: skip
    _crown(scene, chance.whole("plumes", 5, 9))
    c.fill(moved(outline, 18, 22), SHADE, 0.22)
    c.solid(outline, darker(p.second, 0.05), 26)
    inner = [(x * 0.9, y * 0.92) for x, y in outline]
    c.solid(inner, p.main, 30)
    with c.clipped(inner):
        for i in range(chance.whole("brow bands", 1, 3)):
            y = -188 + 30 * i
            ornaments.band(
                c,
                (-190, y, 190, y + 26),
                ("triangles", "dots", "zigzag", "diamonds")[(i + chance.whole("brow", 0, 3)) % 4],
                (p.accent, p.second, darker(p.main, 0.2)),
            )
        for side in (-1, 1):
            _cheek(scene, side)
    _features(c, scene)


def _crown(scene: Scene, num: int) -> None:
    c, p, chance = scene.canvas, scene.palette, scene.chance
    form = chance.pick("crown", ["plumes", "rays", "crest", "discs"])
    if form == "crest":
        c.solid(ellipse(0, -70, 236, 250, 180, 360), p.second, 20)
        for radius, colour in ((212, p.accent), (196, p.second), (150, darker(p.main, 0.15))):
            c.fill(ellipse(0, -70, radius, radius * 1.06, 180, 360), colour)
    for i in range(num):
        share = i / max(1, num - 1) - 0.5
        angle = -90 + 150 * share
        colour = (p.accent, p.second, lighter(p.main, 0.2))[i % 3]
        x, y = 120 * math.cos(math.radians(angle)), -60 + 110 * math.sin(math.radians(angle))
        if form == "plumes":
            length = 210 - 60 * abs(share)
            c.fill(leaf(x, y, length, 460 / max(num, 5), angle), colour)
            c.line(
                [
                    (x, y),
                    (
                        x + length * 0.9 * math.cos(math.radians(angle)),
                        y + length * 0.9 * math.sin(math.radians(angle)),
                    ),
                ],
                4,
                darker(colour, 0.3),
            )
        elif form == "crest":
            c.fill(ellipse(1.45 * x, 1.45 * (y + 60) - 66, 15), (p.accent, lighter(p.main, 0.3))[i % 2])
        elif form == "rays":
            with c.placed(x, y, 1, angle):
                c.fill([(0, -34), (180, 0), (0, 34)], colour)
        else:
            with c.placed(x, y - 40, 1, angle):
                c.line([(0, 0), (110, 0)], 10, darker(p.second, 0.3))
                c.solid(ellipse(124, 0, 30), colour, 10)


def _cheek(scene: Scene, side: int) -> None:
    c, p, chance = scene.canvas, scene.palette, scene.chance
    form = chance.pick("cheek", ["spiral", "stripes", "dots", "leaves"])
    x, y = side * 98, 66
    if form == "spiral":
        path = [
            (x + side * (6 + 3.4 * t) * math.cos(t * 0.7), y + (6 + 3.4 * t) * math.sin(t * 0.7)) for t in range(14)
        ]
        c.line(smooth(path, closed=False, num=4), 8, p.accent)
    elif form == "stripes":
        for i in range(4):
            c.line(
                [(x - side * 36, y - 20 + 26 * i), (x + side * 70, y - 50 + 26 * i)],
                10,
                p.second if i % 2 else p.accent,
            )
    elif form == "dots":
        for i in range(9):
            c.fill(ellipse(x + 30 * (i % 3 - 1), y + 30 * (i // 3 - 1), 9), p.accent if i % 2 else p.second)
    else:
        for i in range(4):
            c.fill(leaf(x - side * 20, y + 50, 90, 28, -90 + side * (i * 28 - 20)), (p.accent, p.second)[i % 2])


def _features(c: Canvas, scene: Scene) -> None:
    """Openings for eyes and mouth, as plain geometry."""
    p, chance = scene.palette, scene.chance
    hole: Colour = darker(INK, 0.2)
    eyes = chance.pick("eyes", ["almond", "round", "slit", "crescent"])
    for side in (-1, 1):
        x, y = side * 74, -52
        if eyes == "almond":
            c.fill(leaf(x - 62, y, 124, 84, 0), p.accent)
            c.fill(leaf(x - 48, y, 96, 50, 0), hole)
        elif eyes == "round":
            c.fill(ellipse(x, y, 42), p.accent)
            c.fill(ellipse(x, y, 32), p.second)
            c.fill(ellipse(x, y, 22), hole)
        elif eyes == "slit":
            c.fill(leaf(x - 58, y, 116, 44, 0), p.second)
            c.fill(leaf(x - 50, y, 100, 26, 0), hole)
        else:
            c.line(ellipse(x, y - 22, 42, 34, 15, 165, 20), 17, hole)
        c.line(
            smooth([(x - 56, y - 46 - side * 4), (x, y - 66), (x + 56, y - 46 + side * 4)], closed=False), 12, p.second
        )
    c.solid([(-12, -70), (12, -70), (28, 62), (0, 80), (-28, 62)], lighter(p.main, 0.12), 12)
    mouth = chance.pick("mouth", ["round", "curve", "slot"])
    if mouth == "round":
        c.fill(ellipse(0, 138, 38, 30), p.accent)
        c.fill(ellipse(0, 138, 28, 20), hole)
    elif mouth == "curve":
        c.line(ellipse(0, 104, 62, 38, 20, 160, 20), 13, hole)
    else:
        c.fill(rounded(-52, 122, 52, 152, 15), p.second)
        c.fill(rounded(-44, 129, 44, 145, 8), hole)


def half_mask(scene: Scene) -> None:
    """`count` masks for the eyes, on sticks, with plumes and gems."""
    c, p, chance = scene.canvas, scene.palette, scene.chance
    stage(scene)
    num = scene.number(1, 2, 3)
    for i in range(num):
        x, size = 480 + (i - (num - 1) / 2) * 860 / max(num, 2), (1.2, 0.8, 0.62)[num - 1]
        with scene.placed(x, 400, size), c.placed(0, 0, 1, chance.between(f"lean {i}", -9, 9)):
            c.line([(262, 20), (290, 320)], 13, darker(p.accent, 0.25))
            for j in range(4):
                c.line([(264 + 7 * j, 60 + 70 * j), (280 + 7 * j, 70 + 70 * j)], 9, CREAM)
            num_plumes = chance.whole(f"plumes {i}", 5, 7)
            for j in range(num_plumes):
                angle = -150 + 88 * j / (num_plumes - 1)
                tone = (p.second, p.accent, lighter(p.second, 0.4))[j % 3]
                c.fill(leaf(30, -60, 260 - 24 * abs(j - num_plumes / 2), 66, angle), tone)
                c.line([(30, -60), turned([(30 + 200, -60)], angle, 30, -60)[0]], 4, darker(tone, 0.25))
            half = [(0, -70), (60, -96), (170, -122), (292, -150), (280, -50), (240, 60), (150, 104), (70, 90),
                    (30, 40), (0, 20)]  # fmt: skip
            outline = smooth([*half, *[(-px, py) for px, py in reversed(half[1:-1])]])
            c.fill(moved(outline, 16, 20), SHADE, 0.22)
            c.solid(outline, p.main, 20)
            for side in (-1, 1):
                eye = smooth([(side * 62, -2), (side * 120, -46), (side * 206, -44), (side * 196, 6), (side * 120, 34)])
                c.line([*eye, eye[0]], 17, p.second)
                c.line([*eye, eye[0]], 5, p.accent)
                c.fill(eye, darker(INK, 0.2))
                for j in range(4):
                    c.fill(ellipse(side * (90 + 46 * j), 74 - 22 * j, 9), (p.accent, p.second)[j % 2])
                curl = smooth([(side * 150, -84), (side * 220, -110), (side * 250, -86), (side * 226, -74)],
                              closed=False)  # fmt: skip
                c.line(curl, 8, p.second)
            ornaments.rosette(c, 0, -56, 38, 8, (p.accent, p.second))
