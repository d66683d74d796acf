"""What is struck or shaken: bells, bars, rattles, tines."""

from __future__ import annotations

import math

from sample.drawings import ornaments
from sample.drawings.backdrops import stage, table
from sample.drawings.palette import GOLD, SHADE, WOOD, darker, lighter, mix
from sample.drawings.scene import Scene
from sample.drawings.shapes import Outline, box, ellipse, moved, rounded, smooth, star, taper, turned_on_a_lathe
from sample.drawings.tabletop import tabletop


def xylophone(scene: Scene) -> None:
    """`count` bars over resonators, with two mallets."""
    c, p, chance = scene.canvas, scene.palette, scene.chance
    stage(scene)
    num = scene.number(8, 12, 22)
    with scene.placed(480, 622, tilt=2):
        c.fill(ellipse(0, 0, 400, 28), SHADE, 0.24)
        for side in (-1, 1):
            c.solid(taper(side * 330, -290, 2, 16, 24), darker(p.second, 0.3), 8)
        width = 700 / num
        form = chance.pick("resonators", ["tubes", "gourds", "box"])
        if form == "box":
            case = smooth([(-370, -290), (370, -290), (350, -150), (180, -80), (-180, -80), (-350, -150)])
            c.solid(case, p.second, 22)
            with c.clipped(case):
                ornaments.band(
                    c,
                    (-370, -200, 370, -150),
                    chance.pick("figure", sorted(ornaments.FIGURES)),
                    (p.accent, p.main, darker(p.second, 0.2)),
                )
        for i in range(num):
            x = -350 + width * (i + 0.5)
            long = 230 - 150 * i / max(1, num - 1)
            if form == "tubes":
                c.solid(rounded(x - width * 0.34, -290, x + width * 0.34, -290 + long, 12), p.second, width * 0.24)
            elif form == "gourds":
                size = min(46, width * 0.47) * (1.1 - 0.35 * i / num)
                c.solid(turned_on_a_lathe(x, [(size * 0.35, -290), (size * 0.5, -250), (size, -215),
                                              (size * 0.6, -175), (5, -168)]), mix(p.second, GOLD, 0.15 * (i % 2)),
                        size * 0.4)  # fmt: skip
        for y in (-402, -312):
            c.line([(-385, y), (385, y)], 14, darker(p.accent, 0.35))
        for i in range(num):
            x = -350 + width * (i + 0.5)
            reach = 1 - 0.38 * i / max(1, num - 1)
            colour = mix(p.main, lighter(p.main, 0.45), i / num)
            bar = rounded(x - width * 0.43, -356 - 100 * reach, x + width * 0.43, -356 + 100 * reach, 9)
            c.fill(moved(bar, 5, 8), SHADE, 0.25)
            c.solid(bar, colour, width * 0.2)
            for y in (-402, -312):
                c.fill(ellipse(x, y, 5, num=12), darker(p.main, 0.5))
        for i, (x, lean) in enumerate(((-110, -30), (140, 24))):
            with c.placed(x, -400 - 16 * i, 1, lean):
                c.line([(0, 0), (0, -215)], 9, WOOD)
                c.solid(ellipse(0, 0, 27), p.accent, 9)


def bell(scene: Scene) -> None:
    """`count` bells that hang from a beam."""
    c, p, chance = scene.canvas, scene.palette, scene.chance
    stage(scene)
    num = scene.number(1, 3, 7)
    with scene.placed(480, 622):
        c.fill(ellipse(0, 2, 390, 28), SHADE, 0.22)
        frame = darker(p.second, 0.25)
        for side in (-1, 1):
            c.solid(taper(side * 350, -520, 2, 20, 30), frame, 10)
        beam = [(-430.0, -560.0), (430.0, -560.0), (395.0, -505.0), (-395.0, -505.0)]
        if chance.chosen("curved beam", 0.5):
            beam = [*smooth([(-440, -585), (-240, -545), (0, -535), (240, -545), (440, -585)], closed=False),
                    (400, -505), (-400, -505)]  # fmt: skip
        c.solid(beam, p.second, 10)
        c.fill(box(-395, -516, 395, -505), p.accent)
        for i in range(num):
            x = (i - (num - 1) / 2) * 680 / num
            size = min(1.45, 2.7 / num) * (1 - 0.06 * abs(i - (num - 1) / 2))
            with c.placed(x, -505, size, chance.between(f"swing {i}", -7, 7) if num > 1 else 0):
                _bell(scene, i)


def _bell(scene: Scene, number: int) -> None:
    c, p, chance = scene.canvas, scene.palette, scene.chance
    metal = mix(p.main, p.second, 0.14 * (number % 3))
    flare = chance.between("flare", 0.98, 1.3)
    c.line([(0, -4), (0, 28)], 12, darker(p.second, 0.5))
    c.line(ellipse(0, 40, 18, 20), 10, darker(metal, 0.25))
    c.line([(0, 200), (0, 300)], 9, darker(metal, 0.6))
    c.solid(ellipse(0, 308, 22), darker(metal, 0.4), 8)
    body = turned_on_a_lathe(0, [(30, 54), (84, 76), (104, 130), (112, 216), (112 * flare, 290)])
    c.solid(body, metal, 26)
    with c.clipped(body):
        name = chance.pick("figure", sorted(ornaments.FIGURES))
        ornaments.band(c, (-150, 118, 150, 156), name, (p.accent, p.second, darker(metal, 0.18)))
        for y in (108, 158, 240, 254):
            c.fill(box(-160, y, 160, y + 6), lighter(metal, 0.35))
        c.fill(ellipse(-56, 170, 11, 90), (255, 255, 255), 0.3)
        c.fill(box(62, 40, 200, 300), darker(metal, 0.6), 0.22)
    c.solid(rounded(-112 * flare - 8, 282, 112 * flare + 8, 302, 10), darker(metal, 0.12), 10)
    if chance.chosen("boss", 0.5):
        for i in range(-2, 3):
            c.solid(ellipse(i * 38, 200, 11), lighter(metal, 0.25), 4)
    c.fill([(math.cos(a / 3) * 9, 40 + math.sin(a / 3) * 9) for a in range(19)], p.accent)


def rattles(scene: Scene) -> None:
    """`count` tuned bamboo rattles in a frame."""
    c, p, chance = scene.canvas, scene.palette, scene.chance
    stage(scene)
    num = scene.number(5, 8, 12)
    with scene.placed(480, 626):
        c.fill(ellipse(0, 0, 410, 26), SHADE, 0.24)
        for x in (-390.0, 390.0):
            c.solid(rounded(x - 13, -540, x + 13, 2, 12), darker(p.second, 0.1), 8)
            for y in range(-470, -20, 120):
                c.line([(x - 13, y), (x + 13, y)], 4, darker(p.second, 0.4))
        for y in (-520, -90):
            c.solid(rounded(-420, y - 13, 420, y + 13, 12), p.second, 5)
        ornaments.band(
            c,
            (-370, -530, 370, -510),
            chance.pick("figure", ["diamonds", "zigzag", "crosses", "dots"]),
            (p.accent, lighter(p.second, 0.3), p.second),
        )
        step = 740 / num
        for i in range(num):
            x = -370 + step * (i + 0.5)
            size = 1 - 0.5 * i / num
            with c.placed(x, -90, 1, chance.between(f"swing {i}", -2.5, 2.5)):
                for dx, long in ((-0.2, 340 * size), (0.2, 240 * size)):
                    half = min(22.0, step * 0.17)
                    cx = dx * step
                    tube = [(cx - half, -16), (cx - half, -long * 0.62), (cx - half * 0.5, -long),
                            (cx + half * 0.2, -long), (cx + half, -long * 0.62), (cx + half, -16)]  # fmt: skip
                    c.fill(moved(tube, 8, 4), SHADE, 0.16)
                    c.solid(tube, mix(p.main, lighter(p.main, 0.5), 0.3 * (i % 2)), half * 0.6)
                    for share in (0.3, 0.6):
                        c.line([(cx - half, -long * share), (cx + half, -long * share)], 4, darker(p.main, 0.25))
                    c.solid(rounded(cx - half - 4, -24, cx + half + 4, -4, 6), darker(p.main, 0.15), 4)
                c.line([(-step * 0.36, -360 * size - 20), (step * 0.36, -360 * size - 20)], 7, darker(p.second, 0.3))
                c.line([(0, -360 * size - 20), (0, -430)], 3, p.accent)


def castanets(scene: Scene) -> None:
    """`count` shells in pairs, with ribbons."""
    c, p, chance = scene.canvas, scene.palette, scene.chance
    table(scene)
    num = (scene.number(2, 4, 6) + 1) // 2
    with scene.placed(480, 430, 1.1 if num == 1 else 0.86):
        for i in range(num):
            x = (i - (num - 1) / 2) * 330
            with c.placed(x, 20 * (i % 2), 1.25 if num < 3 else 0.8, (-1) ** i * chance.between("turn", 4, 16)):
                for side in (1, -1):
                    with c.placed(side * 26, 0, 1, side * 34):
                        shell = smooth([(-42, -118), (-24, -138), (24, -138), (42, -118), (96, -30), (104, 50),
                                        (60, 110), (-60, 110), (-104, 50), (-96, -30)])  # fmt: skip
                        c.fill(moved(shell, 14, 20), SHADE, 0.22)
                        c.solid(shell, p.main if side < 0 else darker(p.main, 0.3), 22)
                        if side < 0:
                            for share in (0.78, 0.7):
                                c.line(
                                    [
                                        *[(x * share, y * share + 6) for x, y in shell],
                                        (shell[0][0] * share, shell[0][1] * share + 6),
                                    ],
                                    5,
                                    p.second if share > 0.75 else p.accent,
                                )
                            ornaments.rosette(c, 0, 24, 44, chance.whole("petals", 6, 9), (p.second, p.accent))
                c.line(ellipse(0, -150, 40, 34), 9, p.accent)
                for side in (-1, 1):
                    bow = smooth([(0, -160), (side * 60, -215), (side * 96, -178), (side * 40, -150)])
                    c.solid(bow, p.accent, 8)
                    c.line(smooth([(0, -158), (side * 50, -110), (side * 34, -60), (side * 70, -20)],
                                  closed=False), 10, darker(p.accent, 0.15))  # fmt: skip
                c.fill(ellipse(0, -162, 15), darker(p.accent, 0.2))
        for i in range(5):
            angle = math.radians(200 + 35 * i)
            c.fill(star(300 * math.cos(angle), 40 + 270 * math.sin(angle), 17, 6, 4), p.second)


_BODIES: dict[str, Outline] = {
    "board": rounded(-190, -230, 190, 230, 40),
    "round": ellipse(0, 10, 240, 236),
    "waisted": smooth(
        [(-170, -230), (170, -230), (190, -60), (220, 120), (150, 236), (-150, 236), (-220, 120), (-190, -60)]
    ),
}


def thumb_piano(scene: Scene) -> None:
    """A sound box with `count` tines."""
    c, p, chance = scene.canvas, scene.palette, scene.chance
    tabletop(scene)
    num = scene.number(7, 11, 17)
    with scene.placed(480, 366, 1.06), c.placed(0, 0, 1, chance.between("turn", -14, 14)):
        form = chance.pick("form", sorted(_BODIES))
        body = _BODIES[form]
        c.fill(moved(body, 18, 28), SHADE, 0.26)
        c.fill(moved(body, 6, 16), darker(p.main, 0.4))
        c.solid(body, p.main, 18)
        with c.clipped(body):
            for i in range(9):
                x = -240.0 + 60 * i
                c.line(smooth([(x, -260), (x + 12, -80), (x - 8, 100), (x + 10, 260)], closed=False), 3,
                       darker(p.main, 0.12))  # fmt: skip
            ornaments.band(
                c,
                (-250, 176, 250, 208),
                chance.pick("figure", sorted(ornaments.FIGURES)),
                (p.accent, p.second, darker(p.main, 0.2)),
            )
        c.fill(ellipse(0, 110, 46), darker(p.main, 0.65))
        ornaments.rosette(c, 0, 110, 40, 6, (p.accent, darker(p.main, 0.6)))
        metal = lighter(p.second, 0.25)
        step = 310 / num
        for i in range(num):
            x = -155 + step * (i + 0.5)
            low = 40 - 120 * abs(i - (num - 1) / 2) / num
            c.fill(rounded(x - step * 0.3 + 5, -206, x + step * 0.3 + 5, low + 12, 8), SHADE, 0.25)
            c.solid(rounded(x - step * 0.3, -210, x + step * 0.3, low, 8), metal, step * 0.2)
            c.fill(ellipse(x, low - 10, step * 0.24, 9), lighter(metal, 0.5))
        for y in (-170, -116):
            c.solid(rounded(-176, y - 11, 176, y + 11, 8), darker(p.second, 0.45), 6)
        for x in (-160, 0, 160):
            c.fill(ellipse(x, -143, 9), p.accent)
