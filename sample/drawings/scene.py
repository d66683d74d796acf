"""What a motif gets to draw with."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from sample.drawings.canvas import Canvas
from sample.drawings.chance import Chance
from sample.drawings.palette import Palette


@dataclass(frozen=True)
class Scene:
    """A canvas with the ground not painted yet, colours, the key's choices, and the entity's count if it has one."""

    canvas: Canvas
    palette: Palette
    chance: Chance
    count: int | None

    def number(self, low: int, high: int, most: int) -> int:
        """The entity's count up to `most`, or one of `low` to `high` by the key."""
        return min(self.count, most) if self.count is not None else self.chance.whole("count", low, high)

    @contextmanager
    def placed(self, x: float = 480, y: float = 600, scale: float = 1, tilt: float = 0) -> Iterator[None]:
        """The motif stands on (x, y), its (0, 0): a little aside, larger or smaller, or tilted by the key."""
        chance = self.chance
        x += chance.between("aside", -26, 26)
        scale *= chance.between("scale", 0.94, 1.05)
        with self.canvas.placed(x, y, scale, chance.between("tilt", -tilt, tilt)):
            yield
