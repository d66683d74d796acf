"""Clothes on a rod."""

from __future__ import annotations

import math

from sample.drawings import ornaments
from sample.drawings.backdrops import stage
from sample.drawings.palette import SHADE, WOOD, darker, lighter, mix
from sample.drawings.scene import Scene
from sample.drawings.shapes import box, diamond, ellipse, leaf, moved, rounded, smooth, star


def robe(scene: Scene, form: str | None = None) -> None:
    """A garment spread out on a rod, with `count` bands of ornament."""
    c, p, chance = scene.canvas, scene.palette, scene.chance
    stage(scene)
    with scene.placed(480, 100):
        c.fill(ellipse(10, 524, 290, 24), SHADE, 0.22)
        c.line([(-400, 0), (400, 0)], 15, WOOD)
        for side in (-1, 1):
            c.solid(ellipse(side * 402, 0, 17), p.accent, 6)
        form = form or chance.pick("form", ["wide", "coat", "tunic", "wrapped"])
        sleeve, flare = {"wide": (170, 1.0), "coat": (84, 1.5), "tunic": (70, 1.15), "wrapped": (120, 1.3)}[form]
        long = {"wide": 500, "coat": 515, "tunic": 430, "wrapped": 505}[form]
        drop = 40 if form == "wide" else 120
        reach = 345 if form == "wide" else 300
        half = 130.0
        sleeves = [(-60, -8), (60, -8), (reach, drop - 8), (reach - 14, drop + sleeve), (half, 40 + sleeve),
                   (-half, 40 + sleeve), (-reach + 14, drop + sleeve), (-reach, drop - 8)]  # fmt: skip
        c.fill(moved(sleeves, 12, 16), SHADE, 0.16)
        c.solid(sleeves, darker(p.main, 0.08), 12)
        with c.clipped(sleeves):
            name = chance.pick("cuff", sorted(ornaments.FIGURES))
            for side in (-1, 1):
                with c.placed(side * (reach - 40), drop + sleeve / 2):
                    ornaments.field(
                        c, (-30, -sleeve, 26, sleeve), name, (p.accent, p.second, darker(p.second, 0.2)), 30
                    )
        hem = half * flare
        body = [(-half + 10, 0), (half - 10, 0), (half, 90), (hem, long), *ellipse(0, long, hem, 20, 0, 180, 20),
                (-half, 90)]  # fmt: skip
        c.solid(body, p.main, 26)
        with c.clipped(body):
            if chance.chosen("scattered", 0.45):
                _scattered(scene, (-hem, 60, hem, long + 20))
            num = scene.number(1, 3, 5)
            for i in range(num):
                y = long - 18 - 66 * (i + 1) + (16 if num > 1 else 0)
                ornaments.bands(
                    c,
                    (-hem, y, hem, y + 52),
                    chance,
                    f"robe {i}",
                    (p.second, p.accent, darker(p.main, 0.2)),
                    [0.3, 1.6, 0.3],
                )
            for x in (-0.62, 0.62):
                c.line([(x * half, 200), (x * hem * 1.1, long + 30)], 5, darker(p.main, 0.16))
        _front(scene, form, half, hem, long)


def _front(scene: Scene, form: str, half: float, hem: float, long: float) -> None:
    c, p, chance = scene.canvas, scene.palette, scene.chance
    if form in ("wide", "wrapped"):
        c.fill([(-58, -8), (58, -8), (0, 190)], darker(p.main, 0.5))
        for side in (1, -1):
            collar = [(side * 66, -12), (side * 40, -12), (-side * 40, 236), (-side * 4, 236)]
            c.solid(collar, p.second, 6)
            c.line([(side * 53, -10), (-side * 22, 234)], 5, p.accent)
        sash = [(-half * 1.04, 205), (half * 1.04, 205), (half * 1.08, 290), (-half * 1.08, 290)]
        c.solid(sash, p.accent, 16)
        with c.clipped(sash):
            ornaments.band(
                c,
                (-150, 222, 150, 272),
                chance.pick("sash", sorted(ornaments.FIGURES)),
                (p.second, p.main, darker(p.accent, 0.16)),
            )
    elif form == "coat":
        c.fill([(-14, 0), (14, 0), (34, long + 18), (-34, long + 18)], darker(p.main, 0.45))
        for side in (-1, 1):
            border = [(side * 14, 0), (side * 44, 0), (side * 72, long + 18), (side * 34, long + 18)]
            c.fill(border, p.second)
            for i in range(12):
                x = side * (30 + 24 * i / 12)
                c.fill(diamond(x, 26 + i * (long - 40) / 11, 8, 12), p.accent)
        c.fill([*ellipse(0, -4, 56, 40, 0, 180)], p.second)
        c.fill([*ellipse(0, -6, 38, 24, 0, 180)], darker(p.main, 0.55))
        c.solid(rounded(-half - 8, 208, half + 14, 246, 12), p.accent, 8)
        c.solid(ellipse(0, 227, 26, 22), p.second, 8)
    else:
        yoke = [*ellipse(0, -4, 118, 150, 0, 180)]
        c.fill(yoke, p.second)
        for radius, colour in ((100, p.accent), (88, p.second)):
            c.fill(ellipse(0, -4, radius, radius * 1.28, 0, 180), colour)
        for i in range(9):
            angle = math.radians(14 + 19 * i)
            c.fill(ellipse(72 * math.cos(angle), 92 * math.sin(angle) - 4, 9), p.accent if i % 2 else p.main)
        c.fill(ellipse(0, -6, 46, 42, 0, 180), darker(p.main, 0.55))
        c.fill(box(-7, 34, 7, 250), p.second)
        for y in range(60, 250, 42):
            c.fill(ellipse(0, y, 9), p.accent)
        c.line([(-half * 1.02, 300), (half * 1.02, 300)], 12, p.accent)


def _scattered(scene: Scene, area: tuple[float, float, float, float]) -> None:
    c, p, chance = scene.canvas, scene.palette, scene.chance
    x0, y0, x1, y1 = area
    form = chance.pick("scatter", ["rosettes", "stars", "diamonds", "leaves"])
    soft = mix(p.main, p.second, 0.55)
    for row in range(int((y1 - y0) / 64)):
        for column in range(-4, 5):
            x, y = (column + 0.5 * (row % 2)) * 70, y0 + 64 * row
            if not x0 < x < x1:
                continue
            if form == "rosettes":
                ornaments.rosette(c, x, y, 20, 6, (soft, p.accent))
            elif form == "stars":
                c.fill(star(x, y, 18, 7, 5), soft)
            elif form == "diamonds":
                c.fill(diamond(x, y, 11, 17), soft)
            else:
                c.fill(leaf(x - 14, y + 8, 34, 14, -35), soft)


def shorts(scene: Scene) -> None:
    """Short trousers with braces, on a rod."""
    c, p, chance = scene.canvas, scene.palette, scene.chance
    stage(scene)
    with scene.placed(480, 110, 1.06):
        c.line([(-330, 0), (330, 0)], 15, WOOD)
        for side in (-1, 1):
            c.solid(ellipse(side * 332, 0, 17), p.accent, 6)
            c.line([(side * 96, 0), (side * 112, 170)], 40, darker(p.main, 0.18))
            c.line([(side * 96, 0), (side * 112, 170)], 6, p.second)
        legs = [(-170, 150), (170, 150), (214, 452), (24, 470), (0, 320), (-24, 470), (-214, 452)]
        c.fill(moved(legs, 16, 18), SHADE, 0.2)
        c.solid(legs, p.main, 26)
        c.solid(rounded(-112, 66, 112, 122, 10), p.main, 10)
        with c.clipped(legs):
            for side in (-1, 1):
                c.line(smooth([(side * 70, 160), (side * 84, 300), (side * 120, 460)], closed=False), 6, p.second)
                with c.placed(side * 128, 452, 1, -side * 4):
                    ornaments.band(
                        c,
                        (-110, -44, 110, -8),
                        chance.pick("cuff", sorted(ornaments.FIGURES)),
                        (p.accent, p.second, darker(p.main, 0.25)),
                    )
            c.fill(box(-180, 150, 180, 178), darker(p.main, 0.2))
        flap = [(-74, 176), (74, 176), (62, 300), (0, 320), (-62, 300)]
        c.solid(flap, lighter(p.main, 0.1), 10)
        ornaments.rosette(c, 0, 238, 38, chance.whole("petals", 6, 9), (p.second, p.accent))
        ornaments.band(c, (-100, 80, 96, 108), "leaves", (p.second, p.accent, p.main))
        for side in (-1, 1):
            c.fill(ellipse(side * 66, 190, 11), p.accent)
