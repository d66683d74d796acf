"""A table from above, and what is laid around a plate."""

from __future__ import annotations

from sample.drawings import ornaments
from sample.drawings.palette import CREAM, LEAF, darker, mix
from sample.drawings.scene import Scene
from sample.drawings.shapes import box, ellipse, leaf


def tabletop(scene: Scene) -> None:
    """A table from above."""
    c, p, chance = scene.canvas, scene.palette, scene.chance
    c.fill(box(c.left, c.top, c.right, c.bottom), p.ground)
    form = chance.pick("from above", ["check", "stripes", "field", "mat", "border", "rays"])
    tone = mix(p.ground, p.second, 0.3) if chance.chosen("cloth tone", 0.5) else darker(p.ground, 0.12)
    if form == "check":
        size = chance.between("check", 46, 90)
        for i in range(1, int((c.right - c.left) / size) + 2, 2):
            c.fill(box(c.left + (i - 1) * size, c.top, c.left + i * size, c.bottom), tone, 0.5)
        for i in range(1, int((c.bottom - c.top) / size) + 2, 2):
            c.fill(box(c.left, c.top + (i - 1) * size, c.right, c.top + i * size), tone, 0.5)
    elif form == "stripes":
        for i in range(9):
            x = c.left + (c.right - c.left) * chance.unit(f"stripe {i}")
            c.fill(
                box(x, c.top, x + chance.between(f"stripe width {i}", 8, 60), c.bottom),
                (tone, p.accent, tone)[i % 3],
                0.7,
            )
    elif form == "field":
        name = chance.pick("cloth figure", sorted(ornaments.FIGURES))
        soft = mix(p.ground, tone, 0.6)
        ornaments.field(
            c,
            (c.left - 40, c.top, c.right + 40, c.bottom),
            name,
            (soft, p.ground, p.ground),
            chance.between("cloth row", 60, 96),
        )
    elif form == "mat":
        c.fill(ellipse(480, 372, 455, 340), tone)
        c.fill(ellipse(480, 372, 430, 318), p.ground)
        c.fill(ellipse(480, 372, 405, 296), tone)
    elif form == "border":
        for top in (c.top, c.bottom - 96):
            ornaments.bands(
                c,
                (c.left - 20, top, c.right + 20, top + 96),
                chance,
                "border",
                (p.accent, p.second, tone),
                [0.3, 1.5, 0.3],
            )
    else:
        for i in range(12):
            c.fill([(480, 360), *ellipse(480, 360, 1300, 1300, 30 * i, 30 * i + 15, 4)], tone)


def set_places(scene: Scene) -> tuple[float, float]:
    """Small things around a plate on a table from above; gives the middle of the plate."""
    c, p, chance = scene.canvas, scene.palette, scene.chance
    x, y = chance.between("plate x", 400, 560), chance.between("plate y", 340, 380)
    side = 1 if x < 480 else -1
    metal = mix((196, 190, 186), p.ground, 0.15)
    for i, form in enumerate(("cutlery", "dish", "leaves", "napkin")):
        if not chance.chosen(f"place {form}", 0.45):
            continue
        px, py = (x + side * 385, 330.0) if form in ("cutlery", "napkin") else (480 + side * 390, (110.0, 600.0)[i % 2])
        with c.placed(px, py, 1, chance.between(f"place turn {i}", -12, 12)):
            if form == "cutlery":
                c.line([(8, -120), (8, 170)], 13, darker(p.ground, 0.3))
                c.line([(0, -130), (0, 160)], 12, metal)
                c.fill(ellipse(0, -150, 30, 48), metal)
                c.fill(ellipse(-4, -154, 19, 34), darker(metal, 0.14))
            elif form == "napkin":
                cloth = mix(p.accent, CREAM, 0.25)
                c.fill(box(-64, -170, 76, 186), darker(p.ground, 0.3))
                c.fill(box(-72, -180, 68, 176), cloth)
                for dy in (-150, 140):
                    c.fill(box(-72, dy, 68, dy + 9), darker(cloth, 0.25))
            elif form == "dish":
                c.fill(ellipse(8, 12, 92), darker(p.ground, 0.35))
                c.solid(ellipse(0, 0, 90), mix(p.second, CREAM, 0.5), 12)
                c.fill(ellipse(0, 0, 68), darker(p.accent, 0.1))
                c.fill(ellipse(-6, -8, 56), p.accent)
            else:
                for angle in range(-150, 200, 58):
                    c.fill(leaf(0, 0, 120, 50, angle), LEAF if angle % 4 else darker(LEAF, 0.2))
    return x, y
