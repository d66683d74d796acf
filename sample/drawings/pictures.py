"""Pictures within pictures: what a scroll, a frame or a page shows."""

from __future__ import annotations

import math

from sample.drawings import ornaments
from sample.drawings.palette import CREAM, GOLD, INK, LEAF, Colour, darker, lighter, mix
from sample.drawings.scene import Scene
from sample.drawings.shapes import box, ellipse, leaf, smooth, star, turned_on_a_lathe


def landscape(scene: Scene, x0: float, y0: float, x1: float, y1: float) -> None:
    """Hills, a sun and a tree."""
    c, p, chance = scene.canvas, scene.palette, scene.chance
    wide, high = x1 - x0, y1 - y0
    sun = x0 + wide * chance.between("painted sun", 0.2, 0.8)
    c.fill(ellipse(sun, y0 + high * 0.24, min(wide, high) * 0.11), p.accent)
    tones = (mix(p.second, CREAM, 0.5), mix(p.main, p.second, 0.5), darker(p.main, 0.1), darker(p.main, 0.4))
    sharp = chance.chosen("painted peaks", 0.5)
    for i, tone in enumerate(tones):
        level = y0 + high * (0.4 + 0.16 * i)
        points = [
            (x0 + wide * j / 6, level + high * chance.between(f"painted {i} {j}", -0.13, 0.1)) for j in range(-1, 8)
        ]
        ridge = points if sharp and i < 2 else smooth(points, closed=False)
        c.fill([*ridge, (x1 + wide, y1), (x0 - wide, y1)], tone)
    trunk = x0 + wide * chance.pick("painted tree", [0.16, 0.84])
    path = smooth([(trunk, y1), (trunk + 12, y1 - high * 0.3), (trunk - 16, y1 - high * 0.5),
                   (trunk + 20, y1 - high * 0.66)], closed=False)  # fmt: skip
    c.line(path, 11, INK)
    for i in range(6):
        x, y = path[8 + 3 * i]
        reach = chance.between(f"painted crown {i}", -46, 46)
        c.fill(ellipse(x + reach, y, 50, 20), (LEAF, darker(LEAF, 0.25), p.accent)[i % 3])


def forms(scene: Scene, x0: float, y0: float, x1: float, y1: float) -> None:
    """Discs, boxes and lines."""
    c, p, chance = scene.canvas, scene.palette, scene.chance
    c.fill(box(x0, y0, x1, y1), CREAM)
    for i in range(11):
        x, y = chance.between(f"form x {i}", x0, x1), chance.between(f"form y {i}", y0, y1)
        size = chance.between(f"form size {i}", 40, 130)
        colour = (p.main, p.second, p.accent, INK)[i % 4]
        kind = chance.pick(f"form {i}", ["disc", "box", "triangle", "half", "line"])
        if kind == "disc":
            c.fill(ellipse(x, y, size), colour, 0.9)
        elif kind == "box":
            c.fill(box(x - size, y - size / 2, x + size, y + size / 2), colour, 0.9)
        elif kind == "triangle":
            c.fill(star(x, y, size, size / 2, 3, chance.between(f"form turn {i}", 0, 120)), colour)
        elif kind == "half":
            start = chance.between(f"form turn {i}", 0, 360)
            c.fill(ellipse(x, y, size, size, start, start + 180), colour)
        else:
            c.line([(x - size, y - size), (x + size, y + size)], 9, INK)


def flowers(scene: Scene, x0: float, y0: float, x1: float, y1: float) -> None:
    """A vase of flowers."""
    c, p, chance = scene.canvas, scene.palette, scene.chance
    size = min((x1 - x0) / 480, (y1 - y0) / 450)
    c.fill(box(x0, y1 - 90 * size, x1, y1), darker(p.second, 0.2))
    with c.placed((x0 + x1) / 2, y1 - 44 * size, size):
        for i in range(9):
            angle = -90 + (i - 4) * 19
            long = chance.between(f"stem {i}", 190, 285)
            x, y = long * math.cos(math.radians(angle)), long * math.sin(math.radians(angle)) - 80
            c.line([(0, -90), (x, y)], 6, darker(LEAF, 0.2))
            c.fill(leaf(x / 2, (y - 90) / 2, 62, 24, angle + 40), LEAF)
            ornaments.rosette(
                c, x, y, chance.between(f"flower {i}", 34, 54), 7, (p.trio[i % 2 * 2], GOLD if i % 3 else CREAM)
            )
        c.solid(turned_on_a_lathe(0, [(40, -126), (34, -100), (80, -50), (50, 0)], bulge=8), p.main, 18)


def emblem(scene: Scene, x0: float, y0: float, x1: float, y1: float) -> None:
    """A star around a flower."""
    c, p, chance = scene.canvas, scene.palette, scene.chance
    x, y = (x0 + x1) / 2, (y0 + y1) / 2
    num = chance.whole("emblem", 6, 12)
    for size, colour in ((120, p.main), (100, p.accent), (80, CREAM)):
        c.fill(star(x, y, size, size * 0.8, num), colour)
    ornaments.rosette(c, x, y, 66, num, (p.main, p.accent))


def people(scene: Scene, x0: float, y0: float, x1: float, y1: float) -> None:
    """One figure to the waist before a view, or `count` in a dark room; silhouettes without faces."""
    c, p, chance = scene.canvas, scene.palette, scene.chance
    wide, high = x1 - x0, y1 - y0
    num = min(scene.count or 1, 16)
    if num == 1:
        landscape(scene, x0, y0, x1, y1)
        with c.placed((x0 + x1) / 2, y1, high / 450):
            _sitter(scene, darker(p.main, 0.35), p.accent)
        return
    c.fade_within((x0, y0, x1, y1), (darker(p.main, 0.3), mix(p.main, p.second, 0.35), darker(p.main, 0.45)))
    beam = x0 + wide * chance.between("beam", 0.1, 0.5)
    c.fill([(beam, y0), (beam + wide * 0.16, y0), (beam + wide * 0.6, y1), (beam + wide * 0.14, y1)],
           lighter(p.second, 0.3), 0.22)  # fmt: skip
    for i in range(3):
        left = x0 + wide * (0.08 + 0.32 * i)
        c.fill(box(left, y0 + high * 0.08, left + wide * 0.2, y0 + high * 0.3), mix(p.main, p.second, 0.22))
    rows = sorted(range(num), key=lambda i: -(i % 3))
    for i in rows:
        x = x0 + wide * (i + 0.5) / num
        depth = i % 3
        size = high / 560 * (1.0 - 0.14 * depth) * min(1.0, 9 / num + 0.25)
        tone = mix(
            (darker(p.main, 0.5), mix(p.main, p.second, 0.75), mix(p.main, p.accent, 0.6))[
                (i + chance.whole("tones", 0, 2)) % 3
            ],
            darker(p.main, 0.3),
            0.2 * depth,
        )
        with c.placed(x, y1 - high * (0.02 + 0.07 * depth), size):
            _stander(scene, i, tone)


def _sitter(scene: Scene, dress: Colour, trim: Colour) -> None:
    c, p = scene.canvas, scene.palette
    tone = lighter(p.second, 0.25)
    c.fill(turned_on_a_lathe(0, [(34, -372), (76, -340), (86, -250), (100, -150)]), darker(dress, 0.4))
    c.solid(turned_on_a_lathe(0, [(38, -196), (120, -160), (176, -70), (190, 10)]), dress, 26)
    c.fill(ellipse(0, -186, 62, 40, 0, 180), tone)
    c.fill(box(-24, -250, 24, -180), darker(tone, 0.12))
    c.solid(turned_on_a_lathe(0, [(12, -348), (54, -318), (52, -264), (14, -222)]), tone, 12)
    c.line(ellipse(0, -186, 62, 40, 0, 180), 6, trim)
    c.line(smooth([(-150, -20), (-40, -46), (60, -30)], closed=False), 34, darker(dress, 0.2))
    c.line(smooth([(150, -16), (60, -60), (-30, -44)], closed=False), 34, lighter(dress, 0.08))
    c.fill(ellipse(-36, -42, 30, 15), tone)


def _stander(scene: Scene, number: int, tone: Colour) -> None:
    c, p, chance = scene.canvas, scene.palette, scene.chance
    form = chance.pick(f"stander {number}", ["gown", "coat", "cloak"])
    hem = {"gown": 120.0, "coat": 66.0, "cloak": 92.0}[form]
    c.solid(turned_on_a_lathe(0, [(26, -290), (58, -262), (46, -170), (hem, -4)]), tone, 14)
    c.fill(ellipse(0, -276, 36, 11), CREAM)
    c.fill(ellipse(0, -322, 27, 33), lighter(p.second, 0.2))
    if form == "gown":
        c.fill(ellipse(0, -338, 34, 30, 180, 360), darker(tone, 0.4))
    else:
        c.fill(ellipse(0, -346, 52, 11), darker(tone, 0.4))
        c.fill(ellipse(0, -350, 29, 26, 180, 360), darker(tone, 0.4))
        if chance.chosen(f"lance {number}", 0.5):
            c.line([(60, -60), (84, -440)], 6, lighter(tone, 0.3))
    c.line([(-40, -172), (40, -172)], 8, p.accent)
