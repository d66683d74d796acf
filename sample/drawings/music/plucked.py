"""Lutes and zithers."""

from __future__ import annotations

from sample.drawings import ornaments
from sample.drawings.backdrops import stage
from sample.drawings.palette import CREAM, GOLD, INK, SHADE, WOOD, brightness, darker, lighter, mix
from sample.drawings.scene import Scene
from sample.drawings.shapes import Outline, box, ellipse, moved, rounded, smooth, star, taper, turned_on_a_lathe


def lute(scene: Scene, form: str | None = None) -> None:
    """A plucked instrument with `count` strings."""
    c, p, chance = scene.canvas, scene.palette, scene.chance
    stage(scene)
    strings = scene.number(3, 6, 14)
    form = form or chance.pick("form", ["pear", "round"])
    x, y, size, lean = chance.pick("pose", [(345, 490, 1.0, 45), (440, 520, 0.8, 14), (290, 430, 0.98, 66)])
    with scene.placed(x, y), c.placed(0, 0, size, lean + chance.between("lean", -6, 6)):
        rx, ry = chance.between("wide", 138, 170), chance.between("long", 165, 205)
        outline = _bodies(rx, ry)[form]
        c.fill(moved(outline, 34, 12), SHADE, 0.2)
        half, top = 15 + strings * 1.8, -ry - chance.between("neck", 280, 335)
        _neck(scene, strings, half, top, -ry)
        c.solid(outline, p.main, 22)
        front = mix(p.second, p.main, 0.25)
        with c.clipped(outline):
            c.fill([(x * 0.92, y * 0.93) for x, y in outline], lighter(front, 0.15))
            if chance.chosen("ribs", 0.5):
                for i in range(-4, 5):
                    c.line([(i * 36, -ry * 1.2), (i * 36, ry)], 3, darker(front, 0.1))
            c.fill(moved([(x * 0.9, y * 0.92) for x, y in outline], rx * 0.95, 30), front, 0.35)
        hole = -ry * 0.12
        c.fill(star(0, hole, 64, 52, chance.whole("petals", 8, 14)), p.accent)
        c.fill(ellipse(0, hole, 49), lighter(p.main, 0.3))
        c.fill(ellipse(0, hole, 40), darker(p.main, 0.7))
        ornaments.rosette(c, 0, hole, 33, chance.whole("rosette", 6, 10), (p.accent, darker(p.main, 0.6)))
        bridge = ry * 0.56
        c.solid(rounded(-half * 1.9, bridge - 12, half * 1.9, bridge + 12, 10), darker(p.main, 0.5), 5)
        tone = mix(CREAM, INK, 0.75 if brightness(front) > 150 else 0.0)
        for i in range(strings):
            share = (i - (strings - 1) / 2) / max(1, strings - 1)
            c.line([(share * half * 1.2, top - 6), (share * half * 2.6, bridge)], 2.4, tone)
        c.fill(box(-half * 0.82, top - 8, half * 0.82, top + 4), CREAM)


def _bodies(rx: float, ry: float) -> dict[str, Outline]:
    """Outlines around (0, 0) of about that half width and half height."""
    pear = [(24, -ry * 1.25), (rx * 0.55, -ry * 0.72), (rx, 0.1 * ry), (rx * 0.7, ry * 0.78), (8, ry)]
    waisted = [(30, -1.1), (rx * 0.72, -0.8), (rx * 0.52, -0.2), (rx, 0.5), (rx * 0.6, 0.98), (10, 1.02)]
    triangle = [(0, -0.95), (0.62, 0.1), (1.1, 0.86), (0, 0.92), (-1.1, 0.86), (-0.62, 0.1)]
    return {
        "pear": turned_on_a_lathe(0, pear),
        "round": ellipse(0, 0, rx * 1.06),
        "square": rounded(-rx * 0.82, -ry * 0.8, rx * 0.82, ry * 0.8, 40),
        "triangle": smooth([(rx * x, ry * y) for x, y in triangle], num=4),
        "waisted": turned_on_a_lathe(0, [(half, ry * y) for half, y in waisted]),
    }


def _neck(scene: Scene, strings: int, half: float, top: float, bottom: float) -> None:
    """With frets, pegs and a head, from `top` down to the body at `bottom`."""
    c, p = scene.canvas, scene.palette
    c.solid(taper(0, top, 0, half * 0.8, half), darker(p.main, 0.35), 8)
    for i in range(7):
        y = top + 60 + (bottom - top - 60) * (1 - 0.82**i) * 1.5
        if y < bottom:
            c.line([(-half * 0.8, y), (half * 0.8, y)], 4, mix(GOLD, CREAM, 0.3))
    for i in range(strings):
        side, y = (-1 if i % 2 else 1), top - 24 - 78 * (i // 2) / max(1, (strings - 1) // 2)
        c.line([(0, y), (side * (half + 34), y)], 8, darker(p.main, 0.5))
        c.solid(ellipse(side * (half + 38), y, 13, 10), CREAM, 5)
    broad = half * 1.25
    head = [(-half * 0.8, top), (half * 0.8, top), (broad, top - 118), (0, top - 145), (-broad, top - 118)]
    c.solid(head, mix(p.main, p.accent, 0.4), 8)


def zither(scene: Scene, form: str | None = None) -> None:
    """A long board, or a wing, under `count` strings."""
    c, p, chance = scene.canvas, scene.palette, scene.chance
    stage(scene)
    form = form or chance.pick("form", ["board", "board", "wing"])
    num = scene.number(7, 13, 25)
    with scene.placed(480, 372), c.placed(0, 0, 1.04, chance.between("lean", -22, -9)):
        half = chance.between("wide", 88, 112)
        if form == "board":
            front = smooth([(-410, -half), (-300, -half * 1.06), (300, -half * 1.06), (410, -half)], closed=False,
                           num=6)  # fmt: skip
            body = [*front, *[(x, -y) for x, y in reversed(front)]]
        else:
            body = smooth([(-390, 120), (-300, 20), (-60, -130), (190, -190), (330, -130), (380, 40), (340, 150),
                           (100, 158), (-200, 162)])  # fmt: skip
        for x in (-250.0, 250.0):
            c.solid(box(x - 22, half * 0.8, x + 22, half + 100), darker(WOOD, 0.25), 8)
        c.fill(moved(body, 16, 40), SHADE, 0.22)
        c.fill(moved(body, 0, 22), darker(p.main, 0.5))
        c.fill(body, p.main)
        with c.clipped(body):
            for i in range(14):
                y = -200.0 + 30 * i
                grain = [(gx, y + chance.between(f"grain {i} {gx}", -9, 9)) for gx in range(-420, 440, 120)]
                c.line(smooth(grain, closed=False), 3, darker(p.main, 0.13))
            name = chance.pick("figure", sorted(ornaments.FIGURES))
            for x0, x1 in ((-420, -366), (366, 420)) if form == "board" else ((-420, -330),):
                c.fill(box(x0, -220, x1, 220), p.second)
                with c.placed(x1, -200, 1, 90):
                    ornaments.band(c, (0, 12, 400, 40), name, (p.accent, p.main, p.second))
        tone = CREAM if brightness(p.main) < 150 else darker(p.main, 0.65)
        for i in range(num):
            share = (i + 0.5) / num - 0.5
            if form == "board":
                left, right = (-352.0, share * half * 1.6), (352.0, share * half * 1.6)
            else:
                left, right = (-300.0 + 240 * (0.5 - share), 112 - 200 * (0.5 - share)), (318.0, share * 240 - 12)
            c.line([left, right], 2.6, tone)
            for x, y in (left, right):
                c.fill(ellipse(x, y, 6), p.accent)
            if form == "board":
                x = -210 + 380 * (i + 0.5) / num
                c.solid([(x - 13, left[1] + 7), (x, left[1] - 22), (x + 13, left[1] + 7)], lighter(p.second, 0.3), 4)
        if form == "wing":
            c.fill(ellipse(140, 70, 46), darker(p.main, 0.5))
            ornaments.rosette(c, 140, 70, 40, 8, (p.accent, p.second))
