"""Colours of one picture: those of the entity, and a ground that lets them be seen."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from sample.drawings.chance import Chance

Colour = tuple[int, int, int]

CREAM: Colour = (252, 243, 224)
INK: Colour = (46, 38, 45)
LEAF: Colour = (94, 132, 84)
WOOD: Colour = (139, 94, 60)
STONE: Colour = (214, 196, 168)
GOLD: Colour = (226, 176, 74)
SHADE: Colour = (30, 16, 36)  # of cast shadows, laid on thinly

_GROUNDS: tuple[Colour, ...] = (
    (246, 227, 193), (243, 201, 159), (236, 196, 111), (240, 169, 143), (216, 226, 214), (169, 202, 191),
    (127, 174, 159), (43, 82, 96), (63, 68, 104), (180, 85, 91), (223, 127, 95), (201, 216, 224), (143, 163, 187),
    (90, 48, 72), (242, 215, 208), (217, 184, 164), (150, 179, 160), (230, 220, 200), (111, 143, 122), (197, 143, 95),
    (49, 64, 79), (233, 183, 168), (184, 196, 160), (125, 106, 142),
)  # fmt: skip
_ACCENTS: tuple[Colour, ...] = (GOLD, (190, 84, 60), (44, 118, 122), CREAM, (112, 52, 84), (222, 132, 62),
                                (60, 84, 130), (150, 60, 52), (122, 152, 96))  # fmt: skip
_NUM_FITTING_ACCENTS = 4  # likewise
_NUM_FITTING_GROUNDS = 11  # of those furthest from the entity's colours, the key picks one


def parse(text: str) -> Colour:
    """`#rrggbb` as numbers of 0 to 255."""
    return (int(text[1:3], 16), int(text[3:5], 16), int(text[5:7], 16))


def mix(one: Colour, other: Colour, share: float) -> Colour:
    """`share` of the other colour in the one."""
    red, green, blue = (round(a + (b - a) * share) for a, b in zip(one, other, strict=True))
    return (red, green, blue)


def lighter(colour: Colour, share: float = 0.2) -> Colour:
    """Towards a warm white."""
    return mix(colour, (255, 248, 232), share)


def darker(colour: Colour, share: float = 0.2) -> Colour:
    """Towards a deep violet instead of black, which keeps shadows warm."""
    return mix(colour, (36, 20, 48), share)


def brightness(colour: Colour) -> float:
    """Rec. 601 luma, 0 to 255."""
    return 0.299 * colour[0] + 0.587 * colour[1] + 0.114 * colour[2]


def distance(one: Colour, other: Colour) -> float:
    """How unlike two colours look; brightness counts most."""
    chroma = sum(abs(a - b) for a, b in zip(one, other, strict=True)) / 3
    return chroma + 1.5 * abs(brightness(one) - brightness(other))


@dataclass(frozen=True)
class Palette:
    """`main`, `second` and `accent` belong to the entity, `ground` and `floor` to what is around it."""

    main: Colour
    second: Colour
    accent: Colour
    ground: Colour
    floor: Colour

    @property
    def trio(self) -> tuple[Colour, Colour, Colour]:
        return (self.main, self.second, self.accent)

    @property
    def dark_ground(self) -> bool:
        return brightness(self.ground) < 120

    def swapped(self) -> Palette:
        """With the entity's first two colours in each other's place."""
        return replace(self, main=self.second, second=self.main)

    @classmethod
    def of(cls, colours: Sequence[str], chance: Chance) -> Palette:
        """From one hex colour or more; what is missing is derived from the first."""
        given = [parse(colour) for colour in colours]
        main = given[0]
        second = given[1] if len(given) > 1 else (lighter if brightness(main) < 140 else darker)(main, 0.45)
        if len(given) > 2:
            accent = given[2]
        else:
            accents = sorted(_ACCENTS, key=lambda colour: -min(distance(colour, main), distance(colour, second)))
            accent = chance.pick("accent", accents[:_NUM_FITTING_ACCENTS])
        grounds = sorted(_GROUNDS, key=lambda ground: -distance(ground, main))
        ground = chance.pick("ground", grounds[:_NUM_FITTING_GROUNDS])
        wanted = [mix(ground, WOOD, 0.45), darker(ground, 0.25), lighter(ground, 0.4), mix(ground, second, 0.45)]
        floors = sorted(wanted, key=lambda floor: -min(distance(floor, main), 2 * distance(floor, ground)))
        return cls(main, second, accent, ground, chance.pick("floor", floors[:3]))
