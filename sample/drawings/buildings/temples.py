"""Temples of columns and of tiers, stupas."""

from __future__ import annotations

from sample.drawings import ornaments
from sample.drawings.buildings.masonry import BASE_Y, ground_shadow, portal
from sample.drawings.landscapes import land, shore
from sample.drawings.palette import darker, lighter, mix
from sample.drawings.scene import Scene
from sample.drawings.shapes import arch, box, ellipse, onion, rounded, taper, turned_on_a_lathe


def temple(scene: Scene) -> None:
    """A front of `count` columns under a gable."""
    c, p, chance = scene.canvas, scene.palette, scene.chance
    land(scene)
    num = scene.number(4, 8, 12)
    with scene.placed(480, BASE_Y, 1.08):
        ground_shadow(c, 380)
        for i in range(3):
            c.solid(box(-380 + 20 * i, -18 * (i + 1), 380 - 20 * i, -18 * i + 3), lighter(p.main, 0.1 * i), 10)
        tall = chance.between("columns", 216, 262)
        c.fill(box(-300, -54 - tall, 300, -54), darker(p.main, 0.42))
        portal(scene, 0, 42, -54, -54 - tall * 0.72)
        step = 620 / num
        for i in range(num):
            x = -310 + step * (i + 0.5)
            wide = min(25, step * 0.3)
            c.solid(taper(x, -54 - tall, -54, wide * 0.86, wide), p.main, wide * 0.7)
            for dx in (-0.4, 0, 0.4):
                c.line([(x + dx * wide, -tall - 34), (x + dx * wide, -70)], 2.5, darker(p.main, 0.16))
            c.solid(box(x - wide * 1.3, -54 - tall, x + wide * 1.3, -40 - tall), lighter(p.main, 0.2), 5)
            c.solid(box(x - wide * 1.3, -64, x + wide * 1.3, -54), lighter(p.main, 0.2), 5)
        top = -54 - tall
        c.solid(box(-340, top - 52, 340, top), lighter(p.main, 0.12), 12)
        ornaments.band(
            c,
            (-336, top - 42, 322, top - 14),
            chance.pick("frieze", ["stripes", "rosettes", "diamonds", "waves", "steps"]),
            (darker(p.main, 0.25), p.accent, lighter(p.main, 0.12)),
        )
        rise = chance.between("gable", 96, 140)
        c.solid([(-364, top - 50), (364, top - 50), (0, top - 56 - rise)], p.second, 14)
        c.fill([(-280, top - 62), (280, top - 62), (0, top - 44 - rise)], lighter(p.main, 0.2))
        ornaments.rosette(c, 0, top - 96, 28, 8, (p.accent, p.main))
        for side in (-1, 1):
            for i in range(3):
                c.fill(
                    ellipse(side * (62 + 58 * i), top - 76 - 3 * (2 - i), 20 - 5 * i, 14 - 3 * i, 180, 360),
                    darker(p.main, 0.15),
                )


def temple_towers(scene: Scene) -> None:
    """`count` towers of carved tiers that rise like mountains."""
    c, p, chance = scene.canvas, scene.palette, scene.chance
    chance.pick("around", [land, land, shore])(scene)
    num = scene.number(1, 5, 5)
    with scene.placed(480, BASE_Y):
        ground_shadow(c, 390)
        for i in range(2):
            c.solid(box(-380 + 30 * i, -26 * (i + 1), 380 - 30 * i, -26 * i + 3), darker(p.main, 0.12 - 0.06 * i), 12)
        for i in sorted(range(num), key=lambda i: -abs(i - (num - 1) / 2)):
            offset = i - (num - 1) / 2
            size = 0.95 - 0.15 * abs(offset)
            with c.placed(offset * 640 / max(num, 2.6), -50, size):
                _tiered_tower(scene)


def _tiered_tower(scene: Scene) -> None:
    c, p, chance = scene.canvas, scene.palette, scene.chance
    tiers = chance.whole("tiers", 5, 7)
    bulging = chance.chosen("bulging", 0.5)
    wide, y = 108.0, 0.0
    for i in range(tiers):
        share = i / tiers
        half = wide * ((1 - share**2.2) if bulging else (1 - 0.82 * share))
        high = (120 if i == 0 else 66) * (1 - 0.35 * share)
        colour = mix(p.main, p.second, 0.35 * (i % 2))
        c.solid(box(-half, y - high, half, y), colour, 16)
        c.solid(box(-half - 10, y - high - 12, half + 10, y - high), lighter(p.main, 0.18), 8)
        if i == 0:
            portal(scene, 0, 28, y, y - 92, pointed=True)
        else:
            for j in range(-2, 3):
                c.fill(
                    arch(j * half * 0.38 - half * 0.11, j * half * 0.38 + half * 0.11, y - 6, y - high + 10),
                    darker(p.main, 0.42),
                )
        for side in (-1, 1):
            c.solid(
                [(side * half, y - high - 12), (side * (half + 14), y - high - 12), (side * (half + 2), y - high - 44)],
                p.second,
                4,
            )
        y -= high + 12
    c.solid(onion(0, y, 26, 62), p.accent, 8)


def stupa(scene: Scene) -> None:
    """`count` bell-shaped monuments with spires."""
    c, p, chance = scene.canvas, scene.palette, scene.chance
    land(scene)
    num = scene.number(1, 3, 5)
    with scene.placed(480, BASE_Y, 1.04):
        ground_shadow(c, 380)
        c.solid(box(-400, -24, 400, 4), darker(p.main, 0.12), 12)
        for i in sorted(range(num), key=lambda i: -abs(i - (num - 1) / 2)):
            offset = i - (num - 1) / 2
            with c.placed(
                offset * 680 / max(num, 2.5), -22, (1.12 if num < 3 else 0.96 if num == 3 else 0.8) - 0.15 * abs(offset)
            ):
                for j in range(3):
                    c.solid(
                        box(-150 + 22 * j, -30 * (j + 1), 150 - 22 * j, -30 * j + 2),
                        mix(p.main, p.second, 0.3 * (j % 2)),
                        14,
                    )
                bell = turned_on_a_lathe(0, [(44, -290), (74, -260), (88, -190), (118, -118), (122, -90)])
                c.solid(bell, p.main, 32)
                with c.clipped(bell):
                    ornaments.band(
                        c,
                        (-130, -128, 130, -104),
                        chance.pick("band", ["scallops", "leaves", "diamonds", "triangles"]),
                        (p.accent, p.second, darker(p.main, 0.14)),
                    )
                    for k in range(7):
                        x, y = chance.between(f"worn x {i} {k}", -80, 80), chance.between(f"worn y {i} {k}", -270, -150)
                        c.fill(rounded(x, y, x + 34, y + 11, 4), darker(p.main, 0.12))
                c.solid(box(-38, -326, 38, -288), p.second, 10)
                for j in range(8):
                    half = 32 - 3.4 * j
                    c.solid(
                        rounded(-half, -342 - 17 * j, half, -326 - 17 * j, 7), mix(p.main, p.second, 0.4 * (j % 2)), 7
                    )
                c.solid([(-7, -460), (7, -460), (0, -536)], p.accent, 3)
                portal(scene, 0, 22, -90, -150, pointed=True)
