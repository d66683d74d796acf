"""Harps and lyres."""

from __future__ import annotations

from sample.drawings import ornaments
from sample.drawings.backdrops import stage
from sample.drawings.canvas import Canvas
from sample.drawings.palette import CREAM, SHADE, darker, lighter
from sample.drawings.scene import Scene
from sample.drawings.shapes import Outline, ellipse, moved, rounded, smooth, turned_on_a_lathe


def harp(scene: Scene, form: str | None = None) -> None:
    """A frame with `count` strings."""
    c, p, chance = scene.canvas, scene.palette, scene.chance
    stage(scene)
    num = scene.number(12, 20, 40)
    with scene.placed(480, 622):
        c.fill(ellipse(10, 4, 260, 30), SHADE, 0.24)
        form = form or chance.pick("form", ["frame", "arched"])
        if form == "frame":
            post = smooth([(-190, -540), (-226, -420), (-205, -200), (-170, -10)], closed=False)
            neck = smooth([(-190, -545), (-90, -470), (20, -450), (120, -530), (190, -520)], closed=False)
            _strings(c, neck[4:], [(190, -480), (-140, -24)], num)
            c.solid([(190, -530), (236, -500), (-110, 2), (-200, 2), (-150, -40)], p.main, 20)
            c.line(post, 34, darker(p.main, 0.12))
            c.line(moved(post, -6, 0), 16, lighter(p.main, 0.12))
            c.line(neck, 40, p.main)
            c.line(moved(neck, 0, -7), 10, p.accent)
            c.solid(ellipse(-192, -552, 36), p.second, 12)
            ornaments.rosette(c, -192, -552, 26, 8, (p.accent, p.main))
            c.solid(rounded(-240, -22, -60, 6, 10), p.second, 8)
            for i in range(7):
                c.fill(ellipse(165 - 42 * i, -440 + 62 * i, 9), p.accent)
        elif form == "arched":
            bow = smooth([(-250, -470), (-262, -330), (-210, -190), (-90, -110), (60, -100)], closed=False)
            body = smooth([(-120, -120), (60, -158), (250, -128), (268, -70), (200, -14), (0, 0), (-110, -40)])
            _strings(c, bow[3:33], [(200, -140), (-60, -140)], num)
            c.line(bow, 34, darker(p.second, 0.3))
            c.line(moved(bow, -5, -3), 12, p.second)
            c.solid(body, p.main, 26)
            ornaments.band(c, (-80, -66, 230, -30), "triangles", (p.accent, p.second, darker(p.main, 0.2)))
            c.solid(ellipse(-250, -478, 24), p.accent, 8)
        else:
            for side in (-1, 1):
                arm = smooth([(side * 60, -130), (side * 205, -240), (side * 190, -400), (side * 235, -500)],
                             closed=False)  # fmt: skip
                c.line(arm, 34, darker(p.main, 0.12 if side > 0 else 0))
                c.solid(ellipse(side * 240, -510, 30), p.second, 10)
            _strings(c, [(-120, -440), (120, -440)], [(-62, -110), (62, -110)], min(num, 14))
            c.solid(rounded(-225, -462, 225, -428, 16), p.second, 8)
            body = turned_on_a_lathe(0, [(110, -230), (165, -160), (150, -60), (100, 0), (10, 2)])
            c.solid(body, p.main, 30)
            with c.clipped(body):
                ornaments.band(
                    c,
                    (-170, -80, 170, -40),
                    chance.pick("figure", sorted(ornaments.FIGURES)),
                    (p.accent, p.second, darker(p.main, 0.2)),
                )
            _strings(c, [(-80, -230), (80, -230)], [(-50, -130), (50, -130)], min(num, 14))
            c.solid(rounded(-78, -140, 78, -118, 8), p.accent, 6)


def _strings(c: Canvas, upper: Outline, lower: Outline, num: int) -> None:
    """Lines from points spread along one path to points spread along another."""
    for i in range(num):
        share = i / max(1, num - 1)
        c.line([_along(upper, share), _along(lower, 1 - share if lower[0][0] > lower[-1][0] else share)], 2.6, CREAM)


def _along(path: Outline, share: float) -> tuple[float, float]:
    place = share * (len(path) - 1)
    i = min(int(place), len(path) - 2)
    (x0, y0), (x1, y1) = path[i], path[i + 1]
    return (x0 + (x1 - x0) * (place - i), y0 + (y1 - y0) * (place - i))
