"""Bread."""

from __future__ import annotations

import math

from sample.drawings.backdrops import table
from sample.drawings.food.serving import shadow
from sample.drawings.palette import WOOD, darker, lighter, mix
from sample.drawings.scene import Scene
from sample.drawings.shapes import ellipse, leaf, moved, polar, rounded


def bread(scene: Scene, form: str | None = None) -> None:
    """`count` loaves, round, long or flat."""
    c, chance = scene.canvas, scene.chance
    table(scene)
    num = scene.number(2, 3, 6)
    form = form or chance.pick("form", ["round", "long", "flat", "ring"])
    with scene.placed(480, 600, 1.15):
        shadow(c, 330)
        c.solid(rounded(-345, -18, 345, 26, 22), WOOD, 8)
        c.fill(rounded(-345, -18, 345, -6, 8), lighter(WOOD, 0.2))
        back = list(range(num // 2 if num > 2 else 0))
        for i in [*back, *range(len(back), num)]:
            behind = i in back
            row = len(back) if behind else num - len(back)
            j = i if behind else i - len(back)
            x = (j - (row - 1) / 2) * min(330, 640 / row)
            with c.placed(x, -88 if behind else -18, 1.35 if row == 1 else 1.9 / math.sqrt(row + 1.2)):
                _loaf(scene, form, i)


def _loaf(scene: Scene, form: str, number: int) -> None:
    c, p = scene.canvas, scene.palette
    crust = mix(p.main, p.accent, 0.12 * (number % 3))
    dark, pale = darker(crust, 0.3), mix(crust, p.second, 0.6)
    if form == "round":
        loaf = [*ellipse(0, -30, 150, 130, 180, 360), *ellipse(0, -30, 150, 32, 0, 180)]
        c.solid(loaf, crust, 34)
        for angle in (-38, 0, 38):
            cut = leaf(angle * 1.7 - 22, -108 + abs(angle) * 0.6, 66, 26, 62 + angle * 0.5)
            c.fill(moved(cut, 4, 5), dark)
            c.fill(cut, pale)
    elif form == "long":
        loaf = rounded(-205, -100, 205, 4, 56)
        c.solid(loaf, crust, 24)
        for i in range(5):
            cut = leaf(-150 + 66 * i, -42, 84, 24, -52)
            c.fill(moved(cut, 4, 6), dark)
            c.fill(cut, pale)
    elif form == "flat":
        for i in range(3):
            y = -16.0 - 36 * i
            c.solid(ellipse(4 * (i % 2), y, 176, 40), darker(crust, 0.12), 10)
            c.fill(ellipse(4 * (i % 2), y - 9, 172, 36), crust)
        c.fill(ellipse(0, -97, 126, 23), pale)
        for i in range(14):
            x, y = polar(1, 360 * i / 14)
            c.fill(ellipse(x * 86, -97 + y * 14, 7, 4, num=12), dark)
    else:
        c.solid(ellipse(0, -52, 150, 68), crust, 26)
        c.fill(ellipse(0, -64, 58, 22), darker(crust, 0.5))
        c.fill(ellipse(0, -58, 56, 17), scene.palette.floor)
        for i in range(26):
            x, y = polar(1, 360 * i / 26 + 5)
            spread = 0.72 + 0.2 * (i % 2)
            c.fill(leaf(x * 150 * spread - 6, -56 + y * 62 * spread, 13, 7, 40 * i), pale)
