"""Drums."""

from __future__ import annotations

import math

from sample.drawings import ornaments
from sample.drawings.backdrops import stage
from sample.drawings.palette import CREAM, SHADE, WOOD, darker, lighter, mix
from sample.drawings.scene import Scene
from sample.drawings.shapes import Point, box, ellipse, star, turned_on_a_lathe

# (share of the half width, share of the height) from the rim down to the foot.
_PROFILES: dict[str, list[Point]] = {
    "barrel": [(0.88, 1.0), (1.06, 0.5), (0.86, 0.0)],
    "goblet": [(1.0, 1.0), (0.86, 0.72), (0.4, 0.44), (0.42, 0.2), (0.66, 0.0)],
    "hourglass": [(1.0, 1.0), (0.6, 0.66), (0.42, 0.5), (0.6, 0.34), (0.94, 0.0)],
    "kettle": [(1.1, 0.7), (1.06, 0.4), (0.66, 0.12), (0.3, 0.0)],
}


def drum(scene: Scene, form: str | None = None) -> None:
    """`count` drums: barrels, goblets, hourglasses or kettles."""
    stage(scene)
    num = scene.number(1, 2, 4)
    with scene.placed(480, 620, tilt=3):
        for i in range(num):
            x = (i - (num - 1) / 2) * 700 / max(num, 2)
            size = (1.12, 0.92, 0.78, 0.62)[num - 1] * (1 if i % 2 == 0 else 0.86)
            with scene.canvas.placed(x, 0, size):
                _drum(scene, i, form or scene.chance.pick("form", ["barrel", "goblet", "hourglass"]))


def _drum(scene: Scene, number: int, form: str) -> None:
    c, p, chance = scene.canvas, scene.palette, scene.chance
    half, tall, ry = chance.between("wide", 160, 200), chance.between("tall", 360, 430), 46
    wood, skin = (p.main, mix(CREAM, p.second, 0.2)) if number % 2 == 0 else (p.second, mix(CREAM, p.main, 0.15))
    profile = [(half * wide, -tall * high - 5) for wide, high in _PROFILES[form]]
    rim, top = profile[0]
    c.fill(ellipse(24, 2, half * 1.15, 30), SHADE, 0.24)
    body = turned_on_a_lathe(0, profile, bulge=24)
    c.solid(body, wood, 34)
    with c.clipped(body):
        height = -top
        name = chance.pick("figure", sorted(ornaments.FIGURES))
        colours = (p.accent, p.second if number % 2 == 0 else p.main, darker(wood, 0.18))
        if form in ("barrel", "hourglass") and chance.chosen("laced", 0.6):
            num = 9
            for i in range(-num, num):
                x = 2 * rim * i / num
                path = [(x, top + 34), (x + 2 * rim / num, -26), (x + 4 * rim / num, top + 34)]
                c.line(path, 7, lighter(p.accent, 0.15))
            ornaments.band(c, (-250, top + height * 0.4, 250, top + height * 0.56), name, colours)
        else:
            heights = [0.3, 1.4, 0.3, 1.0, 0.3]
            ornaments.bands(c, (-250, top + height * 0.2, 250, top + height * 0.66), chance, "drum", colours, heights)
        c.fill(box(half * 0.42, top, 300, 30), darker(wood, 0.5), 0.22)
        c.fill(box(-half * 0.72, top, -half * 0.6, 30), (255, 255, 255), 0.15)
    hoop = [*ellipse(0, top + 26, rim + 10, ry, 0, 180), *ellipse(0, top, rim + 10, ry, 180, 360)]
    c.solid(hoop, darker(p.accent, 0.1), 20)
    c.fill(ellipse(0, top, rim + 10, ry), p.accent)
    c.fill(ellipse(0, top + 2, rim - 4, ry - 8), darker(skin, 0.12))
    c.fill(ellipse(-8, top, rim - 16, ry - 13), skin)
    c.fill(ellipse(-4, top + 2, rim * 0.4, ry * 0.3), mix(skin, wood, 0.3))


def frame_drum(scene: Scene) -> None:
    """`count` round frame drums, one with a beater."""
    c, p, chance = scene.canvas, scene.palette, scene.chance
    stage(scene)
    num = scene.number(1, 2, 3)
    with scene.placed(480, 400):
        for i in reversed(range(num)):
            x = (i - (num - 1) / 2) * 330
            radius = 216 if num == 1 else 176 - 22 * (i % 2)
            with c.placed(x, 176 - radius + (0 if i % 2 == 0 else -40)):
                skin = mix(CREAM, p.second, 0.35)
                c.fill(ellipse(20, radius + 18, radius * 0.9, 22), SHADE, 0.24)
                c.fill(ellipse(26, 8, radius), darker(p.main, 0.45))
                c.solid(ellipse(0, 0, radius, num=72), p.main, 14)
                for j in range(24):
                    angle = math.radians(15 * j)
                    c.fill(ellipse(radius * 0.95 * math.cos(angle), radius * 0.95 * math.sin(angle), 5), p.accent)
                c.fill(ellipse(0, 0, radius * 0.9, num=72), darker(skin, 0.1))
                c.fill(ellipse(-6, -8, radius * 0.85, num=72), skin)
                form = chance.pick(f"skin {i}", ["ring", "rosette", "bare", "star"])
                if form == "ring":
                    c.line(ellipse(0, 0, radius * 0.6, num=60), 12, mix(skin, p.main, 0.5))
                elif form == "rosette":
                    ornaments.rosette(c, 0, 0, radius * 0.5, 8, (mix(skin, p.main, 0.5), p.accent))
                elif form == "star":
                    c.fill(star(0, 0, radius * 0.55, radius * 0.3, 8), mix(skin, p.accent, 0.5))
        with c.placed(130, 90, 1, chance.between("beater", -60, -30)):
            c.line([(-150, 0), (130, 0)], 13, WOOD)
            for x in (-150, 130):
                c.solid(ellipse(x, 0, 26, 20), darker(WOOD, 0.2), 7)
            c.line([(-30, 0), (20, 0)], 17, p.accent)
