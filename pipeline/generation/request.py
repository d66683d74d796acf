"""What is asked of a model, what comes back, and what an engine is."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol, runtime_checkable

from pipeline.fingerprint import canonical
from pipeline.pooled import WorkerDied

FinishReason = Literal["stop", "length", "error"]
_NO_ROOM = "prompt and reply have no room in the model's window; raise max_model_len: "


class EngineDied(WorkerDied):
    """The engine is gone and will not answer again: its process must end, so that another takes its place."""


@dataclass(frozen=True)
class Piece:
    """A further picture of the user's turn and the text after it."""

    image: bytes = field(repr=False)
    image_sha256: str
    text: str


@dataclass(frozen=True)
class Request:
    """One prompt with its sampling. The picture, where there is one, stands before the user's text.

    Attributes:
        system, user: text of the two turns; without a system text the model's template decides what stands there.
        image: an encoded picture, JPEG as a rule.
        image_sha256: hex digest of those bytes; an engine encodes a picture once for all requests that carry it.
        json_schema: what the reply must conform to, or None for free text.
        max_tokens: of the reply; a longer one is cut off.
        temperature: 0 takes the likeliest token each time.
        seed: at least 0, below 2**31.
        language: of the items asked about, for the accounts; no part of the request's key.
        more: what comes after the user's text, in its order.
    """

    system: str
    user: str
    image: bytes | None = field(default=None, repr=False)
    image_sha256: str | None = None
    json_schema: Mapping[str, Any] | None = None
    max_tokens: int = 256
    temperature: float = 0.0
    seed: int = 0
    language: str = "und"
    more: tuple[Piece, ...] = ()

    @property
    def images(self) -> tuple[tuple[bytes, str], ...]:
        """All pictures in their order, each with its digest."""
        first = () if self.image is None else ((self.image, self.image_sha256 or ""),)
        return (*first, *((piece.image, piece.image_sha256) for piece in self.more))


@dataclass(frozen=True)
class Reply:
    """What a model answered. `error` is set exactly when `finish_reason` is "error"; the text is empty then.

    Attributes:
        num_cached_tokens: those of the prompt that the engine had worked on before, for another request.
    """

    text: str
    finish_reason: FinishReason
    error: str | None = None
    num_prompt_tokens: int = 0
    num_output_tokens: int = 0
    num_cached_tokens: int = 0

    @property
    def has_no_room(self) -> bool:
        """Whether a shorter request might be answered: this one filled the model's window, or would have."""
        return self.error is not None and self.error.startswith(_NO_ROOM)


class Engine(Protocol):
    """A model that answers many requests at once.

    Attributes:
        model, revision: name and state of the weights, part of every request's key.
        sees_pictures: whether requests may carry one.
    """

    model: str
    revision: str
    sees_pictures: bool

    async def generate(self, request: Request) -> Reply:
        """The model's reply; what goes wrong with this one request is a reply too, with reason "error".

        Raises:
            EngineDied: no request will be answered any more.
            UserError: no request can be answered with these settings.
        """
        ...

    async def close(self) -> None:
        """Let go of processes and connections."""
        ...


@runtime_checkable
class HasStatistics(Protocol):
    """An engine that counts what its caches were asked for, and what they did not have."""

    def statistics(self) -> Mapping[str, int]:
        """Counters that only grow from the engine's start on, so that of two readings the difference tells.

        `prompt_tokens` and of them `cached_tokens`; `pictures` that replies are about, and `pictures_encoded` that the
        model's encoder worked on for them; `pictures_processed` that were to be made ready for the model, and of them
        `pictures_ready` before.
        """
        ...


def failed(error: BaseException | str) -> Reply:
    """The reply of a request that went wrong."""
    text = error if isinstance(error, str) else f"{type(error).__name__}: {error}"
    return Reply("", "error", " ".join(text.split())[:500])


def without_room(
    detail: BaseException | str, num_prompt_tokens: int = 0, num_output_tokens: int = 0, num_cached_tokens: int = 0
) -> Reply:
    """The reply of a request that fills the model's window.

    It is a failure, which no store keeps: how large the window is, is a matter of settings, and no part of the key.
    """
    error = failed(f"{_NO_ROOM}{detail}").error
    return Reply("", "error", error, num_prompt_tokens, num_output_tokens, num_cached_tokens)


def request_key(request: Request, model: str, revision: str) -> str:
    """Hex SHA-256 of all that decides the reply: prompt, picture, model, sampling and schema."""
    parts: dict[str, Any] = {
        "system": request.system,
        "user": request.user,
        "picture": request.image_sha256,
        "schema": request.json_schema,
        "max_tokens": request.max_tokens,
        "temperature": request.temperature,
        "seed": request.seed,
        "model": model,
        "revision": revision,
    }
    if request.more:
        # Only then, so that replies stored before there were further pictures keep their keys.
        parts["more"] = [[piece.image_sha256, piece.text] for piece in request.more]
    return hashlib.sha256(canonical(parts)).hexdigest()
