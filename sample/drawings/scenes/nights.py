"""What shines at night."""

from __future__ import annotations

import math

from sample.drawings.buildings.masonry import swept_roof
from sample.drawings.canvas import Canvas
from sample.drawings.landscapes import night, stars
from sample.drawings.palette import CREAM, GOLD, Colour, darker, lighter, mix
from sample.drawings.scene import Scene
from sample.drawings.shapes import box, ellipse, leaf, rounded, smooth, star, taper, turned

# Sky of an evening with lanterns, from top to horizon.
_DUSKS: list[tuple[Colour, ...]] = [
    ((38, 42, 84), (126, 82, 116), (232, 144, 104)),
    ((24, 40, 70), (48, 92, 118), (124, 156, 148)),
    ((56, 28, 66), (140, 60, 84), (236, 158, 92)),
    ((22, 30, 56), (54, 54, 104), (112, 96, 150)),
]


def fireworks(scene: Scene) -> None:
    """`count` bursts over a town by the water."""
    c, p, chance = scene.canvas, scene.palette, scene.chance
    night(scene)
    num = scene.number(3, 6, 9)
    dark = (20, 18, 40)
    for i in range(num):
        x = 90 + 780 * (i + 0.5) / num + chance.between(f"burst x {i}", -34, 34)
        y = chance.between(f"burst y {i}", 110, 330)
        _burst(scene, i, x, y, chance.between(f"burst {i}", 70, 155) * (1.1 if num < 5 else 0.85))
    x, i = c.left, 0
    while x < c.right:
        width, high = chance.between(f"house {i}", 44, 90), chance.between(f"high {i}", 470, 575)
        roof = chance.pick(f"roof {i}", ["flat", "gable", "dome", "spire"])
        c.fill(box(x, high, x + width + 1, 640), dark)
        if roof == "gable":
            c.fill([(x - 4, high + 1), (x + width / 2, high - 30), (x + width + 4, high + 1)], dark)
        elif roof == "dome":
            c.fill(ellipse(x + width / 2, high + 1, width / 2, width / 2, 180, 360), dark)
        elif roof == "spire":
            c.fill([(x + width * 0.2, high + 1), (x + width / 2, high - 80), (x + width * 0.8, high + 1)], dark)
        for row in range(3):
            for column in (0.25, 0.6):
                if chance.chosen(f"lit {i} {row} {column}", 0.5):
                    c.fill(
                        box(x + width * column, high + 14 + 26 * row, x + width * column + 9, high + 26 + 26 * row),
                        (248, 200, 110),
                    )
        x += width
        i += 1
    c.fill(box(c.left, 632, c.right, c.bottom), (26, 30, 62))
    for i in range(60):
        x, y = chance.between(f"glint x {i}", c.left, c.right), chance.between(f"glint y {i}", 640, c.bottom)
        c.fill(
            rounded(x, y, x + chance.between(f"glint {i}", 10, 60), y + 4, 2),
            (p.main, p.second, p.accent, GOLD)[i % 4],
            0.6,
        )


def _burst(scene: Scene, number: int, x: float, y: float, radius: float) -> None:
    c, p, chance = scene.canvas, scene.palette, scene.chance
    colours = [lighter(colour, 0.25) for colour in (p.main, p.second, p.accent, GOLD)]
    colour, other = colours[number % 4], colours[(number + 1) % 4]
    form = chance.pick(f"burst form {number}", ["rays", "dots", "willow", "rings"])
    c.fill(ellipse(x, y, radius * 1.15), colour, 0.14)
    c.line(smooth([(x + 20, 520), (x + 6, y + radius), (x, y)], closed=False), 3, mix(colour, (40, 30, 70), 0.5))
    num = chance.whole(f"rays {number}", 14, 22)
    for i in range(num):
        angle = 2 * math.pi * i / num
        cos, sin = math.cos(angle), math.sin(angle)
        if form == "rays":
            c.line(
                [(x + cos * radius * 0.2, y + sin * radius * 0.2), (x + cos * radius * 0.84, y + sin * radius * 0.84)],
                5,
                colour,
            )
            c.fill(ellipse(x + cos * radius, y + sin * radius, 6), other)
        elif form == "dots":
            for j in range(1, 5):
                reach = radius * j / 4
                c.fill(ellipse(x + cos * reach, y + sin * reach, 2 + 1.6 * j, num=12), (colour, other)[j % 2])
        elif form == "willow":
            tip = (x + cos * radius, y + sin * radius + radius * 0.45)
            c.line(smooth([(x, y), (x + cos * radius * 0.7, y + sin * radius * 0.8), tip], closed=False), 5, colour)
            c.fill(ellipse(*tip, 5), other)
        else:
            for j, reach in enumerate((0.45, 0.75, 1.0)):
                c.fill(
                    star(x + cos * radius * reach, y + sin * radius * reach, 5 + 3 * j, 2 + j, 4),
                    (colour, other, CREAM)[j],
                )
    c.fill(ellipse(x, y, radius * 0.1), CREAM)


def starry_night(scene: Scene) -> None:
    """A dark, silent village under the Milky Way."""
    c, p, chance = scene.canvas, scene.palette, scene.chance
    top, low = darker(p.main, 0.35), mix(p.main, (96, 100, 160), 0.5)
    c.fade(c.top, c.bottom + 1, (top, mix(top, low, 0.5), low))
    tilt, middle = chance.between("galaxy", -64, -16), chance.between("galaxy y", 200, 380)
    for i in range(6):
        band = turned(ellipse(480, middle, 760, 150 - 22 * i), tilt, 480, middle)
        c.fill(band, lighter(low, 0.3), 0.09)
    for i in range(150):
        along, across = chance.between(f"galaxy x {i}", -700, 700), chance.between(f"galaxy y {i}", -1, 1)
        x, y = turned([(480 + along, middle + 110 * across * abs(across))], tilt, 480, middle)[0]
        c.fill(
            ellipse(x, y, 1.4 + 1.8 * chance.unit(f"galaxy {i}"), num=8), (CREAM, lighter(p.second, 0.4))[i % 2], 0.9
        )
    stars(scene, 110, 560)
    x = chance.between("moon", 150, 810)
    c.fill(ellipse(x, 150, 56), lighter(p.second, 0.5))
    c.fill(ellipse(x + 24, 138, 50), mix(top, low, 0.25))
    rise = chance.between("rise", -70, 20)
    for i, level in enumerate((500 + rise, 560 + rise / 2)):
        ridge = [(x, level + chance.between(f"ridge {i} {x}", -56, 30)) for x in range(-260, 1400, 130)]
        c.fill(
            [*smooth(ridge, closed=False), (c.right + 500, c.bottom), (c.left - 500, c.bottom)],
            mix(top, (14, 16, 36), 0.3 + 0.3 * i),
        )
    dark = mix(top, (12, 12, 30), 0.75)
    c.fill(box(c.left, 640, c.right, c.bottom), dark)
    for i in range(6):
        x, size = c.left + (c.right - c.left) * (i + 0.5) / 6, chance.between(f"house {i}", 0.7, 1.25)
        with c.placed(x, 652, size):
            c.fill(box(-46, -90, 46, 4), dark)
            swept_roof(c, 70, 16, -84, 70, 0.3, mix(dark, low, 0.16))
            if chance.chosen(f"tiers {i}", 0.4):
                for j in range(3):
                    c.fill(taper(0, -190 - 44 * j, -140 - 44 * j, 14 - 4 * j, 40 - 8 * j), dark)
    for side in (-1, 1):
        trunk = smooth([(480 + side * 420, 720), (480 + side * 400, 500), (480 + side * 430, 330)], closed=False)
        c.line(trunk, 15, dark)
        for angle in range(-170, 20, 27):
            c.fill(leaf(*trunk[-1], 130, 34, angle), dark)


def film(scene: Scene) -> None:
    """An open-air cinema: a screen, a beam, rows of heads, reels."""
    c, p, chance = scene.canvas, scene.palette, scene.chance
    night(scene)
    with scene.placed(480, 300):
        half, high = chance.between("screen", 280, 330), chance.between("screen high", 170, 195)
        for x in (-half * 0.7, half * 0.7):
            c.fill(box(x - 9, high - 10, x + 9, 330), (30, 26, 44))
        c.solid(box(-half - 20, -high - 20, half + 20, high + 20), darker(p.main, 0.35), 8)
        for i in range(22):
            x = -half - 8 + (2 * half + 16) * i / 21
            for y in (-high - 10, high + 10):
                c.fill(ellipse(x, y, 6), (255, 226, 150))
        screen = box(-half, -high, half, high)
        with c.clipped(screen):
            c.fill(screen, lighter(p.second, 0.75))
            turn = chance.between("reel", 0, 60)
            x, y, radius = chance.between("reel x", -90, 90), 0.0, high * 0.78
            c.fill(ellipse(x, y, radius), p.main)
            c.fill(ellipse(x, y, radius * 0.9), darker(p.main, 0.2))
            for i in range(6):
                angle = math.radians(turn + 60 * i)
                c.fill(
                    ellipse(x + radius * 0.55 * math.cos(angle), radius * 0.55 * math.sin(angle), radius * 0.22),
                    lighter(p.second, 0.75),
                )
            c.fill(ellipse(x, y, radius * 0.16), p.accent)
            strip = smooth(
                [(x + radius * 0.7, radius * 0.7), (x + radius * 1.2, radius * 0.9), (half + 60, radius * 0.4)],
                closed=False,
            )
            c.line(strip, 56, darker(p.main, 0.5))
            for px, py in strip[::3]:
                c.fill(rounded(px - 9, py - 15, px + 9, py + 15, 3), lighter(p.second, 0.5))
            for i in range(5):
                c.fill(star(-half + 60 + 52 * i, -high + 40, 21, 9, 5), p.accent)
    dark = (24, 20, 38)
    c.fill(box(c.left, 640, c.right, c.bottom), dark)
    for row in range(2):
        for i in range(13):
            x, y = c.left + 76 * i + 38 * row, 636 + 50 * row + chance.between(f"head {row} {i}", -8, 8)
            tone = mix(dark, p.trio[(i + row) % 3], 0.16 + 0.14 * row)
            c.fill(ellipse(x, y - 14, 21, 24), tone)
            c.fill(ellipse(x, y + 44, 42, 44, 180, 360), tone)
            c.fill(box(x - 42, y + 42, x + 42, c.bottom), tone)
    for side in (-1, 1):
        x = 480 + side * 430
        c.line([(x, 640), (x, 300)], 9, dark)
        c.fill(leaf(x, 300, 150, 44, -60), dark)
        for angle in (-170, -140, -110, -90, -40, -15, 5):
            c.fill(leaf(x, 302, 130, 36, angle), dark)


def lantern(scene: Scene) -> None:
    """`count` lanterns that glow in the dusk."""
    c, p, chance = scene.canvas, scene.palette, scene.chance
    dusk = chance.pick("dusk", _DUSKS)
    c.fade(c.top, c.bottom + 1, dusk)
    for i in range(40):
        x, y = chance.between(f"star x {i}", c.left, c.right), chance.between(f"star y {i}", c.top, 360)
        c.fill(ellipse(x, y, 2.4, num=8), CREAM, 0.8)
    c.fill(box(c.left, 640, c.right, c.bottom), darker(dusk[0], 0.4))
    for i in range(9):
        x = c.left + (c.right - c.left) * (i + 0.5) / 9
        high = chance.between(f"roof {i}", 470, 590)
        c.fill([(x - 66, c.bottom), (x - 66, high), (x - 82, high), (x, high - 56), (x + 82, high), (x + 66, high),
                (x + 66, c.bottom)], darker(dusk[0], 0.3 + 0.1 * (i % 2)))  # fmt: skip
        if chance.chosen(f"lit {i}", 0.6):
            c.fill(box(x - 14, high + 30, x + 14, high + 66), (250, 204, 120))
    num = scene.number(2, 5, 9)
    form = chance.pick("form", ["round", "long", "box", "star"])
    rope = [(c.left - 10, 40 + chance.between("rope", 0, 40)), (300, 92), (660, 84), (c.right + 10, 36)]
    path = smooth(rope, closed=False)
    c.line(path, 5, darker(dusk[0], 0.5))
    for i in range(num):
        x, y = path[int((i + 0.5) * len(path) / num)]
        with c.placed(x, y, min(1.35, 3.4 / num), chance.between(f"swing {i}", -4, 4)):
            c.line([(0, 0), (0, 60 + 60 * (i % 2))], 6, darker(dusk[0], 0.5))
            with c.placed(0, 60 + 60 * (i % 2)):
                _lantern(c, p.trio[i % 3], p.trio[(i + 1) % 3], form)


def _lantern(c: Canvas, colour: Colour, trim: Colour, form: str) -> None:
    for radius in (170, 138):
        c.fill(ellipse(0, 105, radius), (255, 214, 130), 0.13)
    if form == "star":
        c.solid(star(0, 105, 118, 52, 5), colour, 16)
        c.fill(star(0, 105, 78, 34, 5), mix(colour, (255, 226, 150), 0.6))
        c.fill(ellipse(0, 105, 24), (255, 244, 205))
        c.solid(box(-12, -8, 12, 4), trim, 4)
    elif form == "box":
        c.solid(taper(0, 30, 186, 92, 66), colour, 22)
        c.fill(taper(0, 46, 170, 62, 46), (255, 226, 150))
        c.fill(ellipse(0, 112, 26, 40), (255, 246, 215))
        for x in (-24, 24):
            c.line([(x * 1.1, 44), (x * 0.8, 172)], 5, darker(colour, 0.2))
        c.solid([(-112, 34), (-40, 0), (40, 0), (112, 34)], trim, 12)
    else:
        rx, ry = (112, 98) if form == "round" else (76, 112)
        c.solid(ellipse(0, 105, rx, ry), colour, 22)
        with c.clipped(ellipse(0, 105, rx, ry)):
            c.fill(ellipse(0, 116, rx * 0.62, ry * 0.78), mix(colour, (255, 226, 150), 0.4))
            c.fill(ellipse(0, 122, rx * 0.36, ry * 0.5), mix(colour, (255, 240, 190), 0.75))
            for share in (0.36, 0.72):
                c.line(ellipse(0, 105, rx * share, ry, num=40), 3, darker(colour, 0.25))
            c.line([(0, 0), (0, 210)], 3, darker(colour, 0.25))
        c.solid(box(-rx * 0.42, -4, rx * 0.42, 16), trim, 6)
        c.solid(box(-rx * 0.42, 192 + (ry - 98), rx * 0.42, 210 + (ry - 98)), trim, 6)
    for i in range(-2, 3):
        c.line([(i * 4, 210), (i * 9, 282)], 5, trim)
