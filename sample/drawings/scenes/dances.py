"""Dancers and players as silhouettes cut from one sheet, without faces."""

from __future__ import annotations

import math
from collections.abc import Callable

from sample.drawings import ornaments
from sample.drawings.palette import CREAM, SHADE, Colour, brightness, darker, distance, lighter, mix
from sample.drawings.scene import Scene
from sample.drawings.shapes import Point, box, ellipse, leaf, smooth, turned_on_a_lathe

_FLOOR_Y = 610


def dance(scene: Scene, form: str | None = None) -> None:
    """`count` dancers on a stage."""
    c, chance = scene.canvas, scene.chance
    form = form or chance.pick("form", sorted(_DANCERS))
    _theatre(scene)
    num = scene.number(1, 3, 7)
    with scene.placed(480, _FLOOR_Y + 22, 1.06):
        for i in sorted(range(num), key=lambda i: i % 2 == 0):
            x = (i - (num - 1) / 2) * chance.between("spread", 660, 820) / max(num, 2)
            size = (1.1, 1.06, 0.98, 0.92, 0.86, 0.8, 0.74)[num - 1] * (1 if i % 2 == 0 else 0.9)
            with c.placed(x, -26 if i % 2 else 0, size):
                c.fill(ellipse(0, 2, 110, 14), SHADE, 0.28)
                _DANCERS[form](scene, i + chance.whole("step", 0, 1), -1 if (i + chance.whole("turn", 0, 1)) % 2 else 1)


def _wall(scene: Scene) -> Colour:
    p = scene.palette
    if distance(p.ground, p.main) > 90:
        return p.ground
    return darker(p.main, 0.6) if brightness(p.main) > 110 else lighter(p.main, 0.7)


def _theatre(scene: Scene) -> None:
    c, p, chance = scene.canvas, scene.palette, scene.chance
    back = _wall(scene)
    c.fill(box(c.left, c.top, c.right, c.bottom), back)
    glow = lighter(back, 0.16)
    form = chance.pick("theatre", ["spots", "sun", "arches", "garlands", "bands"])
    if form == "spots":
        for i in range(3):
            x, foot = chance.between(f"lamp {i}", 60, 900), chance.between(f"spot {i}", 260, 700)
            c.fill([(x - 12, c.top), (x + 12, c.top), (foot + 170, _FLOOR_Y + 30), (foot - 170, _FLOOR_Y + 30)],
                   glow, 0.55)  # fmt: skip
    elif form == "sun":
        radius = chance.between("sun", 230, 300)
        c.fill(ellipse(chance.between("sun x", 380, 580), 330, radius, num=72), mix(back, p.accent, 0.4))
        c.fill(ellipse(480, 330, radius * 0.8, num=72), glow, 0.4)
    elif form == "arches":
        for i in range(-3, 4):
            x = 480 + 190 * i
            c.fill(
                [(x - 80, _FLOOR_Y), *ellipse(x, 250, 80, 80, 180, 360), (x + 80, _FLOOR_Y)], mix(back, p.second, 0.22)
            )
    elif form == "garlands":
        for row in range(3):
            for i in range(60):
                x = c.left + (c.right - c.left) * i / 59
                y = 60 + 74 * row + 40 * math.sin(i * 0.33 + 2 * row)
                c.fill(ellipse(x, y, 7), (p.accent, p.second, glow)[(i + row) % 3])
    else:
        name = chance.pick("bands figure", sorted(ornaments.FIGURES))
        ornaments.band(c, (c.left - 20, 52, c.right + 20, 128), name, (mix(back, p.accent, 0.6), back, glow))
        ornaments.band(c, (c.left - 20, 470, c.right + 20, 540), name, (mix(back, p.second, 0.4), back, glow))
    if chance.chosen("curtain", 0.5):
        for side in (-1, 1):
            for i in range(4):
                x = 480 + side * (505 - 42 * i)
                fold = smooth([(x - 34, c.top - 30), (x + 34, c.top - 30), (x + 24 + side * 20, 330),
                               (x + 30, _FLOOR_Y), (x - 30, _FLOOR_Y), (x - 24 + side * 20, 330)])  # fmt: skip
                c.solid(fold, darker(p.accent, 0.1 + 0.12 * (i % 2)), 12)
    c.fill(box(c.left, _FLOOR_Y - 20, c.right, c.bottom), mix(darker(back, 0.25), p.floor, 0.4))
    c.fill(ellipse(480, _FLOOR_Y + 30, 430, 62), lighter(mix(darker(back, 0.25), p.floor, 0.4), 0.14))


def _body(scene: Scene) -> Colour:
    """The colour of limbs and head: a tone of the costume, as if all were cut from one sheet of paper."""
    p, back = scene.palette, _wall(scene)
    tones = (lighter(p.main, 0.5), mix(p.main, p.second, 0.5), darker(p.main, 0.5))
    return max(tones, key=lambda tone: min(distance(tone, back), 50))


def _limb(scene: Scene, points: list[Point], width: float, colour: Colour) -> None:
    scene.canvas.line(smooth(points, closed=False, num=8), width, colour)


def _skirt(scene: Scene, number: int, turn: int) -> None:
    """A wide skirt in a turn, one arm raised."""
    c, p, chance = scene.canvas, scene.palette, scene.chance
    tone = _body(scene)
    sway = turn * chance.between(f"sway {number}", 30, 80)
    skirt = smooth([(0, -250), (-70, -170), (-150 + sway, -60), (-178 + sway, -8), (-60 + sway, 0),
                    (60 + sway, -6), (176 + sway, -14), (140 + sway, -70), (66, -170)])  # fmt: skip
    c.solid(skirt, p.main, 22)
    with c.clipped(skirt):
        for i in range(3):
            path = [(x, -26 - 46 * i + 13 * math.sin(x / 17 + i)) for x in range(-260, 280, 10)]
            c.line(path, 15, p.second if i % 2 == 0 else p.accent)
        for i in range(-3, 4):
            c.line(
                smooth([(i * 8, -250), (i * 26 + sway * 0.4, -120), (i * 50 + sway, 0)], closed=False),
                3,
                darker(p.main, 0.25),
            )
    c.solid(turned_on_a_lathe(0, [(40, -356), (34, -310), (26, -250)]), p.main, 10)
    _limb(scene, [(turn * 36, -350), (turn * 88, -400), (turn * 62, -480)], 17, tone)
    _limb(scene, [(-turn * 36, -350), (-turn * 100, -320), (-turn * 96, -240), (-turn * 56, -236)], 17, tone)
    c.line([(0, -380), (0, -352)], 16, tone)
    c.fill(ellipse(turn * 4, -404, 28, 32), tone)
    c.fill(ellipse(-turn * 20, -418, 20), tone)
    ornaments.rosette(c, -turn * 26, -430, 17, 6, (p.accent, CREAM))
    if chance.chosen("fan", 0.5):
        c.fill([(turn * 62, -482), *ellipse(turn * 62, -482, 62, 62, 200, 340, 12)], p.accent)
        for i in range(6):
            angle = math.radians(205 + 26 * i)
            c.line([(turn * 62, -482), (turn * 62 + 58 * math.cos(angle), -482 + 58 * math.sin(angle))], 3, p.second)


def _ballet(scene: Scene, number: int, turn: int) -> None:
    """On the tip of one foot, arms in an arc."""
    c, p = scene.canvas, scene.palette
    tone = _body(scene)
    raised = number % 2 == 0
    _limb(scene, [(0, -210), (turn * 3, -110), (0, -2)], 19, tone)
    if raised:
        _limb(scene, [(0, -210), (-turn * 90, -236), (-turn * 176, -300)], 18, tone)
    else:
        _limb(scene, [(0, -210), (turn * 62, -150), (turn * 6, -96)], 18, tone)
    for i, colour in enumerate((darker(p.main, 0.15), p.main, lighter(p.main, 0.35))):
        c.fill(ellipse(0, -232 - 9 * i, 118 - 20 * i, 27 - 4 * i), colour)
    for i in range(15):
        angle = math.radians(24 * i)
        c.fill(ellipse(98 * math.cos(angle), -240 + 19 * math.sin(angle), 6), p.accent)
    c.solid(turned_on_a_lathe(0, [(34, -352), (30, -310), (25, -244)]), p.main, 9)
    for side in (-1, 1):
        if raised and side == turn:
            _limb(scene, [(side * 32, -346), (side * 100, -372), (side * 166, -396)], 14, tone)
        else:
            _limb(scene, [(side * 32, -346), (side * 84, -400), (side * 56, -470), (side * 16, -486)], 14, tone)
    c.line([(0, -378), (0, -350)], 14, tone)
    c.fill(ellipse(0, -402, 25, 29), tone)
    c.fill(ellipse(0, -434, 14), tone)
    for i in range(3):
        c.fill(leaf(-12 + 12 * i, -424, 26, 11, -115 + 25 * i), p.accent)


def _martial(scene: Scene, number: int, turn: int) -> None:
    """A high kick in loose clothes with a belt."""
    c, p = scene.canvas, scene.palette
    tone = _body(scene)
    shade = darker(p.main, 0.16)
    lean = -turn * 40
    _limb(scene, [(0, -200), (-turn * 10, -104), (-turn * 2, -24)], 46, shade)
    c.fill(ellipse(turn * 8, -8, 32, 11), tone)
    high = scene.chance.between("kick", -400, -250)
    foot = (turn * 180, high) if number % 2 == 0 else (turn * 96, -90.0)
    _limb(scene, [(0, -206), (foot[0] * 0.5, (foot[1] - 214) / 2), (foot[0] * 0.9, foot[1] * 0.98)], 44, p.main)
    c.fill(ellipse(*foot, 22, 16), tone)
    torso = [(lean - 52, -352), (lean + 52, -352), (40, -196), (-40, -196)]
    c.solid(torso, p.main, 14)
    c.line([(lean - 44, -350), (8, -268), (-30, -206)], 7, p.second)
    c.line([(lean + 44, -350), (2, -268)], 7, p.second)
    c.line([(-44, -228), (44, -228)], 17, p.second)
    for dx in (-14, 12):
        c.line([(0, -226), (dx - turn * 12, -168)], 10, p.second)
    _limb(scene, [(lean + turn * 46, -340), (lean + turn * 96, -296), (lean + turn * 70, -356)], 32, p.main)
    _limb(scene, [(lean - turn * 46, -340), (lean - turn * 84, -280), (lean - turn * 46, -256)], 32, shade)
    c.fill(ellipse(lean + turn * 70, -362, 15), tone)
    c.fill(ellipse(lean - turn * 44, -254, 15), tone)
    c.line([(lean, -376), (lean, -350)], 20, tone)
    c.fill(ellipse(lean - turn * 4, -402, 29, 33), tone)


def _line(scene: Scene, number: int, turn: int) -> None:
    """A hop with a knee up and cloths in the hands."""
    c, p = scene.canvas, scene.palette
    tone = _body(scene)
    hop = 14 * (number % 3)
    with c.placed(0, -hop):
        trousers = darker(p.second, 0.1)
        _limb(scene, [(0, -200), (-turn * 14, -110), (-turn * 6, -14)], 34, trousers)
        _limb(scene, [(0, -200), (turn * 66, -170), (turn * 48, -78)], 34, trousers)
        for x, y in ((-turn * 2, -6), (turn * 54, -66)):
            c.fill(ellipse(x + turn * 8, y, 28, 12), darker(tone, 0.2))
        for y in (-74, -58):
            c.line([(-turn * 30, y), (turn * 8, y)], 6, p.accent)
        c.solid([(-46, -352), (46, -352), (40, -190), (-40, -190)], p.main, 14)
        c.line([(-42, -350), (38, -200)], 13, p.second)
        c.line([(42, -350), (-38, -200)], 13, p.accent)
        for side in (-1, 1):
            hand = (side * 92.0, -452.0 + 40 * (side == turn))
            _limb(scene, [(side * 42, -342), (side * 96, -370), hand], 24, p.main)
            c.fill(ellipse(*hand, 13), tone)
            c.fill(
                smooth(
                    [
                        hand,
                        (hand[0] + side * 40, hand[1] - 52),
                        (hand[0] + side * 74, hand[1] - 20),
                        (hand[0] + side * 44, hand[1] + 8),
                    ]
                ),
                CREAM if number % 2 else p.accent,
            )
        c.line([(0, -376), (0, -350)], 18, tone)
        c.fill(ellipse(0, -402, 28, 32), tone)
        for i in range(7):
            angle = math.radians(200 + 140 * i / 6)
            ornaments.rosette(c, 27 * math.cos(angle), -406 + 31 * math.sin(angle), 12, 5, (p.trio[i % 2 + 1], CREAM))


_DANCERS: dict[str, Callable[[Scene, int, int], None]] = {
    "ballet": _ballet,
    "line": _line,
    "martial": _martial,
    "skirt": _skirt,
}
