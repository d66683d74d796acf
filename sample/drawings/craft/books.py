"""Books and scrolls of writing that is none."""

from __future__ import annotations

from sample.drawings import ornaments, pictures
from sample.drawings.palette import CREAM, INK, SHADE, darker, lighter, mix
from sample.drawings.scene import Scene
from sample.drawings.shapes import box, ellipse, leaf, moved, rounded, smooth, turned_on_a_lathe
from sample.drawings.tabletop import tabletop


def book(scene: Scene) -> None:
    """An open book with an ornament on one page and lines on the other."""
    c, p, chance = scene.canvas, scene.palette, scene.chance
    tabletop(scene)
    page = mix(CREAM, p.second, 0.08)
    with scene.placed(480, 355, 1.1, tilt=5):
        c.fill(rounded(-372, -206, 392, 246, 20), SHADE, 0.24)
        c.solid(rounded(-380, -222, 380, 226, 16), p.main, 10)
        for i in range(4):
            for side in (-1, 1):
                edge = side * (354 - 5 * i)
                inner = [(0, -196 + 3 * i), (edge, -208 + 3 * i), (edge, 204 - 3 * i), (0, 214 - 3 * i)]
                c.fill(inner, darker(page, 0.16 - 0.04 * i) if i < 3 else page)
        for side in (-1, 1):
            c.fill([(0, -186), (side * 46, -190), (side * 46, 204), (0, 206)], SHADE, 0.1)
        name = chance.pick("border", sorted(ornaments.FIGURES))
        colours = (p.main, p.accent, mix(page, p.second, 0.5))
        for y in (-176, 152):
            ornaments.band(c, (-320, y, -40, y + 30), name, colours)
        frame = box(-310, -132, -50, 138)
        with c.clipped(frame):
            c.fill(frame, mix(p.second, page, 0.2))
            chance.pick("miniature", [pictures.landscape, pictures.flowers, pictures.emblem])(
                scene, -310, -132, -50, 138
            )
        c.fill(rounded(60, -166, 138, -88, 10), p.accent)
        ornaments.rosette(c, 99, -127, 32, 8, (page, p.main))
        for i in range(12):
            left = 156 if i < 4 else 60
            right = 318 if i % 4 != 3 else chance.between(f"line {i}", 210, 300)
            c.line([(left, -156 + 27 * i), (right, -156 + 27 * i)], 7, mix(INK, page, 0.45) if i % 5 else p.main)
        c.line(smooth([(0, 210), (14, 250), (-4, 290)], closed=False), 14, p.accent)


def parchment(scene: Scene) -> None:
    """An unrolled parchment with lines of writing that is none."""
    c, p, chance = scene.canvas, scene.palette, scene.chance
    tabletop(scene)
    sheet = lighter(p.main, 0.3)
    columns, rows = chance.whole("columns", 2, 4), chance.whole("rows", 9, 13)
    quill = chance.chosen("quill", 0.5)
    if quill:
        with c.placed(840, 520):
            c.fill(ellipse(10, 66, 66, 16), SHADE, 0.26)
            c.solid(
                turned_on_a_lathe(0, [(26, -30), (30, -10), (58, 20), (54, 66)], bulge=10), darker(p.second, 0.35), 12
            )
            c.fill(ellipse(0, -30, 28, 9), darker(p.second, 0.7))
            c.line(smooth([(0, -30), (20, -150), (70, -260)], closed=False), 5, CREAM)
            c.solid(leaf(8, -90, 230, 56, -68), p.accent, 8)
    with scene.placed(
        420 if quill else 480, chance.between("height", 330, 390), chance.between("size", 0.84, 1.0), tilt=12
    ):
        edge = [(x, -196 + chance.between(f"top {x}", -7, 7)) for x in range(-350, 351, 50)]
        low = [(x, 196 + chance.between(f"low {x}", -9, 9)) for x in range(350, -351, -50)]
        page = [*edge, *low]
        c.fill(moved(page, 14, 22), SHADE, 0.26)
        c.fill(page, sheet)
        with c.clipped(page):
            for i in range(9):
                x, y = chance.between(f"stain x {i}", -340, 340), chance.between(f"stain y {i}", -190, 190)
                c.fill(ellipse(x, y, chance.between(f"stain {i}", 20, 60), 30), darker(sheet, 0.2), 0.25)
            wide, ink = 612 / columns, mix(darker(p.second, 0.5), sheet, 0.15)
            for column in range(columns):
                start = -296 + wide * column
                for row in range(rows):
                    y, x = -150 + 300 * row / (rows - 1), start
                    while x < start + wide - 42:
                        long = chance.between(f"word {column} {row} {x:.0f}", 12, 40)
                        c.line([(x, y), (min(x + long, start + wide - 34), y)], 6, ink)
                        x += long + 15
        for side in (-1, 1):
            x = side * 362
            c.fill(rounded(x - 30, -222, x + 44, 232, 26), SHADE, 0.2)
            c.solid(rounded(x - 38, -214, x + 38, 214, 30), mix(sheet, p.main, 0.6), 18)
            for dx in (-16, 4):
                c.line([(x + dx, -204), (x + dx, 204)], 3, darker(sheet, 0.2))
            for y in (-236, 236):
                c.solid(rounded(x - 15, y - 30, x + 15, y + 30, 10), darker(p.second, 0.2), 8)
                c.solid(ellipse(x, y + (24 if y > 0 else -24), 21, 15), p.accent, 6)
