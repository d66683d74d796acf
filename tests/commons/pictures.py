"""Pictures made on the spot: what matters of each is where its colours are."""

from __future__ import annotations

import io
import random
from typing import Any

from PIL import Image

RED, GREEN, BLUE, YELLOW = (220, 30, 30), (30, 200, 30), (30, 30, 220), (220, 220, 30)


def quadrants(width: int = 120, height: int = 80) -> Image.Image:
    """Red top left, green top right, blue bottom left, yellow bottom right: every turn and mirroring shows."""
    image = Image.new("RGB", (width, height), YELLOW)
    image.paste(RED, (0, 0, width // 2, height // 2))
    image.paste(GREEN, (width // 2, 0, width, height // 2))
    image.paste(BLUE, (0, height // 2, width // 2, height))
    return image


def encoded(image: Image.Image, kind: str = "JPEG", **options: Any) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, kind, **options)
    return buffer.getvalue()


def noise(width: int, height: int, kind: str = "JPEG", seed: int = 0) -> bytes:
    """A picture that hardly compresses; another for each seed."""
    return encoded(Image.frombytes("RGB", (width, height), random.Random(seed).randbytes(width * height * 3)), kind)


def clouds(width: int, height: int, seed: int = 0) -> Image.Image:
    """Soft blots of many sizes, as photographs have; another for each seed."""
    blots = Image.frombytes("RGB", (9, 9), random.Random(seed).randbytes(9 * 9 * 3))
    return blots.resize((width, height), Image.Resampling.BICUBIC)


def decoded(data: bytes) -> Image.Image:
    image = Image.open(io.BytesIO(data))
    image.load()
    return image


def near(pixel: Any, colour: tuple[int, int, int], tolerance: int = 12) -> bool:
    return all(abs(one - other) <= tolerance for one, other in zip(pixel, colour, strict=True))


def corners(image: Image.Image) -> list[Any]:
    """The colours in the middle of the four quadrants: top left, top right, bottom left, bottom right."""
    width, height = image.size
    return [image.getpixel((x * width // 4, y * height // 4)) for y in (1, 3) for x in (1, 3)]


def shows_quadrants(data: bytes, tolerance: int = 12) -> bool:
    """Whether a stored picture shows `quadrants` upright and in its colours."""
    return all(
        near(pixel, colour, tolerance)
        for pixel, colour in zip(corners(decoded(data)), (RED, GREEN, BLUE, YELLOW), strict=True)
    )
