"""Bridges."""

from __future__ import annotations

from sample.drawings.landscapes import shore
from sample.drawings.palette import CREAM, LEAF, STONE, darker, lighter, mix
from sample.drawings.scene import Scene
from sample.drawings.shapes import box, ellipse, rounded, smooth, taper


def bridge(scene: Scene) -> None:
    """`count` arches over water."""
    c, p, chance = scene.canvas, scene.palette, scene.chance
    shore(scene)
    num = scene.number(1, 5, 9)
    rise = chance.between("rise", 0, 90) if num > 1 else 110
    deck_y = chance.between("deck", 395, 430)

    def deck(x: float) -> float:
        return deck_y - rise * (1 - ((x - 480) / 560) ** 2)

    top = [(float(x), deck(x)) for x in range(-200, 1161, 20)]
    for side in (-1, 1):
        bank = smooth([(480 + side * 430, 720), (480 + side * 400, 590), (480 + side * 470, 530),
                       (480 + side * 700, 500), (480 + side * 800, 760)])  # fmt: skip
        c.fill(bank, mix(LEAF, STONE, 0.3))
    c.fill([*top, (1160, 560), (-200, 560)], p.main)
    c.fill([(x, y + 34) for x, y in top] + [(x, y + 46) for x, y in reversed(top)], darker(p.main, 0.2))
    step = 860 / num
    spread = chance.between("pier", 0.76, 0.86)
    for i in range(num):
        x = 50 + step * (i + 0.5)
        half = step * spread / 2
        peak = min(half * 1.0, 560 - deck(x) - 64)
        opening = [
            (x + half, 562),
            *ellipse(x, 560 - max(0.0, 560 - deck(x) - 64 - peak) * 0.6, half, peak, 360, 180, 32),
            (x - half, 562),
        ]
        c.fill([(x + (px - x) * 1.09, py - 9 if py < 560 else py) for px, py in opening], lighter(p.main, 0.3))
        with c.clipped(opening):
            c.fill(opening, mix((150, 190, 196), scene.palette.ground, 0.3))
            c.fill(box(x - half, 500, x + half, 570), mix((86, 140, 150), scene.palette.ground, 0.25))
            c.fill(ellipse(x - 12, 560, half * 0.98, peak * 1.0, 0, 360), darker(p.main, 0.4), 0.35)
    for i in range(num + 1):
        x = 50 + step * i
        c.solid([(x - 26, 566), (x + 26, 566), (x + 17, 500), (x - 17, 500)], p.second, 10)
    c.fill(box(c.left, 560, c.right, 566), darker(p.main, 0.5), 0.4)
    for x, y in top[::2]:
        c.fill(box(x - 5, y - 34, x + 5, y), lighter(p.main, 0.2))
    c.line([(x, y - 34) for x, y in top], 9, p.second)
    if chance.chosen("lamps", 0.5):
        for i in range(1, num + 1):
            x = 50 + step * (i - 0.5)
            c.line([(x, deck(x) - 30), (x, deck(x) - 104)], 6, darker(p.second, 0.4))
            c.fill(ellipse(x, deck(x) - 112, 15), p.accent)
    else:
        for side in (-1, 1):
            x = 480 + side * 300
            c.solid(box(x - 28, deck(x) - 130, x + 28, deck(x) + 30), p.main, 10)
            c.solid([(x - 38, deck(x) - 128), (x + 38, deck(x) - 128), (x, deck(x) - 190)], p.second, 10)


def truss_bridge(scene: Scene) -> None:
    """`count` diamonds of steel that carry a line over water."""
    c, p, chance = scene.canvas, scene.palette, scene.chance
    shore(scene)
    num = scene.number(2, 3, 4)
    deck, high = 430.0, chance.between("high", 150, 190)
    step = 1060 / num
    with c.placed(480, 0):
        for i in range(num):
            x = (i - (num - 1) / 2) * step
            for side in (-1, 1):
                end = x + side * step * 0.46
                c.solid(taper(x + side * 18, 560, 600, 18, 26), STONE, 8)
                c.line([(x + side * 12, deck - high), (x + side * 30, 566)], 19, p.main)
                c.line([(x + side * 12, deck - high), (end, deck - 14)], 13, p.main)
                c.line(
                    smooth([(x + side * 30, 556), (x + side * step * 0.26, deck + 70), (end, deck + 8)], closed=False),
                    17,
                    darker(p.main, 0.15),
                )
                for share in (0.25, 0.5, 0.75):
                    top = (x + side * (12 + (step * 0.46 - 12) * share), deck - high + (high - 14) * share)
                    foot = (x + side * (30 + (step * 0.46 - 30) * (share - 0.2)), deck + 120 * (1 - share) ** 1.6 + 12)
                    c.line([top, foot], 6, lighter(p.main, 0.15))
                    c.line([top, (x + side * step * 0.46 * min(share + 0.25, 1), deck)], 5, darker(p.main, 0.2))
            for y in (deck - high + 40, deck - high * 0.4, deck + 60):
                c.line([(x - 28, y), (x + 28, y + 30)], 6, p.main)
                c.line([(x + 28, y), (x - 28, y + 30)], 6, p.main)
        c.fill(box(-800, deck - 10, 800, deck + 12), darker(p.main, 0.25))
        c.fill(box(-800, deck - 16, 800, deck - 10), p.second)
        train = chance.between("train", -380, 60)
        for i in range(4):
            c.solid(rounded(train + 96 * i, deck - 50, train + 88 + 96 * i, deck - 12, 8), p.accent, 6)
            for j in range(3):
                c.fill(box(train + 12 + 26 * j + 96 * i, deck - 42, train + 28 + 26 * j + 96 * i, deck - 28), CREAM)
        for i in range(num):
            x = (i - (num - 1) / 2) * step
            c.fill(box(x - 60, 598, x + 60, 606), (30, 40, 60), 0.4)
