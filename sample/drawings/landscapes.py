"""What lies around a building: sky, hills, ground or water, at an hour of the day."""

from __future__ import annotations

from sample.drawings.palette import CREAM, LEAF, Colour, darker, distance, lighter, mix
from sample.drawings.scene import Scene
from sample.drawings.shapes import box, ellipse, rounded, smooth, star, taper

GROUND_Y = 590

# Hour: sky from top to horizon, the sun or moon, the far hills.
_HOURS: dict[str, tuple[tuple[Colour, ...], Colour, Colour]] = {
    "morning": (((250, 224, 190), (247, 205, 178), (252, 232, 205)), (246, 166, 110), (196, 168, 172)),
    "day": (((126, 184, 204), (176, 213, 214), (232, 236, 214)), (255, 241, 205), (130, 168, 156)),
    "noon": (((238, 214, 150), (246, 228, 178), (252, 242, 214)), (255, 250, 228), (190, 178, 128)),
    "evening": (((236, 132, 96), (244, 172, 112), (250, 212, 150)), (252, 234, 180), (160, 92, 104)),
    "dusk": (((84, 62, 116), (186, 98, 124), (244, 166, 122)), (250, 206, 156), (104, 66, 110)),
    "night": (((24, 32, 70), (44, 66, 112), (96, 112, 148)), (246, 238, 208), (38, 56, 92)),
    "mist": (((198, 208, 206), (216, 220, 210), (236, 232, 216)), (252, 246, 226), (158, 178, 174)),
    "rose": (((226, 150, 160), (240, 186, 176), (250, 222, 198)), (255, 244, 220), (176, 122, 148)),
}

_NIGHTS: list[tuple[Colour, Colour]] = [
    ((18, 24, 56), (58, 54, 108)),
    ((14, 34, 58), (38, 92, 112)),
    ((38, 20, 56), (122, 58, 96)),
    ((20, 22, 44), (44, 62, 120)),
]


def land(scene: Scene) -> None:
    """Sky and hills behind a plain; a building stands on y = 620."""
    tint = _sky(scene)
    c, p, chance = scene.canvas, scene.palette, scene.chance
    grass = chance.pick(
        "land", [LEAF, mix(LEAF, (214, 190, 120), 0.5), (206, 178, 128), mix(LEAF, (120, 160, 110), 0.6)]
    )
    ground = mix(grass, tint, 0.28)
    if distance(ground, p.main) < 60:
        ground = darker(ground, 0.3)
    crest = [(x, GROUND_Y + chance.between(f"plain {x}", -10, 10)) for x in range(-300, 1400, 170)]
    c.fill([*smooth(crest, closed=False), (c.right + 400, c.bottom), (c.left - 400, c.bottom)], ground)
    _trees(scene, ground, tint)
    path = lighter(ground, 0.35)
    if chance.chosen("path", 0.6):
        c.fill([(440, 612), (520, 612), (640, c.bottom), (320, c.bottom)], path)
    for i in range(26):
        x, y = chance.between(f"tuft x {i}", c.left, c.right), chance.between(f"tuft y {i}", 632, 712)
        c.line([(x, y), (x + 5, y - 9)], 3, darker(ground, 0.16))


def shore(scene: Scene) -> None:
    """Sky and hills behind water, which begins at y = 520."""
    tint = _sky(scene)
    c, chance = scene.canvas, scene.chance
    water = mix(chance.pick("water", [(70, 130, 150), (86, 150, 160), (60, 100, 140), (110, 160, 150)]), tint, 0.3)
    c.fade(520, c.bottom + 1, (lighter(water, 0.25), water, darker(water, 0.2)))
    for i in range(26):
        x, y = chance.between(f"ripple x {i}", c.left, c.right), chance.between(f"ripple y {i}", 535, c.bottom)
        long = chance.between(f"ripple {i}", 30, 110) * (0.5 + (y - 520) / 200)
        c.fill(rounded(x - long / 2, y, x + long / 2, y + 4, 2), lighter(water, 0.42), 0.7)


def night(scene: Scene) -> None:
    """A dark sky with stars, for what shines."""
    c, chance = scene.canvas, scene.chance
    top, low = chance.pick("night", _NIGHTS)
    c.fade(c.top, c.bottom + 1, (top, mix(top, low, 0.5), low))
    stars(scene, 90, 620)


def stars(scene: Scene, num: int, down_to: float) -> None:
    """Small lights; a few have rays."""
    c, chance = scene.canvas, scene.chance
    for i in range(num):
        x, y = chance.between(f"star x {i}", c.left, c.right), chance.between(f"star y {i}", c.top, down_to)
        if i % 11 == 0:
            c.fill(star(x, y, 9, 2.5, 4), CREAM)
        else:
            c.fill(ellipse(x, y, 1.6 + 1.4 * chance.unit(f"star {i}"), num=8), CREAM, 0.75)


def _sky(scene: Scene) -> Colour:
    """Everything above the ground; gives the colour of the light."""
    c, p, chance = scene.canvas, scene.palette, scene.chance
    fitting = sorted(_HOURS, key=lambda hour: -distance(_HOURS[hour][0][1], p.main))
    hour = chance.pick("hour", fitting[:6])
    sky, disc, far = _HOURS[hour]
    c.fade(c.top, 600, sky)
    if hour == "night":
        stars(scene, 60, 420)
    x, y = chance.between("sun x", 130, 830), chance.between("sun y", 90, 250)
    radius = chance.between("sun", 44, 84)
    for glow in (1.7, 1.35):
        c.fill(ellipse(x, y, radius * glow), disc, 0.2)
    c.fill(ellipse(x, y, radius), disc)
    if hour == "night" and chance.chosen("crescent", 0.6):
        c.fill(ellipse(x + radius * 0.42, y - radius * 0.16, radius * 0.86), mix(sky[0], sky[1], 0.5))
    for i in range(chance.whole("clouds", 1, 4)):
        _cloud(scene, i, mix(sky[-1], (255, 255, 255), 0.45))
    _hills(scene, far, sky[-1])
    return sky[1]


def _cloud(scene: Scene, number: int, colour: Colour) -> None:
    c, chance = scene.canvas, scene.chance
    x, y = chance.between(f"cloud x {number}", c.left, c.right), chance.between(f"cloud y {number}", 50, 300)
    size = chance.between(f"cloud {number}", 0.6, 1.3)
    if chance.chosen("flat clouds", 0.5):
        for dx, dy, long in ((-40, 0, 120), (10, -20, 90), (40, 18, 100)):
            c.fill(
                rounded(x + (dx - long) * size, y + dy * size, x + (dx + long) * size, y + (dy + 17) * size, 9 * size),
                colour,
            )
        return
    for dx, dy, radius in ((-62, 0, 30), (-22, -20, 42), (30, -12, 36), (70, 2, 26)):
        c.fill(ellipse(x + dx * size, y + dy * size, radius * size), colour)
    c.fill(rounded(x - 92 * size, y, x + 96 * size, y + 28 * size, 14 * size), colour)


def _hills(scene: Scene, far: Colour, haze: Colour) -> None:
    c, chance = scene.canvas, scene.chance
    form = chance.pick("hills", ["hills", "peaks", "hills", "flat", "town"])
    for i in range(3):
        level = 430 + 62 * i + chance.between(f"level {i}", -30, 20)
        rise = (90, 70, 40)[i] * (0.3 if form == "flat" else 1)
        colour = mix(far, haze, 0.6 - 0.3 * i)
        if form == "town" and i == 2:
            _town(scene, colour)
            continue
        points = [
            (float(x), level + chance.between(f"ridge {i} {x}", -rise, rise * 0.5)) for x in range(-260, 1400, 120)
        ]
        if form == "peaks" and i < 2:
            points = [(x, y - (70 if j % 2 else -30)) for j, (x, y) in enumerate(points)]
            ridge = points
        else:
            ridge = smooth(points, closed=False)
        c.fill([*ridge, (c.right + 500, c.bottom), (c.left - 500, c.bottom)], colour)


def _town(scene: Scene, colour: Colour) -> None:
    c, chance = scene.canvas, scene.chance
    x, i = c.left, 0
    while x < c.right:
        width, high = chance.between(f"house {i}", 36, 76), chance.between(f"storeys {i}", 440, 540)
        c.fill(box(x, high, x + width + 1, 640), colour)
        if chance.chosen(f"gable {i}", 0.6):
            c.fill([(x - 5, high), (x + width / 2, high - 30), (x + width + 5, high)], darker(colour, 0.1))
        for row in range(3):
            c.fill(
                box(x + width * 0.3, high + 14 + 28 * row, x + width * 0.5, high + 26 + 28 * row), lighter(colour, 0.3)
            )
        x += width
        i += 1


def _trees(scene: Scene, ground: Colour, tint: Colour) -> None:
    """At both sides, the middle stays free."""
    c, chance = scene.canvas, scene.chance
    form = chance.pick("trees", ["round", "cypress", "pine", "bushes", "none", "round"])
    green = mix(darker(LEAF, 0.12), tint, 0.2)
    for i in range(chance.whole("num trees", 3, 7)):
        x = chance.between(f"tree x {i}", -10, 150) if i % 2 else chance.between(f"tree x {i}", 810, 970)
        base, size = chance.between(f"tree y {i}", 594, 640), chance.between(f"tree {i}", 0.7, 1.25)
        colour = mix(green, darker(ground, 0.2), 0.35 * (i % 3) / 2)
        with c.placed(x, base, size):
            if form in ("round", "cypress", "pine"):
                c.fill(ellipse(10, 0, 52, 9), darker(ground, 0.3), 0.6)
                c.fill(taper(0, -70, 2, 5, 8), (112, 82, 66))
            if form == "round":
                c.solid(ellipse(0, -118, 58, 66), colour, 16)
            elif form == "cypress":
                c.solid(smooth([(0, -250), (26, -140), (24, -50), (0, -30), (-24, -50), (-26, -140)]), colour, 12)
            elif form == "pine":
                for j in range(3):
                    c.solid(
                        [(0, -210 + 50 * j), (42 + 12 * j, -110 + 46 * j), (-42 - 12 * j, -110 + 46 * j)], colour, 10
                    )
            elif form == "bushes":
                for dx, radius in ((-40, 30), (0, 44), (38, 34)):
                    c.solid(ellipse(dx, -radius * 0.7, radius), colour, 10)
