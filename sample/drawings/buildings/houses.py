"""Gates and houses."""

from __future__ import annotations

from sample.drawings import ornaments
from sample.drawings.buildings.masonry import BASE_Y, battlements, ground_shadow, window
from sample.drawings.canvas import Canvas
from sample.drawings.landscapes import land, shore
from sample.drawings.palette import CREAM, LEAF, SHADE, WOOD, Colour, darker, lighter, mix
from sample.drawings.scene import Scene
from sample.drawings.shapes import arch, box, ellipse, smooth


def gate(scene: Scene) -> None:
    """A gate with `count` arches, or a carved door in a wall."""
    c, p, chance = scene.canvas, scene.palette, scene.chance
    land(scene)
    num = scene.number(1, 3, 5)
    form = chance.pick("form", ["arch", "towers", "door"])
    with scene.placed(480, BASE_Y, 1.06):
        ground_shadow(c, 330)
        half = 130 + 62 * num
        pointed = chance.chosen("pointed", 0.4)
        if form == "towers":
            for side in (-1, 1):
                x = side * (half + 34.0)
                c.solid(box(x - 62, -400, x + 62, 3), lighter(p.main, 0.1), 20)
                battlements(c, x - 62, x + 62, -400, lighter(p.main, 0.1))
                for y in (-300, -190, -80):
                    window(c, p.main, x, 13, y, y - 54)
        tall = 350 if form != "towers" else 310
        c.solid(box(-half, -tall, half, 3), p.main, 26)
        if form == "towers":
            battlements(c, -half, half, -tall, p.main)
        else:
            c.solid(box(-half - 20, -tall - 34, half + 20, -tall), lighter(p.main, 0.2), 12)
            if form == "arch":
                c.solid(box(-half * 0.8, -tall - 90, half * 0.8, -tall - 30), p.main, 14)
                for i in range(-2, 3):
                    ornaments.rosette(c, i * half * 0.3, -tall - 62, 22, 8, (p.accent, p.second))
        ornaments.bands(
            c,
            (-half, -tall + 12, half - 26, -tall + 62),
            chance,
            "gate",
            (p.accent, p.second, darker(p.main, 0.12)),
            [0.3, 1.5, 0.3],
        )
        for i in range(num):
            offset = i - (num - 1) / 2
            x = offset * 2 * half / (num + 0.35)
            wide = half / (num + 0.35) * 0.68
            top = -tall + 100 + 46 * abs(offset)
            c.fill(arch(x - wide - 16, x + wide + 16, 3, top - 16, pointed), lighter(p.main, 0.34))
            c.fill(arch(x - wide - 6, x + wide + 6, 3, top - 5, pointed), p.accent)
            c.fill(arch(x - wide, x + wide, 3, top, pointed), darker(p.second, 0.55))
            if form == "door":
                _door_leaves(scene, x, wide, top + wide)
            else:
                c.fill(
                    arch(x - wide * 0.8, x + wide * 0.8, 3, top + wide * 0.4, pointed),
                    mix(scene.palette.ground, CREAM, 0.4),
                )
                c.fill(box(x - wide * 0.8, -22, x + wide * 0.8, 3), darker(LEAF, 0.2))


def _door_leaves(scene: Scene, x: float, wide: float, top: float) -> None:
    c, p = scene.canvas, scene.palette
    for side in (-1, 1):
        c.solid(box(min(x, x + side * wide), top, max(x, x + side * wide), 3), p.second, 6)
        for row in range(5):
            for column in (0.3, 0.7):
                y = top + (-top) * (row + 0.5) / 5
                c.fill(ellipse(x + side * wide * column, y, 8), p.accent)
                c.fill(ellipse(x + side * wide * column, y, 3.5), darker(p.accent, 0.4))
    c.fill(box(x - 5, top, x + 5, 3), darker(p.second, 0.3))


def stilt_house(scene: Scene) -> None:
    """`count` houses on stilts over water or grass."""
    c, p, chance = scene.canvas, scene.palette, scene.chance
    over_water = chance.chosen("over water", 0.5)
    (shore if over_water else land)(scene)
    num = scene.number(1, 2, 4)
    form = chance.pick("roof", ["saddle", "thatch", "gable"])
    with scene.placed(480, 632, 1.04):
        for i in reversed(range(num)):
            x, y, size = ((0, 0, 1.0), (300, -58, 0.52), (-310, -50, 0.56), (150, -84, 0.4))[i]
            with c.placed(x, y, size * (1.08 if num == 1 else 1)):
                c.fill(ellipse(10, 2, 270, 16), SHADE, 0.24)
                for j in range(-3, 4):
                    c.solid(box(j * 70 - 8, -170, j * 70 + 8, 4), darker(WOOD, 0.12), 5)
                c.line([(-210, -110), (210, -60)], 7, darker(WOOD, 0.25))
                c.solid(box(-262, -186, 262, -164), WOOD, 8)
                c.solid(box(-206, -314, 206, -184), p.main, 20)
                for j in range(-5, 6):
                    c.line([(j * 38, -312), (j * 38, -186)], 3, darker(p.main, 0.14))
                ornaments.band(
                    c,
                    (-206, -212, 206, -188),
                    chance.pick("wall band", ["diamonds", "zigzag", "triangles", "steps"]),
                    (p.accent, p.second, darker(p.main, 0.2)),
                )
                for wx in (-128, 128):
                    c.fill(box(wx - 32, -286, wx + 32, -226), p.accent)
                    c.fill(box(wx - 25, -280, wx + 25, -232), darker(p.main, 0.6))
                c.fill(box(-34, -292, 34, -186), darker(p.main, 0.6))
                _house_roof(c, form, p.second, p.accent)
                c.line([(-30, -176), (-66, 4)], 8, WOOD)
                c.line([(30, -176), (2, 4)], 8, WOOD)
                for j in range(6):
                    c.line([(-34 - 6 * j, -158 + 28 * j), (26 - 5 * j, -158 + 28 * j)], 7, lighter(WOOD, 0.2))


def _house_roof(c: Canvas, form: str, colour: Colour, trim: Colour) -> None:
    if form == "saddle":
        upper = smooth([(-330, -520), (-180, -440), (0, -420), (180, -440), (330, -520)], closed=False)
        lower = smooth([(270, -300), (120, -312), (0, -314), (-120, -312), (-270, -300)], closed=False)
        roof = [*upper, *lower]
    elif form == "thatch":
        roof = smooth([(-290, -296), (-210, -380), (-110, -500), (0, -520), (110, -500), (210, -380), (290, -296),
                       (0, -306)])  # fmt: skip
    else:
        roof = [(-280, -300), (-170, -450), (170, -450), (280, -300)]
    c.solid(roof, colour, 24)
    with c.clipped(roof):
        for row in range(8):
            for j in range(-11, 12):
                x, y = j * 28 + 14 * (row % 2), -520 + 28 * row
                c.line([(x, y), (x, y + 17)], 3, darker(colour, 0.18))
    if form == "saddle":
        c.line(upper, 11, trim)
    elif form == "gable":
        c.line([(-176, -450), (176, -450)], 11, trim)
