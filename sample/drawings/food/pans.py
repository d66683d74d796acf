"""Food in the thing it was made in: a pan, a tray of skewers, a pizza."""

from __future__ import annotations

import math

from sample.drawings.food.serving import herb, spread, wedge
from sample.drawings.palette import CREAM, GOLD, LEAF, SHADE, WOOD, Colour, darker, lighter, mix
from sample.drawings.scene import Scene
from sample.drawings.shapes import ellipse, leaf, moved, polar, rounded, smooth
from sample.drawings.tabletop import set_places, tabletop


def skewer(scene: Scene) -> None:
    """`count` skewers on a board."""
    c, p, chance = scene.canvas, scene.palette, scene.chance
    tabletop(scene)
    num = scene.number(3, 5, 7)
    with scene.placed(480, 370, tilt=5), c.placed(0, 0, 1, chance.pick("lean", [-14, -8, 8])):
        board = rounded(-370, -235, 370, 235, chance.pick("corner", [30, 90, 235]))
        c.fill(moved(board, 12, 22), darker(p.ground, 0.42))
        tray = chance.pick("tray", [WOOD, darker(p.accent, 0.25), mix(LEAF, WOOD, 0.2)])
        c.solid(board, tray, 10)
        for i in range(7):
            y = -200.0 + 62 * i
            c.line([(-300, y), (300, y + chance.between(f"grain {i}", -10, 10))], 3, darker(tray, 0.14))
        gap = 390 / num
        thick = min(gap * 0.38, 46)
        for i in range(num):
            y = -195 + gap * (i + 0.5)
            start = chance.between(f"start {i}", -285, -240)
            c.line([(start - 60, y + 8), (400, y + 8)], 9, darker(tray, 0.4))
            c.line([(start - 70, y), (395, y)], 9, mix(GOLD, CREAM, 0.5))
            x = start
            for j in range(7):
                width = chance.between(f"chunk {i} {j}", 66, 86)
                colour = (p.main, p.main, p.second, p.main, mix(p.main, p.second, 0.5))[(j + i) % 5]
                chunk = rounded(x, y - thick, x + width, y + thick, 24)
                c.fill(moved(chunk, 5, 9), darker(tray, 0.5), 0.5)
                c.solid(chunk, colour, 13)
                for t in (0.3, 0.6):
                    c.line(
                        [(x + width * t, y - thick * 0.5), (x + width * (t + 0.12), y + thick * 0.4)],
                        5,
                        darker(colour, 0.3),
                    )
                x += width + 5


def pizza(scene: Scene) -> None:
    """A pizza with sauce in the first colour and cheese in the second."""
    c, p, chance = scene.canvas, scene.palette, scene.chance
    tabletop(scene)
    with scene.placed(*set_places(scene)):
        radius = chance.between("radius", 250, 286)
        board = ellipse(0, 0, radius + 42, num=72)
        c.fill(moved(board, 14, 22), darker(p.ground, 0.4))
        c.solid(board, WOOD, 10)
        for i in range(6):
            c.line([(-radius, -160 + 64 * i), (radius, -150 + 64 * i)], 3, darker(WOOD, 0.12))
        crust = smooth([polar(radius * chance.between(f"crust {i}", 0.98, 1.04), 15 * i) for i in range(24)])
        c.fill(moved(crust, 8, 12), SHADE, 0.3)
        c.solid(crust, (222, 170, 104), 20)
        for i in range(13):
            x, y = polar(radius * 0.95, chance.between(f"char {i}", 0, 360))
            c.fill(ellipse(x, y, 14, 10), (150, 96, 60), 0.7)
        c.fill(smooth([polar(radius * chance.between(f"sauce {i}", 0.83, 0.88), 18 * i) for i in range(20)]), p.main)
        for i in range(11):
            x, y = spread(i, 11, radius * 0.7)
            blob = smooth(
                [
                    (x + dx, y + dy)
                    for dx, dy in (polar(chance.between(f"cheese {i} {j}", 34, 54), 60 * j) for j in range(6))
                ]
            )
            c.fill(moved(blob, 3, 5), darker(p.main, 0.3), 0.5)
            c.fill(blob, p.second)
            c.fill(ellipse(x - 8, y - 6, 13, 9), lighter(p.second, 0.5))
        for i in range(8):
            x, y = polar(radius * 0.62 * math.sqrt(chance.between(f"basil r {i}", 0.05, 1)), 45 * i + 20)
            for turn in (0, 70):
                c.fill(
                    leaf(x, y, 56, 30, turn + 360 * chance.unit(f"basil t {i}")), LEAF if turn else lighter(LEAF, 0.15)
                )
        for angle in range(0, 180, 45):
            c.line([polar(radius, angle + 10), polar(-radius, angle + 10)], 3, darker(p.main, 0.25))


def pan(scene: Scene) -> None:
    """A wide pan of rice in the first colour, with `count` pieces around the middle."""
    c, p, chance = scene.canvas, scene.palette, scene.chance
    tabletop(scene)
    iron: Colour = (58, 52, 58)
    num = scene.number(5, 8, 12)
    with scene.placed(*set_places(scene)), c.placed(0, 0, 1, chance.between("pan turn", -40, 40)):
        radius = chance.between("radius", 272, 298)
        for side in (-1, 1):
            c.line(ellipse(side * radius, 0, 62, 66), 19, iron)
        c.fill(ellipse(14, 20, radius + 16, num=72), darker(p.ground, 0.42))
        c.fill(ellipse(0, 0, radius + 16, num=72), lighter(iron, 0.2))
        c.fill(ellipse(0, 0, radius, num=72), darker(iron, 0.3))
        c.fill(ellipse(3, 5, radius * 0.94, num=72), p.main)
        for i in range(170):
            x, y = polar(radius * 0.9 * math.sqrt(chance.unit(f"grain r {i}")), 360 * chance.unit(f"grain a {i}"))
            colour = (lighter(p.main, 0.35), darker(p.main, 0.14))[i % 2]
            c.fill(leaf(x, y, 20, 8, 360 * chance.unit(f"grain t {i}")), colour)
        for i in range(14):
            x, y = polar(radius * chance.between(f"strip r {i}", 0.2, 0.85), 360 * chance.unit(f"strip a {i}"))
            with c.placed(x, y, 1, 360 * chance.unit(f"strip t {i}")):
                c.fill(rounded(-36, -7, 36, 8, 7), (p.second, LEAF)[i % 2])
        for i in range(num):
            angle = 360 * i / num
            with c.placed(*polar(radius * 0.56, angle), 1, angle + 90):
                if i % 2:
                    c.solid(smooth([(-52, 10), (-30, -22), (30, -22), (52, 10), (0, 26)]), (52, 44, 66), 6)
                    c.fill(ellipse(0, -2, 30, 13), (238, 168, 100))
                else:
                    prawn = ellipse(0, 0, 46, 44, 150, 400, 20)
                    c.line(prawn, 27, mix(p.second, (240, 140, 96), 0.5))
                    for j in range(2, 20, 4):
                        c.line([prawn[j], (prawn[j][0] * 0.74, prawn[j][1] * 0.74)], 4, lighter(p.second, 0.5))
        for i in range(3):
            x, y = polar(radius * 0.2, 120 * i)
            wedge(scene, x, y, 120 * i + 90)
        for i in range(9):
            x, y = polar(radius * 0.8 * chance.unit(f"herb r {i}"), 360 * chance.unit(f"herb a {i}"))
            herb(c, x, y, 28, 360 * chance.unit(f"herb t {i}"))
