"""Boats, gardens, caves."""

from __future__ import annotations

import math

from sample.drawings import ornaments
from sample.drawings.landscapes import land, shore
from sample.drawings.palette import CREAM, GOLD, LEAF, STONE, WOOD, darker, lighter, mix
from sample.drawings.scene import Scene
from sample.drawings.shapes import Outline, box, diamond, ellipse, moved, rounded, smooth, taper

_SAILS: dict[str, Outline] = {
    "battened": [(-96, -40), (-120, -330), (20, -400), (130, -330), (116, -40)],
    "lateen": smooth([(-140, -60), (-90, -250), (60, -420), (130, -180), (120, -40), (0, -24)]),
    "square": smooth(
        [(-118, -370), (0, -382), (118, -370), (150, -200), (124, -50), (0, -76), (-124, -50), (-150, -200)]
    ),
}


def boat(scene: Scene) -> None:
    """A boat with `count` sails."""
    c, p, chance = scene.canvas, scene.palette, scene.chance
    shore(scene)
    num = scene.number(1, 3, 4)
    form = chance.pick("sail", sorted(_SAILS))
    with scene.placed(480, 606, 1.04, tilt=3):
        c.fill(ellipse(0, 18, 330, 22), (20, 30, 50), 0.3)
        hull = smooth([(-318, -130), (-250, -66), (-100, -52), (120, -54), (270, -84), (350, -150), (300, -30),
                       (190, 24), (-190, 24), (-286, -40)])  # fmt: skip
        for i in range(num):
            x = (0.0 if num == 1 else -190 + 380 * i / (num - 1)) - 10
            size = (1.2, 0.94, 0.84, 0.72)[num - 1] * (1.0 if i != num - 1 or num == 1 else 0.86)
            with c.placed(x, -56, size):
                c.line([(0, 0), (0, -400)], 11, WOOD)
                sail = _SAILS[form]
                c.solid(sail, p.second if i % 2 == 0 else lighter(p.second, 0.3), 24)
                with c.clipped(sail):
                    if form == "battened":
                        for j in range(6):
                            c.line([(-140, -70 - 58 * j), (150, -90 - 58 * j)], 6, darker(p.second, 0.25))
                    elif form == "square":
                        for j in (-90, -30, 30, 90):
                            c.fill(box(j - 14, -400, j + 14, 0), mix(p.second, p.main, 0.6))
                        ornaments.rosette(c, 0, -220, 66, 8, (p.accent, p.main))
                    else:
                        for j in range(4):
                            c.line([(-150, -60 - 80 * j), (150, -120 - 90 * j)], 4, darker(p.second, 0.16))
                        c.fill(diamond(16, -190, 46, 66), p.accent)
                if form == "lateen":
                    c.line([(-150, -50), (66, -430)], 9, WOOD)
                c.fill([(2, -400), (54, -418), (2, -436)], p.accent)
        c.solid(hull, p.main, 22)
        with c.clipped(hull):
            for dy, colour in ((0, p.accent), (26, lighter(p.main, 0.25))):
                path = smooth([(-318, -100 + dy), (-100, -30 + dy), (130, -32 + dy), (350, -120 + dy)], closed=False)
                c.line(path, 11, colour)
        for i in range(6):
            c.fill(ellipse(-150 + 60 * i, -18, 8), darker(p.main, 0.5))
    for i in range(7):
        x, y = chance.between(f"wave x {i}", 60, 900), chance.between(f"wave y {i}", 618, 700)
        c.line(ellipse(x, y, 34, 12, 190, 350, 16), 5, CREAM)


def garden(scene: Scene) -> None:
    """A pond with a bridge, stones, blossom and `count` lanterns."""
    c, p, chance = scene.canvas, scene.palette, scene.chance
    land(scene)
    num = scene.number(1, 3, 4)
    green = mix(LEAF, p.second, 0.15)
    c.fill([(c.left, 520), *smooth([(c.left, 520), (200, 500), (480, 530), (760, 500), (c.right, 524)],
                                   closed=False), (c.right, c.bottom), (c.left, c.bottom)], green)  # fmt: skip
    pond = smooth([(120, 610), (260, 560), (480, 575), (720, 552), (880, 620), (760, 690), (480, 704), (230, 690)])
    c.fill(moved(pond, 0, -7), darker(green, 0.3))
    c.fill(pond, (112, 164, 170))
    with c.clipped(pond):
        for i in range(20):
            x, y = chance.between(f"ripple x {i}", 120, 860), chance.between(f"ripple y {i}", 570, 700)
            c.fill(rounded(x, y, x + 60, y + 4, 2), (176, 208, 204), 0.8)
        for i in range(7):
            x, y = chance.between(f"lily x {i}", 200, 800), chance.between(f"lily y {i}", 600, 680)
            c.fill(ellipse(x, y, 28, 10, 20, 340), darker(LEAF, 0.1))
            if i % 2:
                ornaments.rosette(c, x, y - 7, 15, 6, (p.accent, CREAM))
    with scene.placed(chance.pick("bridge", [400, 480, 560]), 610):
        top = ellipse(0, 60, 230, 136, 205, 335, 30)
        c.fill([*top, *ellipse(0, 84, 200, 122, 335, 205, 30)], darker(p.main, 0.2))
        c.line(top, 15, p.main)
        c.line(moved(top, 0, -52), 9, p.main)
        for x, y in top[::4]:
            c.line([(x, y), (x, y - 54)], 8, darker(p.main, 0.1))
            c.fill(ellipse(x, y - 58, 8), p.accent)
    for side in (-1, 1):
        x = 480 + side * chance.between(f"tree {side}", 300, 380)
        trunk = smooth([(x, 570), (x + side * 20, 460), (x - side * 14, 380), (x + side * 40, 290)], closed=False)
        c.line(trunk, 21, WOOD)
        c.line(smooth([trunk[14], (x - side * 60, 360), (x - side * 110, 330)], closed=False), 12, WOOD)
        bloom = (p.second, p.accent)[side > 0]
        for i in range(9):
            bx, by = (
                x + chance.between(f"bloom x {side} {i}", -130, 130),
                chance.between(f"bloom y {side} {i}", 190, 340),
            )
            c.solid(ellipse(bx, by, chance.between(f"bloom {side} {i}", 38, 62)), lighter(bloom, 0.15 * (i % 3)), 12)
    for i in range(num):
        x = 480 + (i - (num - 1) / 2) * 250 + 40
        with c.placed(x, 596 + 74 * (i % 2), 0.8):
            c.solid(taper(0, -60, 2, 12, 22), STONE, 8)
            c.solid(box(-30, -104, 30, -60), lighter(STONE, 0.2), 8)
            c.fill(box(-14, -96, 14, -68), (252, 214, 130))
            c.solid([(-50, -102), (50, -102), (16, -134), (-16, -134)], darker(STONE, 0.15), 8)
            c.solid(ellipse(0, -140, 9), STONE, 3)
    for i in range(16):
        x, y = chance.between(f"flower x {i}", c.left, c.right), chance.between(f"flower y {i}", 520, 556)
        ornaments.rosette(c, x, y, 11, 5, (p.trio[i % 3], GOLD))


def cave(scene: Scene) -> None:
    """Out of a cave into the light, over water; drawings on the walls where `count` is given."""
    c, p, chance = scene.canvas, scene.palette, scene.chance
    shore(scene)
    tones = [mix(p.main, (30, 22, 44), share) for share in (0.25, 0.45, 0.62, 0.78)]
    for i, tone in enumerate(tones):
        rx, ry = 330 + 74 * i, 235 + 62 * i
        hole = [
            (
                480 + chance.between(f"rock {i} {j}", 0.82, 1.08) * rx * math.cos(math.radians(15 * j)),
                350 + chance.between(f"rock y {i} {j}", 0.84, 1.08) * ry * math.sin(math.radians(15 * j)),
            )
            for j in range(24)
        ]
        rim = smooth(hole, num=4)
        for start in range(0, len(rim), 4):
            piece = rim[start : start + 5] if start + 4 < len(rim) else [*rim[start:], rim[0]]
            far = [(480 + (x - 480) * 5, 350 + (y - 350) * 5) for x, y in reversed(piece)]
            c.fill([*piece, *far], tone)
    for i in range(15):
        x = c.left + (c.right - c.left) * (i + 0.5) / 15
        long = chance.between(f"drip {i}", 40, 190) * (0.5 + abs(x - 480) / 480)
        c.solid([(x - 24, c.top - 4), (x + 26, c.top - 4), (x + 3, c.top + long)], tones[2 + i % 2], 6)
    for i in range(9):
        x = 480 + (i - 4) * 124
        c.solid(smooth([(x - 60, 740), (x - 24, 690 - chance.between(f"mound {i}", 0, 50)), (x + 30, 700),
                        (x + 66, 740)]), tones[3], 6)  # fmt: skip
    for i in range(min(scene.count or 0, 9)):
        x, y = 70 + 820 * (i % 2) + chance.between(f"sign x {i}", -40, 40), 200 + 52 * i
        c.line(ellipse(x, y, 22, 22, 0, 300), 6, lighter(p.second, 0.2))
        c.line([(x - 20, y + 30), (x + 24, y + 26)], 6, lighter(p.accent, 0.2))
