"""Towers."""

from __future__ import annotations

import math

from sample.drawings import ornaments
from sample.drawings.buildings.masonry import flag, ground_shadow, window
from sample.drawings.landscapes import land, shore
from sample.drawings.palette import CREAM, GOLD, STONE, darker, lighter, mix
from sample.drawings.scene import Scene
from sample.drawings.shapes import box, ellipse, smooth, taper, turned_on_a_lathe


def tower(scene: Scene) -> None:
    """A tower of `count` storeys."""
    c, p, chance = scene.canvas, scene.palette, scene.chance
    land(scene)
    num = scene.number(3, 5, 8)
    top_form = chance.pick("top", ["spire", "battlements", "dome", "belfry"])
    square = chance.chosen("square", 0.5)
    with scene.placed(480, 632, 1.0):
        ground_shadow(c, 180)
        c.solid(box(-130, -30, 130, 3), darker(p.main, 0.12), 10)
        step, y = 400 / num, -30.0
        for i in range(num):
            half = 96 - 46 * i / num
            colour = (p.main, mix(p.main, p.second, 0.35))[i % 2]
            c.solid(taper(0, y - step, y, half - (0 if square else 5), half), colour, 20)
            with c.clipped(taper(0, y - step, y, half, half)):
                for j in range(5):
                    c.fill(
                        box(-half + 16 + 34 * j, y - step * 0.3, -half + 36 + 34 * j, y - step * 0.3 + 6),
                        darker(colour, 0.1),
                    )
                if chance.chosen(f"frieze {i}", 0.4):
                    ornaments.band(
                        c,
                        (-half, y - step + 12, half, y - step + 30),
                        chance.pick(f"frieze figure {i}", sorted(ornaments.FIGURES)),
                        (p.accent, p.second, colour),
                    )
            for x in (-half * 0.42, half * 0.42) if i < num - 1 and half > 60 else (0.0,):
                window(c, colour, x, 12, y - step * 0.2, y - step * 0.66)
            c.solid(box(-half - 8, y - step - 6, half + 8, y - step + 6), lighter(p.main, 0.2), 6)
            y -= step
        half = 52.0
        if top_form == "spire":
            c.solid([(-half - 12, y), (half + 12, y), (0, y - 130)], p.second, 18)
        elif top_form == "dome":
            c.solid(ellipse(0, y, half, 62, 180, 360), p.second, 16)
        elif top_form == "belfry":
            for x in (-34, 34):
                c.fill(box(x - 7, y - 60, x + 7, y), p.main)
            c.solid(turned_on_a_lathe(0, [(8, y - 50), (22, y - 30), (26, y - 14)]), GOLD, 8)
            c.solid([(-half - 6, y - 58), (half + 6, y - 58), (0, y - 116)], p.second, 14)
        else:
            c.solid(box(-half - 10, y - 26, half + 10, y), p.main, 12)
            for i in range(5):
                c.solid(box(-half - 10 + 27 * i, y - 48, -half + 8 + 27 * i, y - 24), p.main, 6)
        if top_form != "battlements":
            flag(c, 0, y - (130 if top_form == "spire" else 62 if top_form == "dome" else 116), p.accent)


def lattice_tower(scene: Scene) -> None:
    """An iron tower with `count` platforms."""
    c, p = scene.canvas, scene.palette
    land(scene)
    num = scene.number(2, 3, 4)
    dark = darker(p.main, 0.2)

    def half_at(y: float) -> float:
        return 12 + 190 * math.pow((y + 560) / 560, 2.4)

    with scene.placed(480, 634, 0.96):
        ground_shadow(c, 240)
        for side in (-1, 1):
            leg = [(side * half_at(-10 * i), -10.0 * i) for i in range(57)]
            inner = [(side * (half_at(-10 * i) - 16 - 40 * (1 - i / 56) ** 2), -10.0 * i) for i in range(40)]
            c.fill([*leg, *inner[::-1]], dark if side > 0 else p.main)
            for i in range(0, 39, 3):
                c.line([leg[i], inner[min(i + 3, 39)]], 4, lighter(p.main, 0.3))
                c.line([inner[i], leg[i + 3]], 4, lighter(p.main, 0.3))
        for i in range(40, 56, 2):
            a, b = half_at(-10 * i), half_at(-10 * (i + 2))
            c.line([(-a, -10 * i), (b, -10 * i - 20)], 4, dark)
            c.line([(a, -10 * i), (-b, -10 * i - 20)], 4, p.main)
        c.line(ellipse(0, -12, 128, 122, 180, 360), 15, p.main)
        c.line(ellipse(0, -12, 108, 102, 180, 360), 4, dark)
        for y in (-142.0, -268.0, -420.0, -500.0)[:num]:
            half = half_at(y) + 14
            c.solid(box(-half, y - 18, half, y), p.main, 10)
            c.fill(box(-half - 6, y - 25, half + 6, y - 17), p.second)
            for i in range(int(half / 9)):
                c.fill(box(-half + 6 + 18 * i, y - 14, -half + 14 + 18 * i, y - 4), dark)
        for side in (-1, 1):
            c.solid(box(side * 190 - 46, -16, side * 190 + 46, 3), STONE, 8)
        c.solid(box(-16, -584, 16, -552), p.second, 6)
        c.line([(0, -580), (0, -612)], 5, p.accent)


def lighthouse(scene: Scene) -> None:
    """A stepped beacon of `count` storeys by the sea."""
    c, p, chance = scene.canvas, scene.palette, scene.chance
    shore(scene)
    num = scene.number(2, 4, 5)
    with scene.placed(480, 600):
        rock = smooth([(-330, 60), (-250, 10), (-120, -14), (90, -18), (240, 6), (340, 64), (0, 96)])
        c.solid(rock, mix(STONE, p.main, 0.4), 24)
        y = -6.0
        c.solid(box(-210, y - 50, 210, y), darker(p.main, 0.1), 18)
        for i in range(9):
            c.solid(box(-210 + 48 * i, y - 66, -182 + 48 * i, y - 48), darker(p.main, 0.1), 6)
        y -= 50
        for i in range(num):
            half = 112 * (1 - 0.62 * i / num)
            high = 340 / num * (1.25 - 0.5 * i / num)
            c.solid(taper(0, y - high, y, half * 0.86, half), (p.main, lighter(p.main, 0.2))[i % 2], 24)
            for row in range(2):
                for j in (-1, 0, 1):
                    window(c, p.main, j * half * 0.45, 9, y - high * (0.2 + 0.4 * row), y - high * (0.4 + 0.4 * row))
            c.solid(box(-half * 0.98, y - high - 14, half * 0.98, y - high), p.second, 10)
            y -= high + 14
        for side in (-1, 1):
            beam = [(0, y - 24), (side * 700, y - 130), (side * 700, y + 60)]
            c.fill(beam, (255, 238, 180), 0.22)
        for x in (-26.0, 26.0):
            c.fill(box(x - 5, y - 46, x + 5, y), p.main)
        c.fill(ellipse(0, y - 22, 17, 21), (255, 226, 140))
        c.solid([(-44, y - 44), (44, y - 44), (0, y - 84)], p.second, 10)
    for i in range(5):
        x, y = chance.between(f"gull x {i}", 100, 860), chance.between(f"gull y {i}", 90, 330)
        c.line(smooth([(x - 15, y - 5), (x - 7, y - 10), (x, y), (x + 7, y - 10), (x + 15, y - 5)], closed=False),
               3, CREAM)  # fmt: skip
