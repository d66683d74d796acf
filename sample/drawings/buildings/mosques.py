"""Domes and minarets."""

from __future__ import annotations

from sample.drawings import ornaments
from sample.drawings.buildings.masonry import BASE_Y, ground_shadow, portal, window
from sample.drawings.canvas import Canvas
from sample.drawings.landscapes import land
from sample.drawings.palette import Colour, darker, lighter
from sample.drawings.scene import Scene
from sample.drawings.shapes import arch, box, ellipse, onion, taper


def dome(scene: Scene) -> None:
    """A domed hall between smaller domes, `count` in all, mirrored in a pool now and then."""
    c, p, chance = scene.canvas, scene.palette, scene.chance
    land(scene)
    num = scene.number(1, 5, 7)
    pointed = chance.chosen("onion", 0.6)
    with scene.placed(480, BASE_Y, 1.12):
        ground_shadow(c, 360)
        c.solid(box(-350, -26, 350, 4), darker(p.main, 0.12), 12)
        _finial_dome(c, 0, -226, 128, chance.between("dome", 190, 235), p.second, p.accent, pointed)
        for i in range(num - 1):
            side, row = (-1 if i % 2 else 1), i // 2
            x = side * (196 + 84 * row) if num > 3 else side * 216
            c.solid(box(x - 34, -280 + 46 * row, x + 34, -190), p.main, 10)
            _finial_dome(c, x, -278 + 46 * row, 42, 84, p.second, p.accent, pointed)
        c.solid(box(-300, -206, 300, -24), p.main, 26)
        c.solid(box(-120, -262, 120, -24), lighter(p.main, 0.12), 16)
        c.solid(box(-128, -236, 128, -222), darker(p.main, 0.12), 6)
        portal(scene, 0, 74, -24, -218, pointed=True)
        for side in (-1, 1):
            for x in (172, 248):
                for y in (-26, -120):
                    window(c, p.main, side * x, 24, y, y - 74, pointed)
        ornaments.band(c, (-300, -206, -120, -188), "triangles", (p.accent, p.main, darker(p.main, 0.1)))
        ornaments.band(c, (120, -206, 274, -188), "triangles", (p.accent, p.main, darker(p.main, 0.1)))


def mosque(scene: Scene) -> None:
    """A domed prayer hall with `count` minarets."""
    c, p, chance = scene.canvas, scene.palette, scene.chance
    land(scene)
    num = scene.number(1, 4, 6)
    half = chance.between("hall", 210, 250)
    with scene.placed(480, BASE_Y, 1.06):
        ground_shadow(c, 360)
        places = [-300.0, 300.0, -half + 14, half - 14, -370.0, 370.0][:num]
        for i, x in enumerate(places):
            _minaret(scene, x, 470 - 50 * (i // 2))
        c.fill(ellipse(0, -196, 196, 66, 180, 360), darker(p.second, 0.14))
        for side in (-1, 1):
            c.solid(ellipse(side * 150, -176, 84, 84, 180, 360), p.second, 18)
        c.solid(box(-134, -250, 134, -170), p.main, 20)
        for i in range(7):
            window(c, p.main, -108 + 36 * i, 9, -182, -236)
        _finial_dome(c, 0, -246, 138, 150, p.second, p.accent, chance.chosen("onion", 0.3))
        c.solid(box(-half, -182, half, 2), p.main, 28)
        c.fill(box(-half, -182, half, -168), darker(p.main, 0.14))
        ornaments.band(
            c,
            (-half, -164, half, -140),
            chance.pick("frieze", ["diamonds", "hexagons", "scallops", "triangles", "steps"]),
            (p.second, p.accent, lighter(p.main, 0.2)),
        )
        portal(scene, 0, 52, 0, -134, pointed=True)
        for side in (-1, 1):
            for i in range(3):
                window(c, p.main, side * (92 + 46 * i), 15, -16, -100, pointed=True)


def _minaret(scene: Scene, x: float, tall: float) -> None:
    c, p, chance = scene.canvas, scene.palette, scene.chance
    form = chance.pick("minaret", ["pencil", "square", "stepped"])
    wide = 21 if form == "pencil" else 27
    c.solid(taper(x, -tall, 0, wide * 0.86, wide), lighter(p.main, 0.1), 10)
    for share in (0.42, 0.72) if form != "square" else (0.8,):
        y = -tall * share
        c.solid([(x - wide * 1.1, y), (x + wide * 1.1, y), (x + wide * 1.7, y - 20), (x - wide * 1.7, y - 20)],
                p.main, 8)  # fmt: skip
        c.fill(box(x - wide * 1.7, y - 26, x + wide * 1.7, y - 19), p.accent)
    for share in (0.2, 0.56, 0.88):
        c.fill(arch(x - 6, x + 6, -tall * share, -tall * share - 30), darker(p.main, 0.55))
    if form == "pencil":
        c.solid([(x, -tall - 118), (x + wide, -tall), (x - wide, -tall)], p.second, 8)
        c.line([(x, -tall - 118), (x, -tall - 142)], 4, p.accent)
    else:
        c.solid(box(x - wide * 1.2, -tall - 12, x + wide * 1.2, -tall), p.main, 6)
        c.solid(box(x - wide * 0.6, -tall - 60, x + wide * 0.6, -tall - 12), lighter(p.main, 0.1), 6)
        _finial_dome(c, x, -tall - 58, wide * 0.66, 34, p.second, p.accent, True)


def _finial_dome(
    c: Canvas, x: float, base: float, half: float, high: float, colour: Colour, trim: Colour, pointed: bool
) -> None:
    outline = onion(x, base, half, high) if pointed else ellipse(x, base, half, high * 0.72, 180, 360)
    top = base - (high if pointed else high * 0.72)
    c.line([(x, top + 6), (x, top - half * 0.4)], max(3, half * 0.06), trim)
    c.fill(ellipse(x, top - half * 0.16, half * 0.08), trim)
    c.solid(outline, colour, half * 0.3)
    with c.clipped(outline):
        c.fill(ellipse(x - half * 0.5, base - high * 0.3, half * 0.1, high * 0.2), (255, 255, 255), 0.25)
    c.solid(box(x - half, base - half * 0.06, x + half, base + half * 0.1), lighter(colour, 0.25), half * 0.1)
