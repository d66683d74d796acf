"""From settings to an engine."""

from __future__ import annotations

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


def open_engine(settings: Generation) -> Engine:
    """The engine that the settings name, ready for requests.

    Raises:
        UserError: it cannot be opened.
    """
    if settings.engine == "vllm":
        require_vllm("generation.engine")
        return VllmEngine(settings, identify(settings), location(settings), sees_pictures=settings.sees_pictures)
    return EndpointEngine(settings) if settings.engine == "endpoint" else NoEngine()
