"""Pots and lacquered boxes."""

from __future__ import annotations

import math

from sample.drawings import ornaments
from sample.drawings.backdrops import table
from sample.drawings.palette import SHADE, WOOD, darker, lighter, mix
from sample.drawings.scene import Scene
from sample.drawings.shapes import Point, box, diamond, ellipse, leaf, moved, smooth, turned_on_a_lathe

# (half width, y) from the rim down to the foot.
_POTS: dict[str, list[Point]] = {
    "amphora": [(72, -470), (50, -440), (52, -370), (165, -270), (140, -130), (52, -30), (70, -4)],
    "bottle": [(42, -480), (32, -430), (34, -330), (140, -190), (146, -80), (92, -6)],
    "jar": [(110, -360), (100, -330), (190, -230), (186, -120), (104, -6)],
    "jug": [(86, -410), (70, -360), (88, -310), (168, -180), (140, -60), (100, -6)],
    "vase": [(80, -430), (62, -392), (74, -340), (176, -210), (150, -90), (84, -6)],
}


def pottery(scene: Scene) -> None:
    """`count` pots from the wheel."""
    c, chance = scene.canvas, scene.chance
    table(scene)
    num = scene.number(1, 3, 4)
    with scene.placed(480, 618):
        for i in sorted(range(num), key=lambda i: i % 2 == 0):
            x = (i - (num - 1) / 2) * (720 / num if num > 1 else 0)
            size = (1.12, 0.94, 0.86, 0.68)[num - 1] * chance.between(f"size {i}", 0.82, 1.0)
            with c.placed(x, -34 if i % 2 else 0, size):
                _pot(scene, i)


def _pot(scene: Scene, number: int) -> None:
    c, p, chance = scene.canvas, scene.palette, scene.chance
    form = chance.pick(f"form {number}", sorted(_POTS))
    clay = (p.main, p.second, mix(p.main, p.accent, 0.5), p.main)[number]
    paint = (p.second, p.main, p.second, p.accent)[number]
    profile = _POTS[form]
    c.fill(ellipse(20, 0, 176, 26), SHADE, 0.24)
    if form in ("amphora", "jug"):
        for side in (-1, 1) if form == "amphora" else (1,):
            path = [(side * 50, -420), (side * 150, -430), (side * 172, -340), (side * 128, -250)]
            c.line(smooth(path, closed=False), 26, darker(clay, 0.2))
    body = turned_on_a_lathe(0, profile, bulge=14)
    c.solid(body, clay, 40)
    with c.clipped(body):
        colours = (paint, p.accent, darker(clay, 0.14))
        heights = [0.3, 1.5, 0.3, chance.between(f"belly {number}", 1.6, 2.4), 0.3, 1.0, 0.3]
        ornaments.bands(c, (-200, -310, 200, -70), chance, f"pot {number}", colours, heights)
        if form != "jar":
            c.fill(box(-200, -380, 200, -370), paint)
        c.fill(moved(body, 250 if form != "bottle" else 190, 0), darker(clay, 0.6), 0.3)
        c.fill(ellipse(-96, -220, 17, 90), (255, 255, 255), 0.22)
    rim, top = profile[0]
    c.fill(ellipse(0, top, rim + 9, 19), lighter(clay, 0.2))
    c.fill(ellipse(0, top + 2, rim - 6, 12), darker(clay, 0.55))


def lacquer(scene: Scene) -> None:
    """A lidded box with inlay, `count` tiers."""
    c, p, chance = scene.canvas, scene.palette, scene.chance
    table(scene)
    tiers = scene.number(1, 3, 4)
    with scene.placed(480, 630, 1.08):
        half, step = chance.between("wide", 215, 275), (150, 118, 96, 78)[tiers - 1]
        round_box = chance.chosen("round", 0.55)
        bulge = 46 if round_box else 0
        c.fill(ellipse(20, bulge * 0.6, half * 1.12, 36 + bulge * 0.3), SHADE, 0.26)
        for i in range(tiers):
            y = -step * i - 10
            body = _slab(half, y - step + 6, y, bulge)
            c.solid(body, (p.main, mix(p.main, p.second, 0.25))[i % 2], 34)
            with c.clipped(body):
                _inlay(scene, half, y - step / 2 + bulge * 0.7, step, i)
                c.fill(box(-half * 0.86, y - step, -half * 0.76, y + 60), (255, 255, 255), 0.2)
            c.fill(_slab(half + 3, y - 8, y, bulge), p.accent)
        top = -step * tiers - 10
        lid = _slab(half + 16, top - 62, top, bulge)
        c.solid(lid, p.main, 34)
        c.fill(_slab(half + 18, top - 8, top, bulge), p.accent)
        if round_box:
            c.fill(ellipse(0, top - 62, half + 16, bulge), lighter(p.main, 0.12))
            c.fill(ellipse(0, top - 62, half - 20, bulge * 0.76), p.main)
            for i in range(10):
                angle = math.radians(36 * i)
                c.fill(
                    ellipse(half * 0.62 * math.cos(angle), top - 62 + bulge * 0.5 * math.sin(angle), 16, 6), p.accent
                )
        else:
            c.fill([(-half - 16, top - 62), (half + 16, top - 62), (half - 40, top - 130),
                    (-half + 40, top - 130)], lighter(p.main, 0.12))  # fmt: skip
            for i in range(-3, 4):
                c.fill(diamond(i * 56, top - 96, 20, 11), p.accent)
        c.solid(ellipse(0, top - (76 if round_box else 140), 30, 24), p.second, 9)


def _slab(half: float, top: float, bottom: float, bulge: float) -> list[tuple[float, float]]:
    """The front of a box or, with a bulge, of a drum."""
    if not bulge:
        return box(-half, top, half, bottom)
    return [*ellipse(0, bottom, half, bulge, 0, 180), *ellipse(0, top, half, bulge, 180, 0)]


def _inlay(scene: Scene, half: float, y: float, step: float, tier: int) -> None:
    c, p, chance = scene.canvas, scene.palette, scene.chance
    if chance.chosen(f"inlay band {tier}", 0.4):
        name = chance.pick(f"inlay {tier}", ["diamonds", "waves", "hexagons", "chevrons", "rosettes"])
        dark = darker(p.main, 0.3)
        ornaments.band(c, (-half, y - step * 0.26, half, y + step * 0.26), name, (p.accent, p.second, dark))
        return
    branch = smooth([(-half * 0.8, y + 18), (-half * 0.3, y - 8), (half * 0.2, y + 12), (half * 0.8, y - 14)],
                    closed=False)  # fmt: skip
    c.line(branch, 6, mix(p.accent, WOOD, 0.4))
    for i in range(9):
        x, dy = branch[3 * i + 2]
        if i % 2:
            ornaments.rosette(c, x, dy - 12, min(28, step * 0.22), 5, (p.second if i % 4 == 1 else p.accent, p.accent))
        else:
            c.fill(leaf(x, dy, step * 0.4, step * 0.16, chance.between(f"inlay leaf {tier} {i}", -150, -20)), p.accent)
