"""Pyramids, obelisks, mounds, mountains."""

from __future__ import annotations

import math

from sample.drawings import ornaments
from sample.drawings.buildings.masonry import BASE_Y, ground_shadow, window
from sample.drawings.landscapes import land
from sample.drawings.palette import GOLD, LEAF, STONE, darker, lighter, mix
from sample.drawings.scene import Scene
from sample.drawings.shapes import arch, box, ellipse, rounded, smooth, taper


def pyramid(scene: Scene) -> None:
    """Smooth, or of `count` steps with a stair."""
    c, p, chance = scene.canvas, scene.palette, scene.chance
    land(scene)
    with scene.placed(480, BASE_Y, 1.06):
        if scene.count is None:
            for x, size in ((-330, 0.5), (310, 0.64), (-20, 1.0)):
                tall = 400 * size
                c.fill([(x, -tall), (x + tall * 0.86, 2), (x - tall * 0.86, 2)], p.main)
                c.fill([(x, -tall), (x + tall * 0.86, 2), (x + tall * 0.22, 2)], darker(p.main, 0.26))
                for i in range(1, 9):
                    y = -tall * (1 - i / 9)
                    reach = tall * 0.86 * i / 9
                    c.line([(x - reach, y), (x + tall * 0.22 * i / 9, y)], 2.5, darker(p.main, 0.12))
                c.fill([(x, -tall), (x + tall * 0.2, -tall * 0.77), (x + tall * 0.05, -tall * 0.72),
                        (x - tall * 0.2, -tall * 0.77)], p.second)  # fmt: skip
            return
        ground_shadow(c, 400)
        num = min(scene.count, 9)
        high = chance.between("high", 300, 345) / num
        for i in range(num):
            half = 370 - 260 * i / num
            c.solid(
                taper(0, -high * (i + 1), -high * i + 2, half - 22, half),
                (p.main, mix(p.main, p.second, 0.3))[i % 2],
                30,
            )
            c.fill(box(-half + 20, -high * (i + 1), half - 20, -high * (i + 1) + 7), lighter(p.main, 0.3))
        top = -high * num
        c.solid(taper(0, top, 2, 46, 78), lighter(p.second, 0.05), 12)
        for i in range(18):
            y = top * i / 18
            c.fill(box(-77 + i * 1.7, y - 4, 66 - i * 1.7, y), darker(p.second, 0.2))
        c.solid(box(-84, top - 66, 84, top), p.main, 14)
        c.solid(box(-96, top - 90, 96, top - 64), p.second, 10)
        window(c, p.main, 0, 22, top, top - 52)
        ornaments.band(c, (-96, top - 86, 82, top - 70), "steps", (p.accent, p.main, p.second))


def obelisk(scene: Scene) -> None:
    """A tall monument that ends in a flame."""
    c, p = scene.canvas, scene.palette
    land(scene)
    with scene.placed(480, BASE_Y, 1.02):
        ground_shadow(c, 240)
        for i in range(3):
            c.solid(box(-240 + 40 * i, -22 * (i + 1), 240 - 40 * i, -22 * i + 3), lighter(p.main, 0.12 * i), 12)
        flare = smooth([(46, -150), (60, -118), (150, -96)], closed=False)
        c.solid([*flare, (120, -66), (-120, -66), *[(-x, y) for x, y in reversed(flare)]], p.main, 18)
        c.fill(box(-150, -100, 150, -90), p.second)
        c.solid(taper(0, -470, -140, 22, 50), lighter(p.main, 0.15), 18)
        for i in range(4):
            c.line([(-34 + i * 20, -160), (-16 + i * 10, -460)], 2.5, darker(p.main, 0.14))
        c.solid([(-26, -470), (26, -470), (44, -496), (-44, -496)], p.main, 8)
        flame = smooth([(-30, -496), (-38, -528), (-8, -560), (6, -590), (24, -552), (38, -524), (28, -496)])
        c.solid(flame, mix(p.accent, GOLD, 0.6), 12)
        for side in (-1, 1):
            for j in range(3):
                c.solid(ellipse(side * (230 + 70 * j), -12, 30, 24), darker(LEAF, 0.1 * j), 8)


def burial_mound(scene: Scene) -> None:
    """A grass mound with a stone front, a dark entrance and `count` great kerb stones."""
    c, p, chance = scene.canvas, scene.palette, scene.chance
    land(scene)
    num = scene.number(7, 11, 15)
    with scene.placed(480, BASE_Y, 1.04):
        ground_shadow(c, 400)
        grass = mix(LEAF, p.second, 0.35)
        mound = [(-430, 4), *smooth([(-420, -90), (-330, -190), (-160, -262), (0, -280), (160, -262), (330, -190),
                                     (420, -90)], closed=False), (430, 4)]  # fmt: skip
        c.solid(mound, grass, 50)
        with c.clipped(mound):
            for i in range(40):
                x, y = chance.between(f"tuft x {i}", -400, 400), chance.between(f"tuft y {i}", -260, -130)
                c.line([(x, y), (x + 6, y - 14)], 4, darker(grass, 0.14))
            wall = [(-430, 4), (-420, -104), (-150, -132), (150, -132), (420, -104), (430, 4)]
            c.fill(wall, lighter(p.main, 0.35))
            for i in range(150):
                x, y = chance.between(f"quartz x {i}", -424, 424), chance.between(f"quartz y {i}", -126, -8)
                c.fill(ellipse(x, y, 9, 7, num=10), (lighter(p.main, 0.7), darker(p.main, 0.12), p.main)[i % 3])
        c.fill(box(-54, -126, 54, 3), darker(p.main, 0.2))
        c.fill(box(-34, -96, 34, 3), darker(p.main, 0.75))
        c.solid(rounded(-72, -124, 72, -94, 8), p.main, 8)
        for x in (-50, 50):
            c.solid(rounded(x - 16, -98, x + 16, 3, 6), p.main, 8)
        for i in range(num):
            x = -400 + 800 * i / (num - 1) if num > 1 else 0.0
            if abs(x) < 70:
                continue
            half = 340 / num
            c.solid(smooth([(x - half, 6), (x - half * 0.9, -34), (x, -46), (x + half * 0.9, -32), (x + half, 6)]),
                    darker(p.main, 0.1), 10)  # fmt: skip
        stone = smooth([(-110, 34), (-104, -14), (0, -26), (104, -14), (110, 34)])
        c.solid(stone, lighter(p.main, 0.1), 14)
        for x in (-62, 0, 62):
            spiral = [(x + (3 + 1.7 * t) * math.cos(t * 0.8), 8 + (3 + 1.7 * t) * math.sin(t * 0.8)) for t in range(14)]
            c.line(smooth(spiral, closed=False, num=4), 4, darker(p.main, 0.45))


def mountain_monument(scene: Scene) -> None:
    """A sanctuary on a mountain with a stair; `count` terraces."""
    c, p, chance = scene.canvas, scene.palette, scene.chance
    land(scene)
    num = scene.number(3, 6, 8)
    peak = chance.between("peak", 400, 560)
    ridge = [(peak - 520, 720), (peak - 330, 470), (peak - 250, 440), (peak - 130, 250), (peak - 74, 226),
             (peak + 74, 226), (peak + 150, 290), (peak + 270, 440), (peak + 350, 480), (peak + 560, 720)]  # fmt: skip
    rock = smooth(ridge, closed=False)
    stone = mix(STONE, p.second, 0.4)
    c.solid(rock, stone, 60)
    with c.clipped(rock):
        for i in range(num):
            y = 320 + 300 * i / num
            c.fill(
                [
                    (peak - 700, y + 40),
                    *[(peak - 700 + 60 * j, y + chance.between(f"terrace {i} {j}", -12, 12)) for j in range(24)],
                    (peak + 700, y + 40),
                ],
                mix(stone, LEAF, 0.35 + 0.3 * (i % 2)),
                0.7,
            )
            c.fill(box(peak - 700, y + 34, peak + 700, y + 40), darker(stone, 0.25), 0.5)
        stair = [(peak - 13, 236), (peak + 13, 236), (peak + 64, 440), (peak - 10, 560), (peak + 70, 720),
                 (peak - 60, 720), (peak - 74, 560), (peak + 14, 440)]  # fmt: skip
        c.fill(stair, lighter(stone, 0.45))
        for i in range(24):
            c.fill(box(peak - 90, 250 + 19 * i, peak + 90, 253 + 19 * i), darker(stone, 0.2), 0.35)
    with c.placed(peak, 236, 0.92):
        c.solid(box(-96, -84, 96, 4), p.main, 14)
        for x in (-70.0, -24.0, 24.0, 70.0):
            c.fill(box(x - 7, -80, x + 7, 2), lighter(p.main, 0.3))
        c.fill(arch(-14, 14, 2, -58), darker(p.main, 0.6))
        c.solid([(-120, -82), (120, -82), (0, -150)], p.second, 14)
        c.line([(0, -150), (0, -196)], 5, p.accent)
        c.fill([(2, -196), (46, -184), (2, -170)], p.accent)
    for i in range(8):
        x = peak + (-1 if i % 2 else 1) * chance.between(f"pine {i}", 180, 420)
        with c.placed(x, 640 - chance.between(f"pine y {i}", 0, 50), chance.between(f"pine size {i}", 0.6, 1.0)):
            for j in range(3):
                c.solid(
                    [(0, -140 + 34 * j), (30 + 10 * j, -66 + 32 * j), (-30 - 10 * j, -66 + 32 * j)],
                    darker(LEAF, 0.25),
                    8,
                )
