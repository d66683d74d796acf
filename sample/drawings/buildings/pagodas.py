"""Buildings under swept roofs."""

from __future__ import annotations

from sample.drawings import ornaments
from sample.drawings.buildings.masonry import BASE_Y, ground_shadow, swept_roof
from sample.drawings.landscapes import land
from sample.drawings.palette import CREAM, GOLD, STONE, darker, lighter, mix
from sample.drawings.scene import Scene
from sample.drawings.shapes import box, ellipse, mirrored, rounded, smooth


def pagoda(scene: Scene) -> None:
    """A tower of `count` storeys, each with its own roof."""
    c, p, chance = scene.canvas, scene.palette, scene.chance
    land(scene)
    num = scene.number(3, 7, 9)
    with scene.placed(480, BASE_Y, 1.14):
        ground_shadow(c, 240)
        c.solid(box(-210, -34, 210, 3), lighter(darker(p.main, 0.3), 0.5), 12)
        step = 400 / num
        sweep = chance.between("sweep", 0.2, 0.5)
        y = -34.0
        for i in range(num):
            half = 128 * (1 - 0.5 * i / max(1, num - 1))
            wall = step * 0.6
            c.solid(box(-half, y - wall, half, y), p.main, 16)
            for j in range(-2, 3):
                x = j * half * 0.4
                c.fill(
                    box(x - half * 0.13, y - wall * 0.78, x + half * 0.13, y - wall * 0.06),
                    mix(GOLD, CREAM, 0.4) if j else darker(p.main, 0.5),
                )
            c.fill(box(-half, y - wall * 0.94, half, y - wall * 0.86), p.accent)
            y -= wall
            swept_roof(c, half + 62, half * 0.92, y, step * 0.46, sweep, p.second)
            y -= step * 0.4
        c.line([(0, y + 8), (0, y - 76)], 8, p.accent)
        for i in range(4):
            c.solid(ellipse(0, y - 12 - 15 * i, 17 - 3 * i, 5), p.accent, 3)


def palace_hall(scene: Scene) -> None:
    """A wide hall on terraces under `count` swept roofs."""
    c, p, chance = scene.canvas, scene.palette, scene.chance
    land(scene)
    num = scene.number(1, 2, 3)
    with scene.placed(480, BASE_Y, 1.04):
        ground_shadow(c, 400)
        stone = mix(CREAM, STONE, 0.5)
        for i in range(3):
            half = 400.0 - 32 * i
            c.solid(box(-half, -28 * (i + 1), half, -28 * i + 3), mix(stone, CREAM, 0.3 * (i % 2)), 12)
            for j in range(-8, 9):
                c.fill(
                    box(j * half / 8.5 - 3, -28 * (i + 1) - 12, j * half / 8.5 + 3, -28 * (i + 1)), lighter(stone, 0.3)
                )
        c.solid([(-60, -84), (60, -84), (96, 4), (-96, 4)], lighter(stone, 0.35), 8)
        for i in range(6):
            c.fill(box(-66 - 5 * i, -72 + 13 * i, 60 + 5 * i, -69 + 13 * i), darker(stone, 0.14))
        y, half = -84.0, 272.0
        for i in range(num):
            wall = 128 if i == 0 else 54
            c.solid(box(-half, y - wall, half, y), darker(p.main, 0.2), 16)
            columns = 8 if i == 0 else 10
            for j in range(columns):
                x = -half + 2 * half * (j + 0.5) / columns
                c.fill(
                    box(x - half / columns * 0.62, y - wall * 0.86, x + half / columns * 0.62, y - wall * 0.06),
                    mix(GOLD, p.main, 0.45),
                )
                for k in (-1, 0, 1):
                    c.line([(x + 9 * k, y - wall * 0.84), (x + 9 * k, y - wall * 0.1)], 2.5, darker(p.main, 0.35))
            for j in range(columns + 1):
                x = -half + 2 * half * j / columns
                c.solid(box(x - 9, y - wall, x + 9, y), p.main, 6)
            name = chance.pick(f"beam {i}", ["diamonds", "rosettes", "scallops", "crosses"])
            ornaments.band(
                c,
                (-half - 6, y - wall - 4, half + 6, y - wall + 18),
                name,
                (p.accent, CREAM, mix((44, 110, 120), p.main, 0.2)),
            )
            y -= wall
            swept_roof(
                c, half + 78, half * 0.84, y, 104 if num < 3 else 74, chance.between("sweep", 0.16, 0.34), p.second
            )
            y -= 80 if num < 3 else 58
            half *= 0.84
        for side in (-1, 1):
            c.line(
                smooth(
                    [(side * half * 0.98, y - 20), (side * (half + 14), y - 44), (side * (half - 2), y - 56)],
                    closed=False,
                ),
                9,
                darker(p.second, 0.3),
            )


def tiered_castle(scene: Scene) -> None:
    """A white keep of `count` storeys with swept roofs on a stone foot."""
    c, p = scene.canvas, scene.palette
    land(scene)
    num = scene.number(3, 5, 6)
    with scene.placed(480, BASE_Y, 1.04):
        ground_shadow(c, 330)
        slope = smooth([(330, 4), (276, -60), (250, -120)], closed=False)
        foot = [*mirrored(slope, 0)[::-1], *slope]
        stone = mix(STONE, (120, 112, 110), 0.5)
        c.solid(foot, stone, 26)
        with c.clipped(foot):
            for row in range(5):
                for i in range(-7, 8):
                    x = i * 50.0 + 25 * (row % 2)
                    c.fill(
                        rounded(x - 22, -118 + 25 * row, x + 22, -97 + 25 * row, 8),
                        lighter(stone, 0.06 + 0.08 * ((i + row) % 3)),
                    )
        y, step = -116.0, 400 / num
        for i in range(num):
            half = 222 - 136 * i / max(1, num - 1)
            wall = step * 0.58
            c.solid(box(-half, y - wall, half, y), p.main, 20)
            c.fill(box(-half, y - wall * 0.3, half, y), mix(p.main, p.second, 0.2))
            for j in range(-3, 4):
                c.fill(
                    box(j * half * 0.27 - 7, y - wall * 0.84, j * half * 0.27 + 7, y - wall * 0.4),
                    darker(p.second, 0.4),
                )
            y -= wall
            swept_roof(c, half + 44, half * (0.82 if i < num - 1 else 0.5), y, step * 0.5, 0.34, p.second)
            if i < num - 1:
                gable = 0.0 if i % 2 == 0 else half * 0.42
                for x in (gable, -gable):
                    c.solid([(x - 56, y), (x + 56, y), (x, y - step * 0.56)], p.second, 8)
                    c.fill([(x - 32, y - 3), (x + 32, y - 3), (x, y - step * 0.38)], p.main)
            y -= step * 0.38
        for side in (-1, 1):
            c.line(smooth([(side * 44, y - 4), (side * 58, y - 22), (side * 50, y - 36)], closed=False), 7, p.accent)
