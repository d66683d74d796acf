"""Any OpenAI-compatible endpoint: chat completions with a JSON schema, the picture as a data URL."""

from __future__ import annotations

import asyncio
import base64
import os
import random
from typing import Any

import httpx

from pipeline.errors import UserError
from pipeline.generation.plain_text import PlainText
from pipeline.generation.request import Reply, Request, failed, without_room
from pipeline.generation.settings import Generation
from pipeline.generation.warm_up import WarmUp, warm_up_request

_TRY_AGAIN = frozenset({408, 409, 425, 429, 500, 502, 503, 504})
# What is wrong with every request, not with this one.
_REFUSED = {
    401: "refuses the key; check the environment variable {key}",
    403: "refuses the key; check the environment variable {key}",
    404: "knows no such address or model; check generation.endpoint_url and generation.model",
}
# OpenAI's code, and what it and vLLM say, of a request that is too long.
_TOO_LONG = ("context_length_exceeded", "maximum context length", "maximum model length")
_LONGEST_WAIT_S = 60.0
_PNG = b"\x89PNG"
_CONNECT_TIMEOUT_S = 10.0
# Attempts to reach a server that has not answered yet: nobody may be there at all.
_FIRST_ATTEMPTS = 3
# What a body is that does not have the form of a completion.
_FORMLESS = (ValueError, KeyError, IndexError, TypeError, AttributeError)
_plain = PlainText()


class EndpointEngine:
    """A model behind HTTP.

    Args:
        settings: with `engine` "endpoint".
        backoff_s: wait before the second attempt; it doubles with each, and half of it is drawn at random.
    """

    def __init__(self, settings: Generation, backoff_s: float = 1.0) -> None:
        self.model, self.revision, self.sees_pictures = settings.model, settings.revision or "", settings.sees_pictures
        self._url = f"{(settings.endpoint_url or '').rstrip('/')}/chat/completions"
        self._settings = settings
        self._backoff_s = backoff_s
        self._key = key = os.environ.get(settings.endpoint_key_variable)
        self._client = httpx.AsyncClient(
            headers={"Authorization": f"Bearer {key}"} if key else {},
            # A request may wait for its turn for as long as it takes; the time-out is for its own work.
            timeout=httpx.Timeout(settings.timeout_s, connect=_CONNECT_TIMEOUT_S, pool=None),
            limits=httpx.Limits(max_connections=settings.max_num_seqs),
        )

        self._warm_up = WarmUp(self._check_answer)

    async def generate(self, request: Request) -> Reply:
        """See `Engine`. Tries again after refusals and failures that may pass.

        The first one waits for a small request of this module's own; UserError if that fails.
        """
        await self._warm_up.passed()
        response = await self._post(_body(request, self.model), self._settings.max_attempts)
        if isinstance(response, str):
            return failed(f"{self._url}: {response}")
        self._require_access(response)
        if response.status_code != 200 and any(words in response.text for words in _TOO_LONG):
            return without_room(f"{self._url}: HTTP {response.status_code}: {self._told(response)[:300]}")
        if response.status_code != 200:
            return failed(f"{self._url}: HTTP {response.status_code}: {self._told(response)[:300]}")
        try:
            return _reply(response.json())
        except _FORMLESS as error:
            return failed(f"{self._url}: is no chat completion: {type(error).__name__}: {error}")

    async def _check_answer(self) -> None:
        """One token, by schema and about a picture as the others: what the server cannot do, it says here."""
        body = _body(warm_up_request(sees_pictures=self.sees_pictures, max_tokens=1), self.model)
        response = await self._post(body, min(_FIRST_ATTEMPTS, self._settings.max_attempts))
        if isinstance(response, str):
            raise UserError(f"{self._url}: {response}; check generation.endpoint_url, and that the server is up")
        self._require_access(response)
        try:
            if response.status_code == 200 and response.json()["choices"][0]["message"] is not None:
                return
        except _FORMLESS:
            pass
        told = " ".join(self._told(response)[:300].split())
        raise UserError(
            f"{self._url}: answers HTTP {response.status_code}: {told!r} to a small "
            f"request with a JSON schema{' and a picture' if self.sees_pictures else ''}; check "
            "generation.endpoint_url, generation.model and generation.sees_pictures"
        )

    async def _post(self, body: dict[str, Any], max_attempts: int) -> httpx.Response | str:
        """The answer that stands, or why there is none."""
        problem = ""
        for attempt in range(max_attempts):
            wait = self._backoff_s * 2**attempt
            try:
                response = await self._client.post(self._url, json=body)
            except httpx.TransportError as error:
                problem = f"{type(error).__name__}: {error}"
            else:
                if response.status_code not in _TRY_AGAIN:
                    return response
                problem = f"HTTP {response.status_code}: {self._told(response)[:200]}"
                wait = max(wait, _seconds(response.headers.get("Retry-After")))
            if attempt + 1 < max_attempts:
                await asyncio.sleep(min(wait, _LONGEST_WAIT_S) * random.uniform(0.5, 1.0))
        return f"gave up after {max_attempts} attempts: {problem}"

    def _told(self, response: httpx.Response) -> str:
        """What it says, which may become a row's error: a key that it repeats is left out."""
        return response.text.replace(self._key, "[key]") if self._key else response.text

    def _require_access(self, response: httpx.Response) -> None:
        if response.status_code in _REFUSED:
            why = _REFUSED[response.status_code].format(key=self._settings.endpoint_key_variable)
            raise UserError(f"{self._url}: HTTP {response.status_code}: {why}")

    async def close(self) -> None:
        """Close the connections."""
        await self._client.aclose()


def _reply(content: Any) -> Reply:
    choice, usage = content["choices"][0], content.get("usage") or {}
    text, reason = choice["message"]["content"], choice["finish_reason"]
    if not isinstance(text, str) or reason not in ("stop", "length"):
        return failed(f"the endpoint ended without a reply: {reason}")
    cached = (usage.get("prompt_tokens_details") or {}).get("cached_tokens") or 0
    return Reply(text, reason, None, usage.get("prompt_tokens", 0), usage.get("completion_tokens", 0), cached)


def _body(request: Request, model: str) -> dict[str, Any]:
    user: Any = _content(request) if request.images else _plain(request.user)
    messages: list[dict[str, Any]] = [{"role": "user", "content": user}]
    if request.system:
        messages.insert(0, {"role": "system", "content": _plain(request.system)})
    body: dict[str, Any] = {
        "model": model,
        "messages": messages,
        "max_tokens": request.max_tokens,
        "temperature": request.temperature,
        "seed": request.seed,
    }
    if request.json_schema is not None:
        schema = {"name": "reply", "strict": True, "schema": request.json_schema}
        body["response_format"] = {"type": "json_schema", "json_schema": schema}
    return body


def _content(request: Request) -> list[dict[str, Any]]:
    content = [] if request.image is None else [_picture(request.image)]
    content.append({"type": "text", "text": _plain(request.user)})
    for piece in request.more:
        content += [_picture(piece.image), {"type": "text", "text": _plain(piece.text)}]
    return [part for part in content if part.get("text") != ""]


def _picture(image: bytes) -> dict[str, Any]:
    kind = "png" if image.startswith(_PNG) else "jpeg"
    return {"type": "image_url", "image_url": {"url": f"data:image/{kind};base64,{base64.b64encode(image).decode()}"}}


def _seconds(header: str | None) -> float:
    """Of a Retry-After header; a date counts as none, the doubling wait is as good."""
    try:
        return float(header or 0)
    except ValueError:
        return 0.0
