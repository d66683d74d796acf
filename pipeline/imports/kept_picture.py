"""A picture's bytes as a shard takes them: those that came, where they are such a JPEG, else one made of them.

It is decoded in a process of its own: what a file does to its decoder, it does not do to a worker.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from pipeline.commons.decoder import lent
from pipeline.commons.making import Making
from pipeline.commons.picture import PictureError
from pipeline.imports.conversation import Refused

# Each encoding costs quality and gives another hash: an upright JPEG in grey or RGB stays byte for byte. All else that
# can be decoded becomes one of its own size.
MAKING = Making(
    max_pixels=100_000_000, min_side_px=1, max_side_px=None, jpeg_quality=90, with_quality=False, keep_jpegs=True
)


@dataclass(frozen=True)
class Kept:
    """JPEG bytes, width and height in px, hex SHA-256."""

    data: bytes
    width: int
    height: int
    sha256: str


@contextmanager
def keeping() -> Iterator[Callable[[bytes], Kept]]:
    """What turns a file's bytes into what is kept, or raises `Refused` where nothing can be decoded."""
    with lent(MAKING) as decoder, asyncio.Runner() as runner:

        def keep(data: bytes) -> Kept:
            try:
                made = runner.run(decoder.make(data))
            except PictureError as error:
                raise Refused("picture_broken", str(error)) from error
            return Kept(made.data, made.facts["width"], made.facts["height"], made.sha256)

        yield keep
