"""Pairs of shoes."""

from __future__ import annotations

import math

from sample.drawings import ornaments
from sample.drawings.backdrops import stage
from sample.drawings.palette import CREAM, SHADE, darker, mix
from sample.drawings.scene import Scene
from sample.drawings.shapes import box, ellipse, leaf, rounded, smooth


def shoe(scene: Scene, form: str | None = None) -> None:
    """A pair of slippers, boots or clogs."""
    c, chance = scene.canvas, scene.chance
    stage(scene)
    form = form or chance.pick("form", sorted(_SHOES))
    with scene.placed(480, 628, 1.12):
        for x, y, size in ((-60, -86, 0.92), (30, 0, 1.0)):
            with c.placed(x, y, size):
                c.fill(ellipse(20, 0, 285, 24), SHADE, 0.24)
                _SHOES[form](scene)


def _slipper(scene: Scene) -> None:
    c, p = scene.canvas, scene.palette
    upper = smooth([(-235, -120), (-250, -30), (-100, -14), (120, -12), (250, -40), (330, -120), (322, -200),
                    (292, -186), (296, -130), (232, -92), (120, -106), (40, -128), (-60, -66),
                    (-190, -70)])  # fmt: skip
    c.solid([(-246, -30), (260, -40), (240, 0), (-240, 0)], darker(p.second, 0.4), 6)
    c.solid(upper, p.main, 22)
    with c.clipped(upper):
        ornaments.band(c, (-260, -50, 340, -16), "diamonds", (p.accent, p.main, darker(p.main, 0.25)))
        ornaments.rosette(c, 120, -74, 30, 8, (p.accent, p.second))
        ornaments.rosette(c, -205, -78, 22, 8, (p.accent, p.second))
    c.line(smooth([(-228, -118), (-186, -72), (-60, -68), (36, -128)], closed=False), 9, p.second)
    c.solid(ellipse(306, -200, 24), p.second, 8)


def _boot(scene: Scene) -> None:
    c, p, chance = scene.canvas, scene.palette, scene.chance
    toe = smooth([(34, -220), (70, -140), (200, -104), (262, -46), (250, -14)], closed=False)
    heel = smooth([(-166, -120), (-140, -240)], closed=False)
    upper = [(-150, -385), (40, -385), *toe, (-150, -14), *heel]
    c.solid(rounded(-168, -24, 264, 2, 10), darker(p.second, 0.5), 6)
    c.solid(upper, p.main, 24)
    with c.clipped(upper):
        ornaments.bands(
            c,
            (-170, -385, 60, -250),
            chance,
            "boot",
            (p.accent, p.second, darker(p.main, 0.2)),
            [0.4, 1.4, 0.3, 1.0, 0.3],
        )
        c.line(smooth([(-140, -110), (0, -150), (90, -70), (240, -70)], closed=False), 8, p.accent)
        ornaments.rosette(c, 90, -78, 34, 7, (p.second, p.accent))
    c.solid(rounded(-166, -404, 50, -372, 14), mix(p.second, CREAM, 0.5), 8)


def _clog(scene: Scene) -> None:
    c, p = scene.canvas, scene.palette
    upper = smooth([(-240, -140), (-252, -40), (-200, -6), (100, -6), (250, -44), (318, -128), (262, -142),
                    (150, -176), (40, -188), (-10, -110), (-160, -100)])  # fmt: skip
    c.fill(smooth([(-226, -142), (-150, -152), (30, -190), (0, -100), (-160, -92)]), darker(p.main, 0.5))
    c.solid(upper, p.main, 26)
    with c.clipped(upper):
        c.fill(box(-260, -30, 330, 4), p.second)
        for x, radius in ((120, 40), (190, 26), (60, 24)):
            ornaments.rosette(c, x, -112, radius, 6, (p.accent, CREAM))
        for x in (88, 152):
            c.fill(leaf(x, -92, 54, 22, 20), p.second)


def _sandal(scene: Scene) -> None:
    c, p = scene.canvas, scene.palette
    for x in (-190, 150):
        c.solid(box(x, -56, x + 70, 0), darker(p.main, 0.25), 10)
    sole = smooth([(-250, -96), (-258, -60), (0, -52), (270, -56), (282, -90), (0, -100)])
    c.solid(sole, p.main, 12)
    with c.clipped(sole):
        c.fill(box(-260, -66, 290, -50), p.second)
    strap = [*ellipse(70, -84, 130, 116, 180, 360), *ellipse(70, -84, 74, 70, 360, 180)]
    c.solid(strap, p.accent, 12)
    with c.clipped(strap):
        for i in range(9):
            angle = math.radians(190 + 20 * i)
            c.fill(ellipse(70 + 102 * math.cos(angle), -84 + 93 * math.sin(angle), 12), p.second if i % 2 else p.main)
    c.line(ellipse(-170, -94, 60, 70, 180, 360), 14, darker(p.accent, 0.2))


_SHOES = {"slipper": _slipper, "boot": _boot, "clog": _clog, "sandal": _sandal}
