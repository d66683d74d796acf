"""Pictures into the store soon after they are made, several at a time where many are on their way."""

from __future__ import annotations

import asyncio
from contextlib import suppress

from pipeline.picture_pack import Picture
from pipeline.picture_store import PictureStore


class Keeper:
    """Writes one pack at a time. Belongs to one event loop.

    Args:
        pictures: the store.
        together: how many are written at once, unless the first of them has waited for `linger_s` already.
        linger_s: s.
    """

    def __init__(self, pictures: PictureStore, together: int, linger_s: float = 0.1) -> None:
        self._pictures, self._together, self._linger_s = pictures, together, linger_s
        self._enough = asyncio.Event()
        self._waiting: list[Picture] = []
        self._next: asyncio.Future[None] | None = None
        self._writing: asyncio.Task[None] | None = None

    async def keep(self, picture: Picture) -> None:
        """Return once the picture is stored.

        Raises:
            StorageError: it could not be.
        """
        if self._next is None:
            self._next = asyncio.get_running_loop().create_future()
        written = self._next
        self._waiting.append(picture)
        if len(self._waiting) >= self._together:
            self._enough.set()
        if self._writing is None:
            self._writing = asyncio.create_task(self._write())
        await asyncio.shield(written)

    async def _write(self) -> None:
        while self._next is not None:
            with suppress(TimeoutError):
                await asyncio.wait_for(self._enough.wait(), self._linger_s)
            self._enough.clear()
            pictures, self._waiting = self._waiting, []
            written, self._next = self._next, None
            try:
                await asyncio.to_thread(self._pictures.add, pictures)
            except BaseException as error:  # noqa: BLE001 - whoever waits for these gets it
                written.set_exception(error)
            else:
                written.set_result(None)
        self._writing = None
