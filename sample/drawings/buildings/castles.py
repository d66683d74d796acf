"""Castles and palaces."""

from __future__ import annotations

from sample.drawings import ornaments
from sample.drawings.buildings.masonry import BASE_Y, battlements, flag, ground_shadow, window
from sample.drawings.landscapes import land, shore
from sample.drawings.palette import LEAF, STONE, Colour, darker, lighter, mix
from sample.drawings.scene import Scene
from sample.drawings.shapes import arch, box, ellipse, onion, rounded, smooth


def castle(scene: Scene) -> None:
    """Walls with battlements and `count` towers."""
    c, p, chance = scene.canvas, scene.palette, scene.chance
    chance.pick("around", [land, land, shore])(scene)
    num = scene.number(2, 5, 7)
    roof = chance.pick("roof", ["cone", "battlements", "dome"])
    with scene.placed(480, BASE_Y, 1.06):
        hill = smooth([(-460, 60), (-330, -16), (0, -34), (330, -16), (460, 60)])
        c.fill(hill, mix(LEAF, darker(STONE, 0.2), 0.5))
        c.solid(box(-130, -300, 130, 0), darker(p.main, 0.12), 22)
        battlements(c, -130, 130, -300, darker(p.main, 0.12))
        order = sorted(range(num), key=lambda i: abs(i - (num - 1) / 2))
        c.solid(box(-330, -160, 330, 2), p.main, 26)
        battlements(c, -330, 330, -160, p.main)
        for i in range(9):
            x, y = chance.between(f"stone x {i}", -300, 270), chance.between(f"stone y {i}", -140, -20)
            c.fill(rounded(x, y, x + 34, y + 13, 4), darker(p.main, 0.1))
        for i in order:
            offset = i - (num - 1) / 2
            x = offset * 640 / max(1, num - 1) if num > 1 else 0.0
            tall = (330 if abs(offset) < 1 else 250) - 20 * (i % 2) if num > 2 else 290
            half = 44 if num > 4 else 54
            colour = lighter(p.main, 0.1) if i % 2 else p.main
            c.solid(box(x - half, -tall, x + half, 2), colour, 18)
            c.fill(box(x - half - 8, -tall - 2, x + half + 8, -tall + 12), lighter(p.main, 0.25))
            for y in (-tall + 100, -tall + 190):
                window(c, colour, x, 9, y, y - 46)
            if roof == "cone":
                c.solid([(x - half - 14, -tall), (x + half + 14, -tall), (x, -tall - 132)], p.second, 16)
                flag(c, x, -tall - 130, p.accent)
            elif roof == "dome":
                c.solid(ellipse(x, -tall, half, half * 1.05, 180, 360), p.second, 14)
                c.solid(ellipse(x, -tall - half * 1.05, 8), p.accent, 3)
            else:
                c.solid(box(x - half - 8, -tall - 22, x + half + 8, -tall), colour, 12)
                battlements(c, x - half - 8, x + half + 8, -tall - 22, colour)
                if i % 2 == 0:
                    flag(c, x, -tall - 22, p.accent)
        c.solid(box(-70, -186, 70, 2), p.main, 14)
        battlements(c, -70, 70, -186, p.main)
        c.fill(arch(-46, 46, 2, -130), lighter(p.main, 0.35))
        c.fill(arch(-36, 36, 2, -116), darker(p.second, 0.5))
        for x in (-20, 0, 20):
            c.line([(x, -104), (x, 0)], 4, darker(p.main, 0.35))


def palace(scene: Scene) -> None:
    """A long front of windows between `count` pavilions."""
    c, p, chance = scene.canvas, scene.palette, scene.chance
    land(scene)
    num = scene.number(1, 3, 5)
    storeys = chance.whole("storeys", 2, 3)
    high = 76 * storeys
    form = chance.pick("roof", ["hip", "dome", "gable"])
    trim = p.second if _differ(p.main, p.second) else lighter(p.main, 0.5)
    with scene.placed(480, BASE_Y, 1.04):
        ground_shadow(c, 400)
        c.solid([(-390, -high), (390, -high), (360, -high - 62), (-360, -high - 62)], darker(p.second, 0.35), 12)
        c.solid(box(-400, -high, 400, 3), p.main, 20)
        for row in range(storeys):
            y = -20 - 76 * row
            c.fill(box(-400, y - 62, 386, y - 56), trim)
            for i in range(-9, 10):
                window(c, p.main, i * 41, 9, y, y - 42, trim=trim)
        c.fill(box(-406, -high - 10, 406, -high), trim)
        for i in range(-9, 10):
            c.fill(box(i * 42 - 4, -high - 22, i * 42 + 4, -high - 8), trim)
        for i in range(num):
            x = 0.0 if num == 1 else (i - (num - 1) / 2) * 640 / (num - 1)
            tall = high + (60 if abs(x) > 1 else 36)
            half = 66.0 if abs(x) < 1 else 54.0
            c.solid(box(x - half, -tall, x + half, 3), lighter(p.main, 0.08), 16)
            for dx in (-half + 9, half - 9, -half / 3, half / 3):
                c.fill(box(x + dx - 6, -tall + 20, x + dx + 6, 0), trim)
            for row in range(storeys):
                window(c, p.main, x, 13, -24 - 80 * row, -74 - 80 * row, trim=trim)
            c.fill(box(x - half - 8, -tall - 4, x + half + 8, -tall + 10), trim)
            roof = darker(p.second, 0.25)
            if form == "hip":
                c.solid([(x - half - 6, -tall - 2), (x + half + 6, -tall - 2), (x + 16, -tall - 108),
                         (x - 16, -tall - 108)], roof, 14)  # fmt: skip
                flag(c, x, -tall - 106, p.accent)
            elif form == "dome":
                c.solid(ellipse(x, -tall - 2, half * 0.86, 74, 180, 360), roof, 14)
                c.solid(box(x - 11, -tall - 96, x + 11, -tall - 72), trim, 5)
                c.solid(onion(x, -tall - 94, 13, 34), p.accent, 4)
            else:
                c.solid([(x - half - 14, -tall - 2), (x + half + 14, -tall - 2), (x, -tall - 66)], trim, 12)
                ornaments.rosette(c, x, -tall - 24, 17, 8, (p.accent, p.main))
        c.fill(arch(-30, 30, 3, -72), darker(p.second, 0.6))
        c.line(ellipse(0, -42, 33, 33, 180, 360), 6, trim)


def _differ(one: Colour, other: Colour) -> bool:
    """Whether a trim of the one can be seen on the other."""
    return sum(abs(a - b) for a, b in zip(one, other, strict=True)) > 120
