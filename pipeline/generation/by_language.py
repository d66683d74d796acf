"""Several models in one worker: each is asked in the languages that it is there for."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Protocol, runtime_checkable

from pipeline.generation.request import Engine, HasStatistics, Reply, Request

_VISIBLE = "CUDA_VISIBLE_DEVICES"


@runtime_checkable
class HasLanguages(Protocol):
    """An engine with others behind it."""

    def of(self, language: str) -> Engine:
        """The one that answers in a language, the data set's code."""
        ...


class EngineByLanguage:
    """An engine for the requests of all languages.

    Its `model` and `revision` are those of the first; whoever needs those of a request asks `answering`.

    Args:
        engines: language code -> the engine that answers in it; the same one may stand for several.
        first: answers in all other languages.
    """

    def __init__(self, engines: Mapping[str, Engine], first: Engine) -> None:
        self.model, self.revision, self.sees_pictures = first.model, first.revision, first.sees_pictures
        self._engines, self._first = engines, first

    def of(self, language: str) -> Engine:
        """See `HasLanguages`."""
        return self._engines.get(language, self._first)

    async def generate(self, request: Request) -> Reply:
        """See `Engine`."""
        return await self.of(request.language).generate(request)

    def statistics(self) -> Mapping[str, int]:
        """See `HasStatistics`: the sum over all that have some."""
        total: Counter[str] = Counter()
        for engine in self._all():
            if isinstance(engine, HasStatistics):
                total.update(engine.statistics())
        return total

    async def close(self) -> None:
        """Close all, the rest too where one cannot be closed."""
        failures: list[Exception] = []
        for engine in self._all():
            try:
                await engine.close()
            except Exception as error:  # noqa: BLE001 - raised below
                failures.append(error)
        if failures:
            raise failures[0]

    def _all(self) -> Collection[Engine]:
        return {id(engine): engine for engine in (self._first, *self._engines.values())}.values()


def answering(engine: Engine, language: str) -> Engine:
    """The engine whose model answers requests in a language."""
    return engine.of(language) if isinstance(engine, HasLanguages) else engine


def named(engine: Engine, language: str) -> str:
    """Name and revision of the model that answers in a language, as rows have them."""
    one = answering(engine, language)
    return f"{one.model}@{one.revision}"


@contextmanager
def gpus(position: int, num_gpus: int, num_models: int) -> Iterator[None]:
    """Within it a process starts with its own share of the worker's GPUs, by the order of the models.

    An engine starts processes of its own, which read the variable; this process must not have used a GPU before.

    Args:
        position: of the model, from 0.
        num_gpus: of each model.
        num_models: in the worker.
    """
    before = os.environ.get(_VISIBLE)
    if num_models == 1 or num_gpus == 0:
        yield
        return
    os.environ[_VISIBLE] = ",".join(_visible(before, num_gpus * num_models)[position * num_gpus :][:num_gpus])
    try:
        yield
    finally:
        if before is None:
            del os.environ[_VISIBLE]
        else:
            os.environ[_VISIBLE] = before


def _visible(listed: str | None, wanted: int) -> Sequence[str]:
    return [str(number) for number in range(wanted)] if listed is None else listed.split(",")
