"""From settings to an engine."""

from __future__ import annotations

import os

from pipeline.generation.by_language import EngineByLanguage, gpus
from pipeline.generation.endpoint import EndpointEngine
from pipeline.generation.engine import VllmEngine, require_vllm
from pipeline.generation.model import identify, location
from pipeline.generation.request import Engine, Reply, Request
from pipeline.generation.settings import Generation


class NoEngine:
    """Stands where generation is switched off; no item comes as far as a request."""

    model, revision, sees_pictures = "none", "", False

    async def generate(self, request: Request) -> Reply:
        """Never called."""
        raise AssertionError("generation is switched off")

    async def close(self) -> None:
        """Nothing to let go of."""


def open_engine(settings: Generation, max_pictures: int = 1) -> Engine:
    """The engine that the settings name, or one for each model and language, ready for requests.

    Args:
        settings: of all models.
        max_pictures: of one request.

    Raises:
        UserError: it cannot be opened.
    """
    first, *others = settings.models()
    if not others:
        return _open(settings, max_pictures)
    if settings.engine == "vllm" and settings.num_gpus == 0:
        # Two models in one process would share its one group of workers.
        os.environ["VLLM_ENABLE_V1_MULTIPROCESSING"] = "1"
    engines: list[Engine] = []
    for position, one in enumerate((first, *others)):
        with gpus(position, one.num_gpus, 1 + len(others)):
            engines.append(_open(one, max_pictures))
    by_language = {code: engine for one, engine in zip(others, engines[1:], strict=True) for code in one.languages}
    return EngineByLanguage(by_language, engines[0])


def _open(settings: Generation, max_pictures: int) -> Engine:
    if settings.engine == "vllm":
        require_vllm("generation.engine")
        return VllmEngine(
            settings,
            identify(settings),
            location(settings),
            sees_pictures=settings.sees_pictures,
            max_pictures=max_pictures,
        )
    return EndpointEngine(settings) if settings.engine == "endpoint" else NoEngine()
