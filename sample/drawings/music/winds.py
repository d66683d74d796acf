"""Pipes and horns."""

from __future__ import annotations

import math

from sample.drawings import ornaments
from sample.drawings.backdrops import stage, table
from sample.drawings.canvas import Canvas
from sample.drawings.palette import CREAM, SHADE, WOOD, darker, lighter, mix
from sample.drawings.scene import Scene
from sample.drawings.shapes import box, diamond, ellipse, moved, rounded, smooth, star, taper


def flute(scene: Scene, pipes: bool = False) -> None:
    """A pipe with `count` holes, or as many pipes side by side."""
    c, p, chance = scene.canvas, scene.palette, scene.chance
    stage(scene)
    num = scene.number(5, 8, 14)
    if pipes:
        _pan_flute(scene, num)
        return
    tilt = chance.between("lean", -40, -6)
    with scene.placed(470, 350), c.placed(0, 0, 1.08, tilt):
        radius = chance.between("thick", 30, 38)
        bell = chance.between("bell", 1.0, 2.1)
        pipe = [(-390, -radius * 0.8), (180, -radius), (350, -radius * bell), (390, -radius * bell * 1.1)]
        outline = pipe + [(x, -y) for x, y in reversed(pipe)]
        c.fill(moved(outline, 26, 46), SHADE, 0.2)
        c.solid(outline, p.main, 0)
        with c.clipped(outline):
            c.fill(box(-400, radius * 0.25, 400, radius * 3), darker(p.main, 0.22))
            c.fill(box(-400, -radius * 0.62, 400, -radius * 0.36), lighter(p.main, 0.4))
            for x, width in ((-390.0, 60), (-285.0, 20), (-225.0, 12), (250.0, 30), (345.0, 60)):
                c.fill(box(x, -120, x + width, 120), p.second)
                c.fill(box(x + 4, -120, x + 8, 120), p.accent)
                c.fill(box(x + width - 8, -120, x + width - 4, 120), p.accent)
                c.fill(box(x, radius * 0.25, x + width, radius * 3), darker(p.second, 0.3), 0.5)
        gap = 400 / num
        for i in range(num):
            c.fill(ellipse(-185 + gap * (i + 0.5), -2, min(13, gap * 0.3)), darker(p.main, 0.75))
            c.fill(ellipse(-185 + gap * (i + 0.5), 2, min(10, gap * 0.24)), darker(p.main, 0.6))
        _tassel(c, scene, -275, radius - 4, -tilt)
    with scene.placed(480, 350):
        for i in range(5):
            x, y = chance.between(f"note x {i}", -380, 380), chance.between(f"note y {i}", -290, -190)
            c.fill(star(x, y, 17, 6, 4), p.accent)


def _tassel(c: Canvas, scene: Scene, x: float, y: float, angle: float) -> None:
    p = scene.palette
    with c.placed(x, y, 1, angle):
        c.line(smooth([(0, 0), (14, 46), (-6, 90), (4, 118)], closed=False), 6, p.accent)
        c.solid(ellipse(4, 124, 17), p.second, 8)
        for i in range(-3, 4):
            c.line([(4 + i * 4, 138), (4 + i * 8, 226)], 6, p.accent if i % 2 else darker(p.accent, 0.2))


def _pan_flute(scene: Scene, num: int) -> None:
    c, p, chance = scene.canvas, scene.palette, scene.chance
    with scene.placed(480, 105, 1.2, tilt=9):
        width = 560 / num
        for i in range(num):
            x = -280 + width * i
            long = 420 - 250 * i / max(1, num - 1)
            c.fill(rounded(x + 20, 16, x + width + 14, long + 16, width / 2), SHADE, 0.2)
            c.solid(rounded(x, 0, x + width - 4, long, width / 2), mix(p.main, CREAM, 0.1 * (i % 2)), width * 0.3)
            c.fill(ellipse(x + width / 2 - 2, 8, width * 0.42, 9), darker(p.main, 0.6))
        for y, height in ((66, 58), (138, 16)):
            ornaments.band(
                c,
                (-292, y, 290, y + height),
                chance.pick("figure", ["zigzag", "diamonds", "steps", "triangles"]),
                (p.accent, p.main, p.second),
            )


def bagpipe(scene: Scene) -> None:
    """A bag with a chanter and `count` drones."""
    c, p, chance = scene.canvas, scene.palette, scene.chance
    stage(scene)
    num = scene.number(1, 3, 4)
    dark = darker(WOOD, 0.55)
    with scene.placed(480, 440, 1.08, tilt=3):
        for i in range(num):
            angle = 31 * (i - (num - 1) / 2) + 12
            long = 250 + 34 * (i % 2)
            with c.placed(10 + 62 * (i - (num - 1) / 2), -92, 1, angle):
                c.solid(box(-12, -long, 12, 10), dark, 8)
                for y in (-long * 0.34, -long * 0.7):
                    c.solid(rounded(-17, y - 14, 17, y + 14, 5), CREAM, 6)
                c.solid([(-14, -long + 60), (14, -long + 60), (24, -long), (-24, -long)], dark, 9)
                c.solid(rounded(-25, -long - 12, 25, -long + 6, 5), CREAM, 7)
                c.line(smooth([(-70, -long * 0.5), (0, -long * 0.44), (70, -long * 0.5)], closed=False), 7, p.accent)
        c.line(smooth([(-140, -40), (-220, -120), (-270, -220)], closed=False), 19, dark)
        c.line([(-270, -220), (-284, -250)], 12, CREAM)
        with c.placed(190, 40, 1, -28):
            c.solid(taper(0, -10, 240, 12, 19), dark, 7)
            for i in range(7):
                c.fill(ellipse(0, 50 + 24 * i, 5), CREAM)
            c.solid([(-19, 236), (19, 236), (34, 262), (-34, 262)], CREAM, 8)
        bag = smooth([(-190, -40), (-150, -110), (0, -130), (130, -80), (216, 20), (196, 66), (110, 76), (20, 150),
                      (-110, 156), (-200, 80)])  # fmt: skip
        c.fill(moved(bag, 20, 24), SHADE, 0.2)
        c.solid(bag, p.main, 0)
        with c.clipped(bag):
            with c.placed(0, 0, 1, chance.between("weave", 20, 60)):
                for i in range(-5, 6):
                    for wide, colour, dx in ((22, p.second, 0), (5, p.accent, 30)):
                        x = i * 66 + dx
                        c.fill(box(x - wide / 2, -400, x + wide / 2, 400), colour, 0.55)
                        c.fill(box(-400, x - wide / 2, 400, x + wide / 2), colour, 0.55)
            c.fill(moved(bag, 60, 130), darker(p.main, 0.6), 0.32)
        for spot in bag[3:51:4]:
            c.fill(ellipse(*spot, 7), p.accent)
        for x, y in ((-150, 150), (30, 156)):
            c.line([(x, y - 10), (x, y + 40)], 5, p.second)
            for i in range(-2, 3):
                c.line([(x, y + 40), (x + 7 * i, y + 92)], 5, p.accent if i % 2 else p.second)


def shofar(scene: Scene) -> None:
    """A ram's horn on a cloth."""
    c, p = scene.canvas, scene.palette
    table(scene)
    with scene.placed(480, 420, 1.14, tilt=6):
        middle = smooth([(-330, 70), (-230, 84), (-110, 80), (20, 40), (130, -40), (200, -140), (290, -170)],
                        closed=False)  # fmt: skip
        num = len(middle) - 1
        upper, lower = [], []
        for i, (x, y) in enumerate(middle):
            ahead, behind = middle[min(i + 1, num)], middle[max(i - 1, 0)]
            angle = math.atan2(ahead[1] - behind[1], ahead[0] - behind[0])
            half = 15 + 62 * (i / num) ** 1.5
            upper.append((x + half * math.sin(angle), y - half * math.cos(angle)))
            lower.append((x - half * math.sin(angle), y + half * math.cos(angle)))
        horn = [*upper, *lower[::-1]]
        c.fill(moved(horn, 14, 40), SHADE, 0.24)
        c.solid(horn, p.main, 22)
        with c.clipped(horn):
            for i in range(4, num, 3):
                c.line([upper[i], middle[i], lower[i]], 5, mix(p.main, p.second, 0.4))
            c.line([(x, y + 34) for x, y in middle], 26, darker(p.main, 0.3))
            c.line([(x - 6, y - 16) for x, y in middle[6:]], 9, lighter(p.main, 0.4))
        mouth = smooth(
            [upper[-1], (upper[-1][0] + 26, upper[-1][1] + 40), lower[-1], (lower[-1][0] - 24, lower[-1][1] - 44)]
        )
        c.fill(mouth, lighter(p.second, 0.2))
        c.fill(
            [
                ((x - middle[-1][0]) * 0.72 + middle[-1][0], (y - middle[-1][1]) * 0.72 + middle[-1][1])
                for x, y in mouth
            ],
            darker(p.main, 0.6),
        )
        c.solid(ellipse(-336, 70, 16, 21), p.accent, 5)
        for i in (14, 20):
            c.line([upper[i], lower[i]], 13, p.accent)
        tassel = smooth([lower[17], (-40, 150), (-70, 190)], closed=False)
        c.line(tassel, 5, p.accent)
        for i in range(-2, 3):
            c.line([(-70, 190), (-70 + 8 * i, 240)], 5, p.accent)


def long_horn(scene: Scene) -> None:
    """A wooden horn as long as the room, wound with bands."""
    c, p, chance = scene.canvas, scene.palette, scene.chance
    stage(scene)
    with scene.placed(480, 350), c.placed(0, 0, 1.04, chance.between("lean", -26, -12)):
        bend = chance.between("bend", 0, 60)
        middle = smooth([(-430, 60), (-200, 44), (60, 20), (280, 0), (390, -bend)], closed=False)
        num = len(middle) - 1
        upper = [(x, y - 9 - 17 * (i / num) - 40 * (i / num) ** 9) for i, (x, y) in enumerate(middle)]
        lower = [(x, y + 9 + 17 * (i / num) + 40 * (i / num) ** 9) for i, (x, y) in enumerate(middle)]
        horn = [*upper, *lower[::-1]]
        c.fill(moved(horn, 20, 50), SHADE, 0.2)
        c.solid(horn, p.main, 0)
        with c.clipped(horn):
            c.line([(x, y + 16) for x, y in middle], 17, darker(p.main, 0.25))
            c.line([(x, y - 10) for x, y in middle], 6, lighter(p.main, 0.4))
            for i in range(3, num, 4):
                c.line([(upper[i][0] - 8, upper[i][1] - 10), (lower[i][0] + 8, lower[i][1] + 10)], 9, p.second)
                c.line([(upper[i][0] + 8, upper[i][1] - 10), (lower[i][0] + 24, lower[i][1] + 10)], 4, p.accent)
        c.fill(ellipse(middle[-1][0] + 2, middle[-1][1], 17, 66), lighter(p.main, 0.2))
        c.fill(ellipse(middle[-1][0] + 5, middle[-1][1], 11, 54), darker(p.main, 0.65))
        c.solid(rounded(-456, 46, -418, 76, 8), darker(p.second, 0.3), 6)
        strap = smooth([lower[8], (-160, 170), (20, 200), lower[24]], closed=False)
        c.line(strap, 11, p.accent)
        for i in range(2, len(strap) - 1, 3):
            c.fill(diamond(*strap[i], 9, 9), p.second)
