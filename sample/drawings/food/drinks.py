"""Cups, pots and glasses."""

from __future__ import annotations

from sample.drawings import ornaments
from sample.drawings.backdrops import table
from sample.drawings.food.serving import shadow, steam
from sample.drawings.palette import CREAM, GOLD, LEAF, SHADE, darker, lighter, mix
from sample.drawings.scene import Scene
from sample.drawings.shapes import box, ellipse, rounded, smooth, turned_on_a_lathe


def cup(scene: Scene, form: str | None = None) -> None:
    """A steaming cup on a saucer."""
    c, p, chance = scene.canvas, scene.palette, scene.chance
    table(scene)
    form = form or chance.pick("form", ["cup", "glass", "beaker"])
    with scene.placed(480, 618, 1.22):
        shadow(c, 250)
        c.solid(ellipse(0, -10, 235, 44), darker(p.accent, 0.1), 12)
        c.fill(ellipse(0, -18, 235, 42), p.accent)
        c.fill(ellipse(0, -18, 150, 25), darker(p.accent, 0.16))
        half, tall = {"cup": (150, 220), "glass": (108, 300), "beaker": (122, 265)}[form]
        if form == "cup":
            c.line(ellipse(half + 6, -tall * 0.6, 62, 58, -100, 115, 24), 26, darker(p.main, 0.18))
        profile = {"cup": [(half, -tall), (half * 0.97, -tall * 0.6), (half * 0.72, -tall * 0.22),
                           (half * 0.45, -18)], "glass": [(half, -tall), (half * 0.72, -tall * 0.62),
                                                          (half * 0.9, -tall * 0.24), (half * 0.5, -18)],
                   "beaker": [(half, -tall), (half * 0.94, -tall * 0.5), (half * 0.84, -18)]}[form]  # fmt: skip
        body = turned_on_a_lathe(0, [*profile, (10, -12)])
        drink = mix(p.second, p.main, 0.1)
        c.solid(body, mix(CREAM, drink, 0.25) if form == "glass" else p.main, 26)
        with c.clipped(body):
            if form == "glass":
                c.fill(rounded(-200, -tall * 0.8, 200, 20, 4), drink)
                c.fill(rounded(half * 0.45, -tall, half * 2, 20, 4), darker(drink, 0.3), 0.35)
                ornaments.band(c, (-half, -tall * 0.26, half, -tall * 0.16), "diamonds", (GOLD, drink, drink))
            else:
                name = chance.pick("figure", sorted(ornaments.FIGURES))
                area = (-half, -tall * 0.74, half, -tall * 0.4)
                ornaments.band(c, area, name, (p.accent, p.second, darker(p.main, 0.12)))
                for y in (area[1], area[3]):
                    c.fill(box(-half, y - 5, half, y + 5), p.accent)
            c.fill(rounded(-half * 0.78, -tall, -half * 0.62, 0, 8), (255, 255, 255), 0.22)
        c.fill(ellipse(0, -tall, half + 5, 32), lighter(p.main, 0.3) if form != "glass" else CREAM)
        c.fill(ellipse(0, -tall + 3, half - 8, 25), darker(drink, 0.25))
        c.fill(ellipse(-6, -tall + 7, half - 26, 18), drink)
        steam(scene, -tall - 48)


def teapot(scene: Scene) -> None:
    """A pot with `count` small cups."""
    c, p, chance = scene.canvas, scene.palette, scene.chance
    table(scene)
    with scene.placed(450, 605, 1.12):
        rx, tall = chance.between("wide", 150, 185), chance.between("tall", 215, 285)
        shadow(c, rx * 1.6)
        dark = darker(p.main, 0.18)
        spout = smooth([(rx * 0.7, -tall * 0.3), (rx * 1.2, -tall * 0.45), (rx * 1.45, -tall * 0.95),
                        (rx * 1.75, -tall * 1.02), (rx * 1.62, -tall * 0.82), (rx * 1.42, -tall * 0.3),
                        (rx * 0.8, -tall * 0.1)])  # fmt: skip
        c.solid(spout, dark, 10)
        if chance.chosen("handle above", 0.4):
            c.line(ellipse(0, -tall * 0.9, rx * 0.82, tall * 0.62, 180, 360, 30), 20, p.second)
        else:
            c.line(ellipse(-rx * 0.95, -tall * 0.55, rx * 0.5, tall * 0.34, 70, 290, 30), 24, dark)
        body = turned_on_a_lathe(0, [(rx * 0.46, -tall), (rx * 0.86, -tall * 0.82), (rx, -tall * 0.46),
                                     (rx * 0.8, -tall * 0.12), (rx * 0.55, 0), (10, 2)])  # fmt: skip
        c.solid(body, p.main, 34)
        with c.clipped(body):
            name = chance.pick("figure", sorted(ornaments.FIGURES))
            ornaments.band(c, (-rx, -tall * 0.66, rx, -tall * 0.36), name, (p.accent, p.second, dark))
            for y in (-tall * 0.68, -tall * 0.35, -tall * 0.18):
                c.fill(box(-rx, y - 4, rx, y + 4), p.accent)
            c.fill(ellipse(-rx * 0.52, -tall * 0.72, 20, 50), (255, 255, 255), 0.25)
        c.solid(turned_on_a_lathe(0, [(14, -tall * 1.2), (rx * 0.3, -tall * 1.1), (rx * 0.52, -tall * 0.97),
                                      (10, -tall * 0.95)]), p.second, 12)  # fmt: skip
        c.solid(ellipse(0, -tall * 1.22, 19), p.accent, 8)
        for i in range(scene.number(1, 3, 4)):
            x = -rx - 105 + 96 * i if i < 2 else rx + 20 + 92 * (i - 2)
            small = turned_on_a_lathe(x, [(46, -40 + 46), (44, 12), (26, 44), (8, 48)])
            c.fill(ellipse(x, 48, 58, 13), darker(p.floor, 0.3))
            c.solid(small, p.second, 14)
            c.fill(ellipse(x, 6, 47, 14), lighter(p.second, 0.4))
            c.fill(ellipse(x, 8, 39, 10), mix(GOLD, p.main, 0.3))


def beer_glass(scene: Scene) -> None:
    """`count` tall glasses with foam."""
    c, p, chance = scene.canvas, scene.palette, scene.chance
    table(scene)
    num = scene.number(1, 2, 3)
    with scene.placed(480, 640):
        for i in sorted(range(num), key=lambda i: i % 2 == 0):
            with c.placed((i - (num - 1) / 2) * 290, -30 if i % 2 else 0, 1.14 if num < 3 else 0.94):
                c.fill(ellipse(22, 0, 130, 24), SHADE, 0.24)
                profile = [(112.0, -390.0), (108.0, -290.0), (84.0, -90.0), (80.0, -34.0), (92.0, -4.0)]
                glass = turned_on_a_lathe(0, profile, bulge=12)
                if chance.chosen("mug", 0.5):
                    c.line(ellipse(104, -210, 84, 92, -80, 80, 24), 24, mix(p.main, CREAM, 0.5))
                c.solid(glass, mix(p.main, CREAM, 0.55), 18)
                with c.clipped(glass):
                    inside = turned_on_a_lathe(0, [(110, -330), (104, -280), (84, -96), (78, -52)], bulge=10)
                    beer = [(x * 0.9, y) for x, y in inside]
                    c.solid(beer, p.main, 26)
                    for j in range(18):
                        x, y = (
                            chance.between(f"bubble x {i} {j}", -70, 70),
                            chance.between(f"bubble y {i} {j}", -310, -70),
                        )
                        c.fill(ellipse(x, y, 5, num=12), lighter(p.main, 0.5))
                    c.fill(box(-84, -400, -66, 0), (255, 255, 255), 0.28)
                for j in range(7):
                    c.solid(ellipse(-96 + 32 * j, -384 - 14 * (j % 2), 36, 32), lighter(p.second, 0.55), 8)
                c.fill(box(-106, -390, 106, -352), lighter(p.second, 0.55))


def wine_glass(scene: Scene) -> None:
    """A bottle and `count` glasses."""
    c, p, chance = scene.canvas, scene.palette, scene.chance
    table(scene)
    num = scene.number(1, 2, 2)
    with scene.placed(480, 634, 1.06):
        green = darker(mix(LEAF, p.main, 0.25), 0.35)
        x = chance.pick("bottle", [-170, -120])
        c.fill(ellipse(x + 20, 0, 104, 20), SHADE, 0.24)
        bottle = turned_on_a_lathe(x, [(28, -520), (28, -420), (36, -380), (86, -320), (88, -200), (86, -4)], bulge=12)
        c.solid(bottle, green, 24)
        c.solid(turned_on_a_lathe(x, [(33, -540), (31, -440)]), p.main, 9)
        label = box(x - 87, -244, x + 82, -84)
        c.fill(label, lighter(p.second, 0.5))
        ornaments.band(
            c,
            (x - 87, -236, x + 82, -212),
            chance.pick("label", sorted(ornaments.FIGURES)),
            (p.accent, p.main, lighter(p.second, 0.3)),
        )
        ornaments.rosette(c, x, -152, 44, 8, (p.main, p.accent))
        c.fill(box(x - 66, -410, x - 54, -20), (255, 255, 255), 0.16)
        for i in range(num):
            gx = 110 + 190 * i
            c.fill(ellipse(gx + 14, 0, 86, 15), SHADE, 0.24)
            pale = mix(CREAM, p.ground, 0.3)
            c.solid(turned_on_a_lathe(gx, [(8, -200), (7, -60), (24, -14), (70, -2)], bulge=7), pale, 10)
            cup = turned_on_a_lathe(gx, [(66, -380), (88, -300), (72, -220), (10, -186)])
            c.solid(cup, pale, 14)
            with c.clipped(cup):
                c.fill(box(gx - 100, -312, gx + 100, -170), p.main)
                c.fill(ellipse(gx, -312, 86, 12), lighter(p.main, 0.25))
                c.fill(box(gx + 36, -312, gx + 100, -170), darker(p.main, 0.4), 0.4)
                c.fill(ellipse(gx - 46, -290, 9, 60), (255, 255, 255), 0.4)
