"""An engine that starts with the first request: where the store has every reply, none is ever started."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import Any

from pipeline.commit import sorted_counts
from pipeline.errors import UserError
from pipeline.generation.model import Model
from pipeline.generation.request import Engine, HasStatistics, Reply, Request


class EngineOnDemand:
    """Stands for an engine before it is there; what it is called is known all the same.

    Args:
        models: language code -> the model that answers in it.
        sees_pictures: whether requests may carry pictures.
        start: starts the engine; may take minutes.
    """

    def __init__(self, models: Mapping[str, Model], sees_pictures: bool, start: Callable[[], Engine]) -> None:
        first = next(iter(models.values()))
        self.model, self.revision, self.sees_pictures = first.name, first.revision, sees_pictures
        self._models, self._start = models, start
        self._engine: Engine | None = None
        self._failure: UserError | None = None
        self._start_s = 0.0
        self._told: Mapping[str, int] = {}

    def of(self, language: str) -> Engine:
        """See `HasLanguages`."""
        return _Named(self, self._models[language]) if language in self._models else self

    async def generate(self, request: Request) -> Reply:
        """See `Engine`. The first request waits for the engine's start, and so does all else in this event loop."""
        return await self._started().generate(request)

    def log(self) -> dict[str, Any]:
        """What was done since this was asked last: over all answers, each thing is told once.

        `start_seconds` of an engine that was started, and under `caches` how much each of its counters grew.
        """
        counted: Mapping[str, int] = self._engine.statistics() if isinstance(self._engine, HasStatistics) else {}
        grown = {name: number - self._told.get(name, 0) for name, number in counted.items()}
        start = {"start_seconds": round(self._start_s, 3)} if self._start_s else {}
        self._told, self._start_s = counted, 0.0
        return {**start, "caches": sorted_counts(grown)} if any(grown.values()) else {**start}

    async def close(self) -> None:
        """Close the engine, if there is one."""
        if self._engine is not None:
            await self._engine.close()

    def _started(self) -> Engine:
        # Not in a thread: an engine's processes may end with the thread that started them.
        if self._failure is not None:
            raise UserError(str(self._failure)) from self._failure
        if self._engine is None:
            begun = time.monotonic()
            try:
                self._engine = self._start()
            except UserError as error:
                # Each of the others would otherwise wait for a start of its own, to fail as this one did.
                self._failure = error
                raise
            self._start_s = time.monotonic() - begun
        return self._engine


class _Named:
    """The same engine under the name of the model that answers in one language."""

    def __init__(self, engine: EngineOnDemand, model: Model) -> None:
        self.model, self.revision, self.sees_pictures = model.name, model.revision, engine.sees_pictures
        self._engine = engine

    async def generate(self, request: Request) -> Reply:
        """See `Engine`."""
        return await self._engine.generate(request)

    async def close(self) -> None:
        """Nothing: the engine is somebody else's."""
