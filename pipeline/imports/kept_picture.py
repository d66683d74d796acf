"""A picture's bytes as a shard takes them: those that came, where they are such a JPEG, else one made of them.

It is decoded in a process of its own: what a file does to its decoder, it does not do to a worker.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from pipeline.commons.decoder import Decoder, lent
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


class Keeper:
    """Turns bytes of files into what is kept, or into the reason why nothing can be decoded; see `keeping`."""

    def __init__(self, decoder: Decoder, runner: asyncio.Runner) -> None:
        self._decoder, self._runner = decoder, runner

    def keep(self, files: Iterable[bytes | None]) -> list[Kept | Refused | None]:
        """What becomes of each file, in their order; of none, None."""
        return self._runner.run(self._keep(files))

    async def _keep(self, files: Iterable[bytes | None]) -> list[Kept | Refused | None]:
        return [None if data is None else await self._kept(data) for data in files]

    async def _kept(self, data: bytes) -> Kept | Refused:
        try:
            made = await self._decoder.make(data)
        except PictureError as error:
            return Refused("picture_broken", str(error))
        return Kept(made.data, made.facts["width"], made.facts["height"], made.sha256)


@contextmanager
def keeping() -> Iterator[Keeper]:
    """A keeper with a decoder that nobody else in this process uses meanwhile."""
    with lent(MAKING) as decoder, asyncio.Runner() as runner:
        yield Keeper(decoder, runner)
