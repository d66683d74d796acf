"""Bowls, and what is in them."""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import partial

from sample.drawings import ornaments
from sample.drawings.backdrops import table
from sample.drawings.food.serving import herb, shadow, spread, steam
from sample.drawings.palette import CREAM, Colour, darker, lighter, mix
from sample.drawings.scene import Scene
from sample.drawings.shapes import box, ellipse, leaf, moved, polar, rounded, smooth, turned, turned_on_a_lathe


def bowl(scene: Scene, form: str | None = None) -> None:
    """A bowl in the second colour, with hot food in the first; `count` pieces."""
    c, p, chance = scene.canvas, scene.palette, scene.chance
    table(scene)
    form = form or chance.pick("bowl", ["balls", "slices"])
    with scene.placed(480, 628, 1.26):
        rx, ry, deep = (
            chance.between("wide", 215, 255),
            chance.between("open", 58, 78),
            chance.between("deep", 185, 230),
        )
        foot = chance.between("foot", 0.3, 0.42) * rx
        shadow(c, rx * 0.95)
        c.solid(turned_on_a_lathe(0, [(foot, -22), (foot, -10), (foot * 1.06, 6)]), darker(p.second, 0.15), 14)
        profile = [(rx, -deep), (rx * 0.94, -deep * 0.62), (rx * 0.68, -deep * 0.24), (foot, -16), (foot * 0.5, -12)]
        body = turned_on_a_lathe(0, profile)
        c.solid(body, p.second, 34)
        with c.clipped(body):
            level = -deep * chance.between("band", 0.6, 0.68)
            name = chance.pick("figure", sorted(ornaments.FIGURES))
            for dy in (-6, 46):
                c.fill(box(-rx, level + dy, rx, level + dy + 7), p.accent)
            ornaments.band(
                c, (-rx, level + 7, rx, level + 46), name, (p.accent, lighter(p.second, 0.3), darker(p.second, 0.12))
            )
            c.fill(moved(body, rx * 1.62, 0), darker(p.second, 0.4), 0.25)
        c.fill(ellipse(0, -deep, rx + 9, ry + 7), lighter(p.second, 0.25))
        c.fill(ellipse(0, -deep + 2, rx - 8, ry - 5), darker(p.second, 0.35))
        heaped = form in ("rice", "dumplings")
        broth = mix(p.main, (226, 178, 106), 0.45) if form in ("balls", "slices") else darker(p.main, 0.12)
        with c.clipped(ellipse(0, -deep + 2, rx - 8, ry - 5)):
            c.fill(ellipse(0, -deep + 8, rx - 20, ry - 11), broth)
            c.fill(ellipse(-rx * 0.1, -deep + 2, rx * 0.7, ry * 0.55), lighter(broth, 0.14))
        _BOWLS[form](scene, -deep, rx * 0.72, ry * 0.56)
        steam(scene, -deep - (210 if heaped else 70))


def _loose(scene: Scene, y: float, rx: float, ry: float, form: str) -> None:
    """Pieces in a broth, the back rows first."""
    c, p, chance = scene.canvas, scene.palette, scene.chance
    num = scene.number(5, 9, 14)
    spots = sorted((spread(i, num, 1.0) for i in range(num)), key=lambda spot: spot[1])
    for i, (px, py) in enumerate(spots):
        x, top = px * rx, y + py * ry
        colour = (p.main, lighter(p.main, 0.2))[i % 2]
        if form == "balls":
            c.fill(ellipse(x + 4, top + 12, 40, 18), darker(p.main, 0.4), 0.5)
            c.solid(ellipse(x, top - 8, 37, 30), colour, 12)
        else:
            turn = chance.between(f"slice {i}", -25, 25)
            c.solid(turned(rounded(x - 52, top - 16, x + 52, top + 12, 14), turn, x, top), colour, 8)
            c.line(turned([(x - 34, top - 8), (x + 30, top - 8)], turn, x, top), 5, lighter(colour, 0.4))
    _sprigs(scene, y, rx, ry, 7)


def _rice(scene: Scene, y: float, rx: float, ry: float) -> None:
    """A heap of grains."""
    c, p, chance = scene.canvas, scene.palette, scene.chance
    high = chance.between("heap", 105, 135)
    heap = smooth([(-rx * 1.18, y + 12), (-rx * 0.8, y - high * 0.55), (-rx * 0.2, y - high),
                   (rx * 0.34, y - high * 0.94), (rx * 0.88, y - high * 0.5), (rx * 1.18, y + 12),
                   (0, y + ry * 1.3)])  # fmt: skip
    c.solid(heap, p.main, 26)
    with c.clipped(heap):
        for i in range(150):
            x, top = (
                rx * chance.between(f"grain x {i}", -1.15, 1.15),
                y + ry - (high + ry) * chance.unit(f"grain y {i}"),
            )
            colour = (lighter(p.main, 0.45), darker(p.main, 0.14), mix(p.main, p.second, 0.25))[i % 3]
            c.fill(leaf(x, top, 22, 9, 180 * chance.unit(f"grain t {i}")), colour)
    for i in range(min(scene.count or 4, 9)):
        x = rx * chance.between(f"topping {i}", -0.7, 0.7)
        top = y - high * (0.9 - 0.5 * abs(x) / rx) + 40 * chance.unit(f"topping y {i}")
        c.solid(
            turned(rounded(x - 26, top - 15, x + 26, top + 15, 12), chance.between(f"topping t {i}", -40, 40), x, top),
            darker(mix(p.main, p.second, 0.6), 0.1),
            8,
        )
    _sprigs(scene, y - high * 0.55, rx * 0.7, ry * 0.8, 6)


def _dumplings(scene: Scene, y: float, rx: float, ry: float) -> None:
    """A pile of pleated parcels."""
    c, p, chance = scene.canvas, scene.palette, scene.chance
    num = scene.number(5, 8, 10)
    size = 84 if num < 5 else 60
    row, level = num, 0
    while row > 0:
        wide = min(row, max(2, int(2.3 * rx / (size * 1.5)) - level))
        for i in range(wide):
            x = (i - (wide - 1) / 2) * size * 1.5
            with c.placed(x, y + 14 - level * size * 0.72, size / 60, chance.between(f"parcel {level} {i}", -8, 8)):
                parcel = smooth([(-62, 4), (-46, -42), (-12, -62), (0, -72), (12, -62), (46, -42), (62, 4), (0, 22)])
                c.solid(parcel, mix(p.main, CREAM, 0.2 * (i % 2)), 13)
                for angle in (-60, -30, 0, 30, 60):
                    c.line([(0, -62), (angle * 0.7, -28 + abs(angle) * 0.16)], 3.4, darker(p.main, 0.22))
                c.fill(ellipse(0, -66, 7), darker(p.main, 0.12))
        row -= wide
        level += 1


def _beans(scene: Scene, y: float, rx: float, ry: float) -> None:
    """Stewed beans."""
    c, p, chance = scene.canvas, scene.palette, scene.chance
    with c.clipped(ellipse(0, y + 2, rx * 1.3, ry * 1.6)):
        for i in range(60):
            px, py = spread(i, 60, 1.0)
            x, top = px * rx * 1.2, y + py * ry * 1.4
            colour = (p.main, lighter(p.main, 0.2), darker(p.main, 0.15))[i % 3]
            with c.placed(x, top, 1, chance.between(f"bean {i}", -60, 60)):
                c.solid(ellipse(0, 0, 25, 15), colour, 6)
                c.fill(ellipse(-7, -5, 7, 3), lighter(colour, 0.4))
    _sprigs(scene, y, rx, ry, 8)


def _mixed(scene: Scene, y: float, rx: float, ry: float) -> None:
    """Rice under `count` heaps of vegetables, with an egg."""
    c, p, chance = scene.canvas, scene.palette, scene.chance
    num = scene.number(5, 7, 8)
    tones: list[Colour] = [(226, 120, 50), (104, 148, 76), p.second, (122, 84, 60), (240, 222, 160), (176, 62, 52),
                           (150, 176, 90), p.main]  # fmt: skip
    c.fill(ellipse(0, y, rx * 1.26, ry * 1.5), p.main)
    start = chance.between("heaps", 0, 360)
    for i in sorted(range(num), key=lambda i: math.sin(math.radians(start + 360 * i / num))):
        px, py = polar(0.8, start + 360 * i / num)
        for j in range(16):
            x = px * rx + 42 * chance.between(f"shred x {i} {j}", -1, 1)
            top = y + py * ry - 30 * chance.unit(f"shred y {i} {j}")
            with c.placed(x, top, 1, chance.between(f"shred {i} {j}", -50, 50)):
                c.fill(rounded(-28, -5, 28, 5, 5), (tones[i], lighter(tones[i], 0.2), darker(tones[i], 0.15))[j % 3])
    c.solid(ellipse(0, y - 20, 78, 34), (252, 246, 232), 8)
    c.solid(ellipse(-4, y - 27, 36, 20), (244, 170, 50), 6)


def _sprigs(scene: Scene, y: float, rx: float, ry: float, num: int) -> None:
    chance = scene.chance
    for i in range(num):
        px, py = polar(0.9 * math.sqrt(chance.unit(f"herb r {i}")), 360 * chance.unit(f"herb a {i}"))
        herb(scene.canvas, px * rx, y + py * ry - 10, 24, chance.between(f"herb t {i}", -160, -20))


_BOWLS: dict[str, Callable[[Scene, float, float, float], None]] = {
    "balls": partial(_loose, form="balls"),
    "beans": _beans,
    "dumplings": _dumplings,
    "mixed": _mixed,
    "rice": _rice,
    "slices": partial(_loose, form="slices"),
}
