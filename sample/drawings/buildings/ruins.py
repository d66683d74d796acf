"""What is left of buildings."""

from __future__ import annotations

import math

from sample.drawings import ornaments
from sample.drawings.buildings.masonry import BASE_Y, ground_shadow
from sample.drawings.landscapes import land
from sample.drawings.palette import LEAF, SHADE, STONE, Colour, darker, lighter, mix
from sample.drawings.scene import Scene
from sample.drawings.shapes import arch, box, ellipse, leaf, rounded, smooth


def ruins(scene: Scene) -> None:
    """`count` columns that still stand, a broken arch, fallen blocks."""
    c, p, chance = scene.canvas, scene.palette, scene.chance
    land(scene)
    num = scene.number(4, 7, 9)
    with scene.placed(480, BASE_Y, 1.06):
        ground_shadow(c, 380)
        c.solid(box(-390, -20, 390, 4), darker(p.main, 0.12), 10)
        c.solid(box(-360, -38, 360, -18), p.main, 10)
        brick = chance.chosen("brick", 0.5)
        wall = [(-360, -38), (-360, -210), (-318, -232), (-300, -190), (-262, -204), (-250, -150), (-206, -140),
                (-196, -38)]  # fmt: skip
        c.solid(wall, mix(p.main, p.second, 0.3 if brick else 0.15), 14)
        with c.clipped(wall):
            for row in range(8):
                for i in range(6):
                    x, y = -366.0 + 40 * i + 20 * (row % 2), -226.0 + 25 * row
                    c.fill(rounded(x, y, x + 36, y + 21, 4), mix(p.main, p.second, 0.2 + 0.2 * ((i + row) % 3)))
        c.fill(arch(-310, -262, -38, -130), darker(p.main, 0.5))
        step = 500 / num
        whole = chance.whole("whole", 2, max(2, num - 2))
        for i in range(num):
            x = -130 + step * (i + 0.5)
            tall = 300 if i < whole else chance.between(f"stump {i}", 60, 230)
            wide = min(24, step * 0.32)
            dent, rise = (0, 0) if i < whole else (16, 14)
            shaft = [(x - wide, -38), (x - wide * 0.88, -38 - tall), (x - wide * 0.2, -38 - tall + dent),
                     (x + wide * 0.88, -38 - tall - rise), (x + wide, -38)]  # fmt: skip
            c.solid(shaft, lighter(p.main, 0.14), wide * 0.7)
            for dx in (-0.35, 0.1):
                c.line([(x + wide * dx, -44), (x + wide * dx, -26 - tall)], 2.5, darker(p.main, 0.14))
            c.solid(box(x - wide * 1.3, -50, x + wide * 1.3, -38), lighter(p.main, 0.2), 4)
            if i < whole:
                c.solid(box(x - wide * 1.4, -54 - tall, x + wide * 1.4, -38 - tall), lighter(p.main, 0.25), 5)
        end = -130 + step * whole
        c.solid([(-136, -354), (end - 8, -354), (end + 14, -372), (end - 4, -400), (-136, -400)], p.main, 12)
        ornaments.band(c, (-132, -390, end - 16, -366), "steps", (p.second, p.accent, darker(p.main, 0.12)))
        for i in range(7):
            x, size = chance.between(f"block {i}", -380, 380), chance.between(f"block size {i}", 15, 34)
            with c.placed(x, 16 + 24 * chance.unit(f"block y {i}"), 1, chance.between(f"block turn {i}", -24, 24)):
                c.solid(box(-size, -size * 0.8, size, size * 0.5), mix(p.main, p.second, 0.3 * (i % 2)), 7)
        for i in range(8):
            x = chance.between(f"weed {i}", -380, 380)
            for angle in (-120, -90, -60):
                c.fill(leaf(x, -36 if i % 2 else 14, 36, 12, angle), LEAF)


def standing_stones(scene: Scene) -> None:
    """A ring of `count` great stones, some with lintels."""
    c, p, chance = scene.canvas, scene.palette, scene.chance
    land(scene)
    num = scene.number(6, 10, 14)
    c.fill(ellipse(480, 640, 470, 84), mix(p.second, LEAF, 0.35))
    places = sorted(
        (math.sin(2 * math.pi * (i + 0.25) / num), math.cos(2 * math.pi * (i + 0.25) / num), i) for i in range(num)
    )
    with scene.placed(480, 630):
        for depth, across, i in places:
            size = 0.78 + 0.3 * depth
            with c.placed(across * 350, depth * 48, size):
                tall, half = chance.between(f"tall {i}", 190, 250), chance.between(f"half {i}", 36, 50)
                c.fill(ellipse(34, 2, half * 1.7, 15), SHADE, 0.26)
                lean = chance.between(f"lean {i}", -12, 12)
                shape = [
                    (-half, 0),
                    (lean - half * 0.9, -tall),
                    (lean, -tall - 10),
                    (lean + half * 0.86, 4 - tall),
                    (half, 0),
                ]
                stone = smooth(shape, num=5)
                colour = mix(p.main, STONE, chance.between(f"stone {i}", 0, 0.3))
                c.solid(stone, colour, half * 0.5)
                for j in range(3):
                    y = -tall * chance.between(f"crack {i} {j}", 0.15, 0.85)
                    c.line([(-half * 0.5, y), (half * 0.1, y + 12)], 4, darker(colour, 0.16))
                if i % 3 == 0:
                    c.solid(rounded(-half * 2.2, -tall - 52, half * 2.2, -tall - 4, 10), lighter(colour, 0.08), 14)


def brick_ruins(scene: Scene) -> None:
    """Walls of brick in terraces around a mound, `count` steps."""
    c, p, chance = scene.canvas, scene.palette, scene.chance
    land(scene)
    num = scene.number(3, 4, 6)

    def brickwork(outline: list[tuple[float, float]], colour: Colour, purpose: str) -> None:
        c.solid(outline, colour, 16)
        xs, ys = [x for x, _ in outline], [y for _, y in outline]
        with c.clipped(outline):
            row, y = 0, min(ys)
            while y < max(ys):
                x = min(xs) - 22 * (row % 2)
                while x < max(xs):
                    if chance.chosen(f"{purpose} {row} {x:.0f}", 0.4):
                        tone = lighter(colour, 0.14) if (row + int(x)) % 3 else darker(colour, 0.14)
                        c.fill(rounded(x, y, x + 40, y + 14, 3), tone)
                    x += 44
                y += 18
                row += 1

    with scene.placed(480, BASE_Y, 1.06):
        ground_shadow(c, 400)
        for i in range(num):
            half, y = 250 - 170 * i / num, -70.0 - 46 * i
            left, right = chance.between(f"worn left {i}", 4, 30), chance.between(f"worn right {i}", 4, 30)
            brickwork([(-half, y + 50), (-half + left, y - 2), (half - right, y), (half, y + 50)],
                      mix(p.main, p.second, 0.4 * (i % 2)), f"step {i}")  # fmt: skip
        top = -70.0 - 46 * (num - 1)
        brickwork([(-54, top), (-54, top - 64), (-20, top - 92), (18, top - 70), (50, top - 84), (54, top)],
                  p.main, "crown")  # fmt: skip
        c.fill(arch(-18, 18, top, top - 44), darker(p.main, 0.6))
        for i in range(4):
            y = 8 + 14 * i - 40
            for side in (-1, 1):
                x = side * (120.0 + 90 * i)
                wide = chance.between(f"wall {i} {side}", 60, 110)
                high = chance.between(f"high {i} {side}", 40, 96)
                ragged = [(x - wide, y + 30), (x - wide, y - high), (x - wide * 0.5, y - high * 0.8),
                          (x, y - high * 1.1), (x + wide * 0.6, y - high * 0.7), (x + wide, y - high * 0.4),
                          (x + wide, y + 30)]  # fmt: skip
                brickwork(ragged, mix(p.main, p.second, 0.2 + 0.2 * (i % 2)), f"wall {i} {side}")
        c.fill([(-60, -24), (60, -24), (110, 60), (-110, 60)], lighter(p.second, 0.25))
        for i in range(9):
            x = chance.between(f"weed {i}", -400, 400)
            for angle in (-120, -90, -60):
                c.fill(leaf(x, 40 + 14 * (i % 3), 36, 12, angle), LEAF)


def stone_enclosure(scene: Scene) -> None:
    """Dry stone walls in a ring, `count` courses of stones."""
    c, p, chance = scene.canvas, scene.palette, scene.chance
    land(scene)
    num = scene.number(6, 8, 10)
    with scene.placed(480, BASE_Y, 1.06):
        c.fill(ellipse(0, -40, 420, 76), darker(p.second, 0.25), 0.6)
        for front in (False, True):
            for side in (-1, 1):
                high = 26 * num * (0.8 if front else 1.0)
                pieces = 11
                for row in range(num):
                    for i in range(pieces):
                        share = (i + 0.5 * (row % 2)) / pieces
                        angle = math.radians((100 + 78 * share) if front else (182 + 84 * share))
                        x, y = -side * 400 * math.cos(angle), -40 + 70 * math.sin(angle)
                        level = y - high * row / num
                        half = (26 + 12 * abs(math.sin(angle))) * chance.between(
                            f"stone {front} {side} {row} {i}", 0.85, 1.1
                        )
                        colour = mix(
                            p.main,
                            (darker(p.main, 0.25), p.second)[(i + row) % 2],
                            chance.between(f"tone {front} {side} {row} {i}", 0, 0.5),
                        )
                        c.solid(rounded(x - half, level - high / num + 2, x + half, level, 8), colour, 7)
        c.solid(rounded(-92, -40 + 70 - 26 * num * 0.86, 92, -2 - 26 * num * 0.68, 8), p.main, 9)
        for side in (-1, 1):
            c.solid(rounded(side * 74 - 20, -20 - 26 * num * 0.64, side * 74 + 20, 32, 8), lighter(p.main, 0.1), 9)
        for i in range(7):
            x = chance.between(f"bush {i}", -430, 430)
            c.solid(ellipse(x, 42 + 10 * (i % 2), 36, 20), darker(LEAF, 0.1 * (i % 3)), 8)
