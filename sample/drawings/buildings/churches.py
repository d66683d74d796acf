"""Churches."""

from __future__ import annotations

from sample.drawings import ornaments
from sample.drawings.buildings.masonry import BASE_Y, cross, ground_shadow, portal, window
from sample.drawings.landscapes import land
from sample.drawings.palette import GOLD, STONE, darker, lighter, mix
from sample.drawings.scene import Scene
from sample.drawings.shapes import box, diamond, ellipse, onion, smooth


def church(scene: Scene) -> None:
    """A church with `count` steeples or spires."""
    c, p, chance = scene.canvas, scene.palette, scene.chance
    land(scene)
    num = scene.number(1, 3, 7)
    with scene.placed(480, BASE_Y, 1.04):
        ground_shadow(c, 300)
        if num >= 4:
            _cathedral(scene, num)
            return
        nave = chance.between("nave", 150, 180)
        towers = [[0.0], [-nave, nave], [-nave, 0.0, nave]][num - 1]
        c.solid([(-nave - 40, -210), (0, -330), (nave + 40, -210)], p.second, 20)
        c.solid(box(-nave - 20, -212, nave + 20, 2), p.main, 26)
        for x in towers:
            tall = 330 if x else (400 if num != 2 else 300)
            c.solid(box(x - 56, -tall, x + 56, 2), lighter(p.main, 0.1), 16)
            c.fill(box(x - 60, -tall * 0.62, x + 60, -tall * 0.62 + 10), darker(p.main, 0.18))
            for dx in (-22, 22):
                window(c, p.main, x + dx, 13, -tall * 0.68, -tall * 0.68 - 66)
            c.solid([(x - 68, -tall), (x + 68, -tall), (x, -tall - 150)], p.second, 20)
            cross(c, x, -tall - 150, p.accent)
            if x:
                window(c, p.main, x, 16, -40, -120)
        if num == 2:
            c.solid([(-nave + 56, -246), (0, -318), (nave - 56, -246)], darker(p.main, 0.1), 10)
        _rose(scene, 0, -176 if num != 2 else -208, 36 if num != 2 else 46)
        portal(scene, 0, 40, 0, -116)


def _cathedral(scene: Scene, num: int) -> None:
    c, p, chance = scene.canvas, scene.palette, scene.chance
    half = 310
    c.solid([(-half, -180), (-110, -250), (0, -360), (110, -250), (half, -180), (half, 2), (-half, 2)], p.main, 24)
    for i in range(num + 1):
        x = -half + 2 * half * i / num
        rise = 180 + 180 * (1 - abs(x) / half)
        tall = rise + chance.between("spire", 60, 90)
        c.solid(box(x - 15, -rise - 10, x + 15, 2), lighter(p.main, 0.16), 8)
        c.solid([(x - 19, -rise - 8), (x + 19, -rise - 8), (x, -tall - 60)], p.second, 8)
        c.solid(ellipse(x, -tall - 62, 6), p.accent, 2)
    for i in range(num):
        x = -half + 2 * half * (i + 0.5) / num
        rise = 180 + 150 * (1 - abs(x) / half)
        window(c, p.main, x, 24, -120, -rise + 20, pointed=True)
        if abs(x) > 30:
            portal(scene, x, 26, 0, -86, pointed=True)
    for x in range(-half + 20, half, 26):
        level = 180 + 176 * (1 - abs(x) / half)
        c.fill(diamond(x, -level + 4, 7, 13), p.accent)
    c.fill(box(-half, -112, half, -104), darker(p.main, 0.14))
    _rose(scene, 0, -230, 46)
    portal(scene, 0, 40, 0, -104, pointed=True)


def _rose(scene: Scene, x: float, y: float, radius: float) -> None:
    c, p, chance = scene.canvas, scene.palette, scene.chance
    c.fill(ellipse(x, y, radius * 1.15), lighter(p.main, 0.3))
    c.fill(ellipse(x, y, radius), darker(p.main, 0.55))
    ornaments.rosette(c, x, y, radius * 0.94, chance.whole("rose", 8, 12), (p.accent, p.second))


def onion_church(scene: Scene) -> None:
    """A church whose `count` towers end in onions."""
    c, p, chance = scene.canvas, scene.palette, scene.chance
    land(scene)
    num = scene.number(3, 5, 9)
    with scene.placed(480, BASE_Y, 1.14):
        ground_shadow(c, 320)
        order = sorted(range(num), key=lambda i: -abs(i - (num - 1) / 2))
        for i in order:
            offset = i - (num - 1) / 2
            x = offset * 520 / max(num, 3)
            tall = 350 - 54 * abs(offset) + (20 if i % 2 else 0)
            wide = 250 / max(num, 3)
            colour = (p.main, lighter(p.main, 0.2))[i % 2]
            c.solid(box(x - wide, -tall, x + wide, 2), colour, 12)
            for y in (-tall + 84, -tall + 190):
                window(c, p.main, x, wide * 0.3, y, y - 62)
            ornaments.band(c, (x - wide, -tall, x + wide, -tall + 18), "scallops", (p.accent, p.second, colour))
            bulb = (p.second, p.accent, mix(p.second, p.main, 0.4))[i % 3]
            shape = onion(x, -tall, wide * 0.95, wide * 2.5)
            c.solid(shape, bulb, wide * 0.3)
            if chance.chosen(f"striped {i}", 0.5):
                with c.clipped(shape):
                    for j in range(-2, 3):
                        path = [
                            (x + wide * j * 0.75, -tall),
                            (x + wide * (j * 0.75 + 0.5), -tall - wide),
                            (x, -tall - wide * 2.5),
                        ]
                        c.line(path, wide * 0.16, lighter(bulb, 0.4))
            cross(c, x, -tall - wide * 2.5, GOLD)
        c.solid(box(-200, -96, 200, 2), lighter(p.main, 0.25), 18)
        for x in (-130, 130):
            window(c, p.main, x, 22, 0, -66)
        portal(scene, 0, 44, 0, -90)


def stave_church(scene: Scene) -> None:
    """A wooden church whose steep roofs rise over each other, `count` tiers, three at least."""
    c, p = scene.canvas, scene.palette
    land(scene)
    num = max(3, scene.number(3, 4, 5))
    with scene.placed(480, BASE_Y, 1.06):
        ground_shadow(c, 270)
        c.solid(box(-250, -16, 250, 4), STONE, 10)
        y, half = -14.0, 226.0
        for i in range(num):
            wall = (96, 56, 46, 36, 30)[i]
            roof = (112, 96, 84, 74, 66)[i]
            c.solid(box(-half * 0.8, y - wall, half * 0.8, y), p.main, 14)
            for k in range(-6, 7):
                c.line([(k * half * 0.125, y - wall), (k * half * 0.125, y)], 3, darker(p.main, 0.2))
            if i:
                for j in (-0.4, 0.0, 0.4):
                    c.fill(ellipse(j * half, y - wall / 2, 8), darker(p.main, 0.6))
            y -= wall
            outline = [(-half - 16, y + 10), (-half * 0.46, y - roof * 0.7), (half * 0.46, y - roof * 0.7),
                       (half + 16, y + 10)]  # fmt: skip
            if i == num - 1:
                outline = [(-half - 12, y + 8), (0, y - roof * 1.9), (half + 12, y + 8)]
            c.solid(outline, p.second, 16)
            with c.clipped(outline):
                for row in range(8):
                    for j in range(-14, 15):
                        x = j * 24 + 12 * (row % 2)
                        c.line(ellipse(x, y - roof * 1.9 + 26 * row, 12, 9, 10, 170, 6), 2.5, darker(p.second, 0.3))
            for side in (-1, 1):
                if 0 < i < num - 1 or num < 3:
                    head = smooth(
                        [
                            (side * half * 0.5, y - roof * 0.64),
                            (side * (half * 0.5 + 30), y - roof * 0.9),
                            (side * (half * 0.5 + 50), y - roof * 0.8),
                        ],
                        closed=False,
                    )
                    c.line(head, 7, p.accent)
            c.line([(-half - 14, y + 10), (half + 14, y + 10)], 6, darker(p.second, 0.4))
            if i == num - 1:
                cross(c, 0, y - roof * 1.9, p.accent)
            y -= roof * 0.62
            half *= 0.62
        c.solid([(-70, -100), (0, -190), (70, -100)], p.second, 10)
        c.solid(box(-52, -104, 52, -12), lighter(p.main, 0.1), 8)
        portal(scene, 0, 25, -14, -80)
