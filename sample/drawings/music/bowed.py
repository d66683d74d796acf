"""Bowed instruments, and the musical bow."""

from __future__ import annotations

from sample.drawings import ornaments
from sample.drawings.backdrops import stage
from sample.drawings.palette import CREAM, INK, SHADE, WOOD, darker, lighter, mix
from sample.drawings.scene import Scene
from sample.drawings.shapes import box, ellipse, leaf, moved, smooth, taper, turned_on_a_lathe


def berimbau(scene: Scene) -> None:
    """A musical bow with a gourd, and a stick."""
    c, p, chance = scene.canvas, scene.palette, scene.chance
    stage(scene)
    with scene.placed(480, 352), c.placed(0, 0, 1.04, chance.between("lean", 24, 40)):
        bow = smooth([(-40, -330), (58, -240), (104, -60), (96, 120), (24, 320)], closed=False)
        c.line(moved(bow, 22, 26), 17, mix(p.ground, SHADE, 0.22))
        c.line(bow, 17, p.main)
        for i in range(2, len(bow), 6):
            c.fill(ellipse(*bow[i], 9), (p.accent, p.second)[i // 6 % 2])
        c.line([(-40, -326), (24, 316)], 4, darker(p.main, 0.6))
        c.fill(ellipse(74, 176, 108, 100), SHADE, 0.2)
        c.solid(ellipse(54, 156, 106, 98), p.second, 34)
        ornaments.rosette(c, 24, 146, 52, chance.whole("petals", 6, 10), (p.accent, p.main))
        c.solid(ellipse(-32, 168, 24, 52), darker(p.second, 0.5), 6)
        c.line([(20, 196), (96, 210)], 7, p.accent)
        c.line([(-250, -120), (-30, 30)], 9, mix(p.main, CREAM, 0.4))
        c.line([(-250, -120), (-214, -96)], 15, p.accent)
        c.solid(smooth([(-200, 140), (-150, 110), (-120, 160), (-150, 220), (-200, 210)]), mix(p.main, CREAM, 0.5), 10)
        c.line(ellipse(-160, 104, 30, 20, 180, 360), 7, p.accent)


def morin_khuur(scene: Scene) -> None:
    """A fiddle with two strings and a horse's head."""
    c, p, chance = scene.canvas, scene.palette, scene.chance
    stage(scene)
    with scene.placed(450, 470), c.placed(0, 0, 0.98, chance.between("lean", 6, 16)):
        body = [(-92, -120), (92, -120), (140, 138), (-140, 138)]
        c.fill(moved(body, 24, 16), SHADE, 0.2)
        c.line([(0, 138), (0, 164)], 13, darker(p.main, 0.4))
        c.solid(taper(0, -390, -110, 13, 17), darker(p.main, 0.3), 7)
        head = smooth([(-16, -372), (-26, -430), (-2, -476), (26, -500), (34, -524), (44, -498), (86, -462),
                       (112, -424), (98, -406), (60, -424), (36, -412), (24, -372)])  # fmt: skip
        mane = smooth([(-16, -372), (-44, -400), (-34, -446), (-6, -490), (30, -520), (18, -482), (-4, -450),
                       (-6, -400)])  # fmt: skip
        c.solid(head, lighter(p.main, 0.15), 10)
        c.fill(mane, p.accent)
        c.fill(ellipse(50, -462, 6), darker(p.main, 0.6))
        for side in (-1, 1):
            c.line([(0, -340 - 16 * side), (side * 66, -340 - 16 * side)], 11, p.second)
        c.solid(body, p.main, 20)
        inner = [(x * 0.86, y * 0.86 + 3) for x, y in body]
        c.fill(inner, mix(p.second, p.main, 0.2))
        with c.clipped(inner):
            name = chance.pick("figure", sorted(ornaments.FIGURES))
            for y in (-104, 92):
                ornaments.band(c, (-140, y, 140, y + 26), name, (p.accent, p.main, mix(p.second, p.main, 0.4)))
        for side in (-1, 1):
            hole = ellipse(side * 52, 0, 13, 38)
            c.fill(hole, darker(p.main, 0.6))
        c.solid([(-48, 66), (48, 66), (34, 48), (-34, 48)], darker(p.main, 0.4), 5)
        for x in (-7, 7):
            c.line([(x, -386), (x * 2.2, 58)], 4, CREAM)
        stick = smooth([(-270, -150), (-100, -76), (80, -40), (270, -36)], closed=False)
        c.line(moved(stick, 8, 16), 8, mix(p.second, SHADE, 0.3))
        c.line([(-262, -136), (262, -14)], 6, CREAM)
        c.line(stick, 10, p.accent)
        c.solid(box(244, -44, 280, -8), darker(p.main, 0.4), 5)


def fiddle(scene: Scene) -> None:
    """A bowed instrument with `count` strings, and its bow."""
    c, p, chance = scene.canvas, scene.palette, scene.chance
    stage(scene)
    strings = scene.number(3, 4, 8)
    x, y, lean = chance.pick("pose", [(430, 480, 28), (330, 400, 68), (480, 470, 6)])
    with scene.placed(x, y), c.placed(0, 0, 0.94, lean + chance.between("lean", -8, 8)):
        body = turned_on_a_lathe(0, [(20, -196), (84, -180), (100, -120), (62, -36), (64, 10), (122, 100),
                                     (96, 176), (10, 196)])  # fmt: skip
        c.fill(moved(body, 26, 14), SHADE, 0.2)
        c.line([(0, 196), (0, 220)], 12, darker(p.main, 0.5))
        c.solid(taper(0, -430, -150, 12, 17), darker(p.main, 0.5), 6)
        c.solid(smooth([(-15, -426), (-18, -470), (2, -500), (30, -492), (30, -466), (14, -462), (15, -426)]),
                darker(p.main, 0.3), 7)  # fmt: skip
        for i in range(min(strings, 8)):
            side, y = (-1 if i % 2 else 1), -436 - 13 * (i // 2)
            c.line([(0, y), (side * 42, y)], 8, p.second)
        c.solid(body, darker(p.main, 0.2), 20)
        inner = [(x * 0.93, y * 0.95) for x, y in body]
        c.solid(inner, p.main, 26)
        with c.clipped(inner):
            for side in (-1, 1):
                vine = smooth([(side * 84, -150), (side * 62, -110), (side * 50, -40), (side * 84, 60),
                               (side * 100, 130)], closed=False)  # fmt: skip
                c.line(vine, 4, p.second)
                for j in range(4, len(vine), 7):
                    c.fill(leaf(*vine[j], 24, 11, 90 + side * 60), p.second)
        for side in (-1, 1):
            hole = smooth([(side * 34, -46), (side * 44, -30), (side * 36, 20), (side * 50, 62), (side * 42, 70)],
                          closed=False)  # fmt: skip
            c.line(hole, 7, darker(p.main, 0.7))
        c.solid(taper(0, -250, 10, 17, 23), darker(INK, 0.1), 6)
        ornaments.band(c, (-21, -40, 21, 0), "diamonds", (p.accent, CREAM, INK))
        c.solid(taper(0, 96, 196, 34, 16), darker(INK, 0.1), 6)
        c.solid([(-44, 52), (44, 52), (32, 34), (-32, 34)], p.second, 4)
        for i in range(strings):
            share = (i - (strings - 1) / 2) / max(1, strings - 1)
            c.line([(share * 14, -428), (share * 40, 100)], 2.2, CREAM)
        with c.placed(150, 40, 1, chance.between("bow", 4, 14)):
            stick = smooth([(-10, -400), (14, -200), (14, 20), (0, 230)], closed=False)
            c.line([(-16, -392), (-12, 222)], 6, CREAM)
            c.line(stick, 9, mix(WOOD, p.main, 0.3))
            c.solid(box(-20, 200, 10, 236), darker(INK, 0.1), 4)
