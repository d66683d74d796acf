"""One small request before the first real one: a model that cannot answer is told of within seconds."""

from __future__ import annotations

import asyncio
import hashlib
import io
import json
from collections.abc import Callable, Coroutine
from typing import Any

from PIL import Image

from pipeline.errors import UserError
from pipeline.generation.request import Reply, Request

_SIDE_PX = 32


class WarmUp:
    """A check that is made once, and that all requests wait for.

    Args:
        check: raises what every request shall then raise.
    """

    def __init__(self, check: Callable[[], Coroutine[Any, Any, None]]) -> None:
        self._check = check
        self._made: asyncio.Task[None] | None = None

    async def passed(self) -> None:
        """Returns once the check has passed; raises what it raised."""
        if self._made is None:
            self._made = asyncio.ensure_future(self._check())
        # One request that is cancelled must not end the check for the others.
        await asyncio.shield(self._made)


def warm_up_request(*, sees_pictures: bool, max_tokens: int = 16) -> Request:
    """A request by schema, with a small grey picture where the model sees pictures."""
    schema = {
        "type": "object",
        "properties": {"ready": {"type": "boolean"}},
        "required": ["ready"],
        "additionalProperties": False,
    }
    image = _picture() if sees_pictures else None
    return Request(
        "You answer in JSON.",
        'Are you ready? Answer with {"ready": true}.',
        image,
        None if image is None else hashlib.sha256(image).hexdigest(),
        schema,
        max_tokens,
    )


def require_answer(reply: Reply, model: str) -> None:
    """Raises UserError, which says what the model answered, unless the reply is what `warm_up_request` asked for."""
    if reply.finish_reason == "error":
        raise UserError(f"{model} answers no request: {reply.error}")
    try:
        found = json.loads(reply.text)
    except ValueError:
        found = None
    if not isinstance(found, dict) or not isinstance(found.get("ready"), bool):
        raise UserError(
            f'{model} does not answer as asked: {reply.text[:200]!r} ({reply.finish_reason}) where {{"ready": true}} '
            "was wanted; take a model that was trained to follow instructions, and whose chat template is in its folder"
        )


def _picture() -> bytes:
    data = io.BytesIO()
    Image.new("RGB", (_SIDE_PX, _SIDE_PX), "grey").save(data, "JPEG")
    return data.getvalue()
