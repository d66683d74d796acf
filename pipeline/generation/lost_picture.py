"""What stands in for a picture that its store has lost: one picture's loss is the status of its own items."""

from __future__ import annotations

import logging

from pipeline.generation.by_language import answering
from pipeline.generation.request import Engine, Reply, Request, failed
from pipeline.picture_store import PictureLostError, PictureStore

# Part of no request's key, which goes by the picture's digest: what was answered when it was there stays answered.
_NO_BYTES = b""


class WithoutPicture:
    """An engine of whose requests those that would show the picture fail; others go through.

    Args:
        engine: that answers.
        reason: why the picture is not to be had.
    """

    def __init__(self, engine: Engine, reason: PictureLostError) -> None:
        self.model, self.revision, self.sees_pictures = engine.model, engine.revision, engine.sees_pictures
        self._engine, self._reason = engine, reason

    def of(self, language: str) -> Engine:
        """See `HasLanguages`."""
        return WithoutPicture(answering(self._engine, language), self._reason)

    async def generate(self, request: Request) -> Reply:
        """See `Engine`."""
        return await self._engine.generate(request) if request.image is None else failed(self._reason)

    async def close(self) -> None:
        """Nothing: the engine is somebody else's."""


def shown(pictures: PictureStore, sha256: str, engine: Engine) -> tuple[bytes, Engine]:
    """A picture's bytes and the engine to ask about it; of a lost picture none, and one that fails what would show it.

    Raises:
        StorageError: storage refuses, which is no fault of this picture.
    """
    try:
        return pictures.load(sha256), engine
    except PictureLostError as error:
        logging.getLogger(__name__).warning("%s; its items get the status engine_error", error)
        return _NO_BYTES, WithoutPicture(engine, error)
