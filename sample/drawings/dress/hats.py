"""Hats on a stand."""

from __future__ import annotations

from collections.abc import Callable

from sample.drawings import ornaments
from sample.drawings.backdrops import stage
from sample.drawings.palette import CREAM, SHADE, WOOD, Colour, darker, lighter
from sample.drawings.scene import Scene
from sample.drawings.shapes import box, diamond, ellipse, leaf, moved, smooth, turned_on_a_lathe


def hat(scene: Scene, form: str | None = None) -> None:
    """A cone, a brim, a cap, a tall hat or a turban."""
    c, p, chance = scene.canvas, scene.palette, scene.chance
    stage(scene)
    form = form or chance.pick("form", ["brim", "cap", "tall"])
    with scene.placed(480, 620):
        c.fill(ellipse(10, 0, 220, 28), SHADE, 0.24)
        c.solid(turned_on_a_lathe(0, [(34, -190), (30, -90), (60, -40), (120, -8)], bulge=18), darker(WOOD, 0.1), 16)
        c.solid(ellipse(0, -210, 96, 52), darker(WOOD, 0.25), 14)
    with scene.placed(480, 425, 1.12, tilt=4):
        colours = (p.accent, p.second, darker(p.main, 0.2))
        _HATS[form](scene, chance.pick("figure", sorted(ornaments.FIGURES)), colours)


def _cone(scene: Scene, figure: str, colours: tuple[Colour, ...]) -> None:
    c, p = scene.canvas, scene.palette
    c.fill(ellipse(0, 0, 330, 56), darker(p.main, 0.4))
    cone = [(0, -265), (334, -4), *ellipse(0, -2, 334, 44, 0, 180)]
    c.solid(cone, p.main, 44)
    with c.clipped(cone):
        for i in range(1, 8):
            c.line(ellipse(0, -265 + 36 * i, 46 * i, 7.2 * i, 0, 180), 4, darker(p.main, 0.15))
        for i in range(-8, 9):
            c.line([(0, -265), (i * 48, 40)], 3, darker(p.main, 0.1))
        c.line(ellipse(0, -60, 270, 42, 0, 180), 26, p.accent)
    for side in (-1, 1):
        c.line(smooth([(side * 130, 34), (side * 110, 110), (side * 40, 170)], closed=False), 9, p.second)
    c.solid(ellipse(0, -262, 15), p.second, 5)


def _brim(scene: Scene, figure: str, colours: tuple[Colour, ...]) -> None:
    c, p = scene.canvas, scene.palette
    c.solid(ellipse(0, 0, 345, 82), darker(p.main, 0.12), 20)
    c.fill(ellipse(0, -10, 345, 78), p.main)
    c.line(ellipse(0, -10, 322, 70), 8, p.accent)
    c.line(ellipse(0, -10, 292, 62), 4, p.second)
    crown = turned_on_a_lathe(0, [(60, -250), (120, -232), (140, -120), (168, -24)], bulge=26)
    c.solid(crown, lighter(p.main, 0.1), 34)
    with c.clipped(crown):
        ornaments.band(c, (-170, -78, 170, -22), figure, colours)
        c.fill(box(-170, -86, 170, -78), p.accent)
        c.fill(ellipse(0, -22, 168, 26, 0, 180), darker(p.main, 0.2))


def _cap(scene: Scene, figure: str, colours: tuple[Colour, ...]) -> None:
    c, p = scene.canvas, scene.palette
    cap = turned_on_a_lathe(0, [(20, -222), (130, -206), (206, -130), (222, 0)], bulge=34)
    c.solid(cap, p.main, 44)
    with c.clipped(cap):
        for x in (-130, 0, 130):
            ornaments.rosette(c, x, -104, 52, 8, (p.second, p.accent))
            c.line([(x + 65, -220), (x + 80, 20)], 5, darker(p.main, 0.2))
        ornaments.band(c, (-230, -26, 230, 40), figure, colours)
    c.line([(0, -222), (70, -256), (130, -200)], 7, p.accent)
    for i in range(-2, 3):
        c.line([(130, -200), (130 + i * 10, -120)], 6, p.accent)


def _tall(scene: Scene, figure: str, colours: tuple[Colour, ...]) -> None:
    c, p = scene.canvas, scene.palette
    flare = scene.chance.between("flare", 0.74, 1.12)
    tall = turned_on_a_lathe(0, [(150 * flare, -330), (150, -150), (162, 0)], bulge=30)
    c.solid(tall, p.main, 38)
    with c.clipped(tall):
        ornaments.band(c, (-190, -94, 190, -22), figure, colours)
        for y in (-104, -22):
            c.fill(box(-190, y, 190, y + 10), p.accent)
    c.fill(ellipse(0, -330, 150 * flare, 26), lighter(p.main, 0.16))
    end = 172 * flare
    c.line([(0, -330), (60, -345), (end, -290)], 7, p.accent)
    for i in range(-3, 4):
        c.line([(end, -290), (end + i * 7, -170)], 6, darker(p.accent, 0.1 * (i % 2)))


def _turban(scene: Scene, figure: str, colours: tuple[Colour, ...]) -> None:
    c, p = scene.canvas, scene.palette
    c.solid(ellipse(0, -80, 240, 165), p.main, 40)
    with c.clipped(ellipse(0, -80, 240, 165)):
        for i in range(6):
            fold = ellipse(-300 + 40 * i, 60 - 18 * i, 420, 260 - 20 * i, 260, 360, 24)
            c.line(fold, 8, darker(p.main, 0.2))
            c.line(moved(fold, 0, -14), 5, lighter(p.main, 0.18))
        wrap = [(-260, -40), (-60, -30), (120, -110), (250, -190), (260, -120), (110, -30), (-60, 50), (-260, 30)]
        c.fill(smooth(wrap), p.second)
    c.fill(leaf(0, -150, 170, 60, -96), p.accent)
    c.solid(diamond(0, -140, 30, 38), p.accent, 10)
    c.fill(ellipse(0, -140, 13), CREAM)


_HATS: dict[str, Callable[[Scene, str, tuple[Colour, ...]], None]] = {
    "brim": _brim,
    "cap": _cap,
    "cone": _cone,
    "tall": _tall,
    "turban": _turban,
}
