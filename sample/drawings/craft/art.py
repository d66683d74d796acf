"""Pictures and carved figures."""

from __future__ import annotations

import math

from sample.drawings import ornaments, pictures
from sample.drawings.backdrops import stage
from sample.drawings.canvas import Canvas
from sample.drawings.palette import CREAM, GOLD, SHADE, STONE, WOOD, darker, lighter, mix
from sample.drawings.scene import Scene
from sample.drawings.shapes import box, diamond, ellipse, leaf, rounded, smooth, turned_on_a_lathe


def scroll(scene: Scene) -> None:
    """A hanging scroll with a landscape in wash."""
    c, p, chance = scene.canvas, scene.palette, scene.chance
    stage(scene)
    with scene.placed(480, 46):
        half, long = chance.between("wide", 165, 235), chance.between("long", 520, 570)
        c.line([(-half * 0.7, 8), (0, -40), (half * 0.7, 8)], 4, darker(p.second, 0.4))
        c.fill(box(-half + 16, 8, half + 18, long + 12), SHADE, 0.2)
        c.fill(box(-half, 0, half, long), p.main)
        name = chance.pick("mounting", sorted(ornaments.FIGURES))
        with c.clipped(box(-half, 0, half, long)):
            ornaments.field(c, (-half, 0, half, long), name, (mix(p.main, p.second, 0.35), p.main, p.main), 46)
        for y in (72, long - 84):
            c.fill(box(-half, y, half, y + 8), p.accent)
        paper = box(-half + 34, 84, half - 34, long - 88)
        with c.clipped(paper):
            c.fill(paper, CREAM)
            pictures.landscape(scene, -half + 34, 84, half - 34, long - 88)
        for y in (2, long):
            c.solid(rounded(-half - 36, y - 13, half + 36, y + 13, 12), WOOD, 6)
            for side in (-1, 1):
                c.solid(ellipse(side * (half + 38), y, 17), p.accent, 6)


def painting(scene: Scene) -> None:
    """A framed picture: `count` people as silhouettes, else a view, a still life, or pure form."""
    c, p, chance = scene.canvas, scene.palette, scene.chance
    stage(scene)
    with scene.placed(480, 300, tilt=1):
        rx, ry = chance.pick("format", [(330.0, 225.0), (240.0, 240.0), (290.0, 235.0)])
        frame = chance.pick("frame", [GOLD, WOOD, darker(p.second, 0.2), p.accent])
        c.fill(box(-rx - 36, -ry - 28, rx + 62, ry + 72), SHADE, 0.22)
        c.solid(box(-rx - 48, -ry - 48, rx + 48, ry + 48), frame, 12)
        c.fill(box(-rx - 30, -ry - 30, rx + 30, ry + 30), darker(frame, 0.28))
        for x in (-rx - 39, rx + 39):
            for i in range(9):
                c.fill(diamond(x, (i - 4) * ry / 4, 8, 16), lighter(frame, 0.35))
        for y in (-ry - 39, ry + 39):
            for i in range(11):
                c.fill(diamond((i - 5) * rx / 5, y, 16, 8), lighter(frame, 0.35))
        c.fill(box(-rx - 22, -ry - 22, rx + 22, ry + 22), CREAM)
        view = box(-rx, -ry, rx, ry)
        with c.clipped(view):
            c.fill(view, lighter(p.second, 0.45))
            if scene.count is not None:
                pictures.people(scene, -rx, -ry, rx, ry)
            else:
                chance.pick("picture", [pictures.landscape, pictures.forms, pictures.flowers])(scene, -rx, -ry, rx, ry)


def statue(scene: Scene, form: str | None = None) -> None:
    """A carved figure on a plinth, without a face."""
    c, p, chance = scene.canvas, scene.palette, scene.chance
    stage(scene)
    with scene.placed(480, 622):
        c.fill(ellipse(14, 2, 240, 28), SHADE, 0.24)
        for i, (half, top, bottom) in enumerate(((190, -40, 0), (150, -120, -40), (170, -142, -120))):
            c.solid(box(-half, top, half, bottom), (STONE, lighter(STONE, 0.2), STONE)[i], 22)
        ornaments.band(
            c,
            (-150, -104, 128, -60),
            chance.pick("plinth", sorted(ornaments.FIGURES)),
            (darker(STONE, 0.3), STONE, darker(STONE, 0.1)),
        )
        form = form or chance.pick("form", ["standing", "bust"])
        stone, folds = p.main, darker(p.main, 0.24)
        if form == "standing":
            with c.placed(0, -142, 1.12):
                cloak = turned_on_a_lathe(0, [(36, -290), (98, -262), (112, -160), (126, -2)])
                c.solid(cloak, darker(stone, 0.12), 30)
                c.solid(turned_on_a_lathe(0, [(30, -286), (64, -250), (52, -170), (86, -2)]), stone, 24)
                for x in (-48, -18, 16, 46):
                    c.line(smooth([(x * 0.5, -170), (x * 0.9, -90), (x * 1.4, -6)], closed=False), 6, folds)
                for side in (-1, 1):
                    c.line(
                        smooth([(side * 84, -246), (side * 106, -186), (side * 14, -168)], closed=False),
                        27,
                        lighter(stone, 0.06 if side < 0 else 0),
                    )
                c.line([(-50, -160), (52, -160)], 10, p.accent)
                c.solid(ellipse(0, -182, 24, 22), p.accent, 7)
                _head(c, scene, 0, -338, 0.94)
        elif form == "seated":
            c.solid(smooth([(-200, -170), (-170, -215), (0, -190), (170, -215), (200, -170), (120, -142),
                            (-120, -142)]), stone, 26)  # fmt: skip
            c.solid(turned_on_a_lathe(0, [(34, -420), (104, -390), (96, -280), (120, -180)]), stone, 34)
            for i in range(4):
                c.line(ellipse(-30, -430, 70 + 34 * i, 70 + 42 * i, 30, 100, 16), 6, folds)
            c.line(smooth([(102, -372), (150, -280), (60, -206)], closed=False), 32, darker(stone, 0.14))
            c.line(smooth([(-102, -372), (-150, -280), (-50, -206)], closed=False), 32, stone)
            c.solid(ellipse(0, -206, 52, 20), lighter(stone, 0.12), 8)
            _head(c, scene, 0, -468)
        else:
            with c.placed(0, -142, 1.3):
                c.solid(turned_on_a_lathe(0, [(40, -180), (70, -150), (160, -108), (150, -30), (70, -2)]), stone, 34)
                c.line(smooth([(-140, -100), (-30, -30), (130, -110)], closed=False), 10, folds)
                _head(c, scene, 0, -224, 1.12)


def _head(c: Canvas, scene: Scene, x: float, y: float, size: float = 1) -> None:
    p, chance = scene.palette, scene.chance
    with c.placed(x, y, size):
        c.solid(box(-20, 30, 20, 66), darker(p.main, 0.15), 8)
        c.solid(turned_on_a_lathe(0, [(4, -64), (30, -56), (48, -28), (46, 14), (14, 52)]), p.main, 18)
        crown = chance.pick("head", ["knot", "wreath", "crown", "halo"])
        if crown == "knot":
            c.solid(ellipse(0, -72, 26, 24), darker(p.main, 0.2), 8)
            c.solid(ellipse(0, -38, 52, 34, 180, 360), darker(p.main, 0.2), 8)
        elif crown == "wreath":
            for i in range(9):
                c.fill(leaf(-48 + 12 * i, -34 - 10 * math.sin(i * math.pi / 8), 28, 14, -80 + 5 * i), p.accent)
        elif crown == "crown":
            c.solid([(-52, -34), (-60, -92), (-26, -62), (0, -108), (26, -62), (60, -92), (52, -34)], p.accent, 10)
        else:
            c.line(ellipse(0, -12, 84), 10, p.accent)
