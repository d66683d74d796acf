"""What stands behind a thing indoors: a wall with one of several figures, and a floor or a laid table."""

from __future__ import annotations

from collections.abc import Callable

from sample.drawings import ornaments
from sample.drawings.palette import CREAM, LEAF, Colour, darker, distance, lighter, mix
from sample.drawings.scene import Scene
from sample.drawings.shapes import arch, box, diamond, ellipse, leaf, smooth

FLOOR_Y = 570


def stage(scene: Scene) -> None:
    """A wall and a bare floor, for things that stand or hang."""
    _wall(scene)
    _floor(scene, FLOOR_Y)


def table(scene: Scene) -> None:
    """A wall and a table with a cloth; things stand on y = 600."""
    c, p, chance = scene.canvas, scene.palette, scene.chance
    _wall(scene)
    edge = chance.whole("table edge", 455, 500)
    _floor(scene, edge)
    cloth = max((p.second, CREAM, darker(p.ground, 0.4), p.accent), key=lambda colour: _contrast(scene, colour))
    half = chance.between("cloth width", 330, 420)
    runner = [(480 - half, edge), (480 + half, edge), (480 + 1.28 * half, c.bottom), (480 - 1.28 * half, c.bottom)]
    form = chance.pick("cloth", ["runner", "round", "bare", "runner", "border"])
    if form == "runner":
        c.fill(runner, cloth)
        for share in (0.86, 0.78):
            for side in (-1, 1):
                c.line([(480 + side * half * share, edge), (480 + side * 1.28 * half * share, c.bottom)], 6, p.accent)
    elif form == "round":
        c.fill(ellipse(480, 625, half + 40, 95), darker(p.floor, 0.16))
        c.fill(ellipse(480, 615, half + 40, 95), cloth)
        c.fill(ellipse(480, 615, half + 15, 82), mix(cloth, p.accent, 0.35))
        c.fill(ellipse(480, 615, half, 74), cloth)
    elif form == "border":
        low = (c.left, 662, c.right, 702)
        c.fill(box(c.left, 652, c.right, c.bottom), cloth)
        name = chance.pick("cloth figure", sorted(ornaments.FIGURES))
        ornaments.band(c, low, name, (p.accent, darker(cloth, 0.25), cloth))


def _contrast(scene: Scene, colour: Colour) -> float:
    return min(distance(colour, scene.palette.main), 2 * distance(colour, scene.palette.floor))


def _floor(scene: Scene, y: float) -> None:
    c, p, chance = scene.canvas, scene.palette, scene.chance
    c.fill(box(c.left, y, c.right, c.bottom), p.floor)
    tone = darker(p.floor, 0.13)
    form = chance.pick("floor form", ["plain", "planks", "tiles", "boards"])
    if form == "planks":
        for i, level in enumerate((0.16, 0.4, 0.7)):
            height = y + level * (c.bottom - y)
            c.fill(box(c.left, height, c.right, height + 4), tone)
            for x in range(int(c.left) + 90 + 130 * (i % 2), int(c.right), 290):
                c.fill(box(x, height, x + 4, y + (0.4, 0.7, 1)[i] * (c.bottom - y)), tone)
    elif form == "boards":
        for i in range(-9, 10):
            c.line([(480 + i * 62, y), (480 + i * 120, c.bottom)], 3, tone)
    elif form == "tiles":
        for i in range(-9, 10, 2):
            near, far = 480 + i * 120, 480 + i * 62
            tile = [(far, y), (far + 62, y), (near + 120, c.bottom), (near, c.bottom)]
            c.fill(tile, lighter(p.floor, 0.1))
        c.fill(box(c.left, y + 0.32 * (c.bottom - y), c.right, y + 0.36 * (c.bottom - y)), tone)
    c.fill(box(c.left, y, c.right, y + 7), darker(p.floor, 0.3))


def _wall(scene: Scene) -> None:
    c, p, chance = scene.canvas, scene.palette, scene.chance
    c.fill(box(c.left, c.top, c.right, c.bottom), p.ground)
    tints = [
        lighter(p.ground, 0.45),
        darker(p.ground, 0.24),
        mix(p.ground, p.second, 0.42),
        mix(p.ground, p.accent, 0.46),
    ]
    tint = chance.pick("wall tint", tints)
    if distance(tint, p.ground) < 40:
        tint = darker(p.ground, 0.28) if not p.dark_ground else lighter(p.ground, 0.24)
    chance.pick("wall", _WALLS)(scene, tint)


def _disc(scene: Scene, tint: Colour) -> None:
    c, chance = scene.canvas, scene.chance
    x, y = chance.between("disc x", 300, 660), chance.between("disc y", 230, 340)
    radius = chance.between("disc", 210, 290)
    c.fill(ellipse(x, y, radius + 26), mix(scene.palette.ground, tint, 0.45))
    c.fill(ellipse(x, y, radius), tint)


def _rays(scene: Scene, tint: Colour) -> None:
    c, chance = scene.canvas, scene.chance
    x, y = chance.between("rays x", 120, 840), chance.between("rays y", 60, 480)
    num, turn = chance.whole("rays", 9, 15), chance.between("rays turn", 0, 30)
    for i in range(num):
        start = turn + 360 * i / num
        c.fill([(x, y), *ellipse(x, y, 1500, 1500, start, start + 180 / num, 4)], tint)
    c.fill(ellipse(x, y, 92), mix(tint, scene.palette.ground, 0.4))


def _niche(scene: Scene, tint: Colour) -> None:
    c, chance = scene.canvas, scene.chance
    half, top = chance.between("niche", 230, 330), chance.between("niche top", 20, 90)
    pointed = chance.chosen("niche pointed", 0.5)
    c.fill(arch(480 - half - 30, 480 + half + 30, 720, top - 30, pointed), mix(scene.palette.ground, tint, 0.5))
    c.fill(arch(480 - half, 480 + half, 720, top, pointed), tint)


def _wallpaper(scene: Scene, tint: Colour) -> None:
    c, chance = scene.canvas, scene.chance
    width = chance.between("wallpaper", 34, 84)
    x = c.left - chance.between("wallpaper start", 0, 2 * width)
    while x < c.right:
        c.fill(box(x, c.top, x + width, c.bottom), tint)
        c.fill(box(x + 1.45 * width, c.top, x + 1.55 * width, c.bottom), tint)
        x += 2 * width


def _waves(scene: Scene, tint: Colour) -> None:
    c, chance = scene.canvas, scene.chance
    for i in range(3):
        level = chance.between("waves level", 90, 210) + 125 * i
        crest = [(x, level + chance.between(f"crest {i} {x}", -62, 62)) for x in range(-240, 1300, 220)]
        hill = [*smooth(crest, closed=False), (c.right + 300, c.bottom), (c.left - 300, c.bottom)]
        c.fill(hill, mix(scene.palette.ground, tint, (0.4, 0.75, 1.1)[i]))


def _tiles(scene: Scene, tint: Colour) -> None:
    c, chance, ground = scene.canvas, scene.chance, scene.palette.ground
    name = chance.pick("tiles", ["diamonds", "crosses", "hexagons", "rosettes", "scallops", "dots"])
    soft = mix(ground, tint, 0.55)
    row = chance.between("tile", 76, 120)
    ornaments.field(c, (c.left, c.top - 10, c.right, 600), name, (soft, ground, ground), row)


def _foliage(scene: Scene, tint: Colour) -> None:
    c, chance = scene.canvas, scene.chance
    green = mix(tint, LEAF, 0.35)
    for i in range(13):
        x = chance.between(f"leaf x {i}", c.left, c.left + 190) if i % 2 else chance.between(f"leaf x {i}", 770, 960)
        y = chance.between(f"leaf y {i}", 60, 600)
        angle = chance.between(f"leaf turn {i}", -120, -60)
        length = chance.between(f"leaf length {i}", 140, 260)
        colour = (tint, green, mix(green, scene.palette.ground, 0.4))[i % 3]
        c.fill(leaf(x, y, length, length * 0.4, angle), colour)


def _diamonds(scene: Scene, tint: Colour) -> None:
    x = scene.chance.between("diamonds x", 360, 600)
    for i in range(5, 0, -1):
        scene.canvas.fill(diamond(x, 300, 105 * i, 88 * i), tint if i % 2 else scene.palette.ground)


def _halves(scene: Scene, tint: Colour) -> None:
    c, chance = scene.canvas, scene.chance
    top, bottom = chance.between("halves top", 150, 800), chance.between("halves bottom", 150, 800)
    c.fill([(top, c.top), (c.right, c.top), (c.right, c.bottom), (bottom, c.bottom)], tint)
    c.line([(top - 30, c.top), (bottom - 30, c.bottom)], 9, tint)


def _festoon(scene: Scene, tint: Colour) -> None:
    c, p, chance = scene.canvas, scene.palette, scene.chance
    c.fill(box(c.left, 405, c.right, c.bottom), tint)
    for row, (y, sag) in enumerate(((c.top + 12, 95), (c.top - 30, 60))):
        num = chance.whole(f"festoon {row}", 9, 13)
        rope = [(c.left + (c.right - c.left) * i / num, y + sag * (1 - (2 * i / num - 1) ** 2)) for i in range(num + 1)]
        c.line(rope, 4, darker(p.ground, 0.4))
        for i in range(num):
            (x0, y0), (x1, y1) = rope[i], rope[i + 1]
            colour = (p.accent, tint, p.second)[(i + row) % 3]
            c.fill([(x0 + 6, y0), (x1 - 6, y1), ((x0 + x1) / 2, (y0 + y1) / 2 + 66)], colour)


def _window(scene: Scene, tint: Colour) -> None:
    c, p, chance = scene.canvas, scene.palette, scene.chance
    x0 = chance.pick("window", [70, 590])
    x1, frame = x0 + 290, mix(p.ground, CREAM, 0.65) if not p.dark_ground else mix(p.ground, CREAM, 0.3)
    top = chance.between("window top", 50, 95)
    pointed = chance.chosen("window pointed", 0.4)
    sky = chance.pick("window sky", [(173, 208, 214), (244, 197, 148), (57, 73, 112)])
    c.fill(arch(x0 - 24, x1 + 24, 422, top - 26, pointed), frame)
    pane = arch(x0, x1, 398, top, pointed)
    with c.clipped(pane):
        c.fill(pane, sky)
        c.fill(ellipse(x0 + chance.between("window sun", 60, 230), 200, 44), (255, 236, 190))
        for i, level in enumerate((290, 345)):
            crest = [(x0 + dx, level + chance.between(f"window {i} {dx}", -40, 40)) for dx in range(-80, 400, 90)]
            c.fill(
                [*smooth(crest, closed=False), (x1 + 90, 420), (x0 - 90, 420)],
                mix(sky, mix(tint, LEAF, 0.6), 0.5 + 0.4 * i),
            )
    c.fill(box(x0 + 141, top, x0 + 149, 398), frame)
    c.fill(box(x0, 262, x1, 270), frame)
    c.fill(box(x0 - 40, 398, x1 + 40, 424), darker(frame, 0.12))


_WALLS: list[Callable[[Scene, Colour], None]] = [
    _disc,
    _rays,
    _niche,
    _wallpaper,
    _waves,
    _tiles,
    _foliage,
    _diamonds,
    _halves,
    _festoon,
    _window,
]
