"""Any OpenAI-compatible endpoint: chat completions with a JSON schema, the picture as a data URL."""

from __future__ import annotations

import asyncio
import base64
import os
import random
from typing import Any

import httpx

from pipeline.errors import UserError
from pipeline.generation.request import Reply, Request, failed
from pipeline.generation.settings import Generation

_TRY_AGAIN = frozenset({408, 409, 425, 429, 500, 502, 503, 504})
# What is wrong with every request, not with this one.
_REFUSED = {
    401: "refuses the key; check the environment variable {key}",
    403: "refuses the key; check the environment variable {key}",
    404: "knows no such address or model; check generation.endpoint_url and generation.model",
}
_LONGEST_WAIT_S = 60.0


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
        key = os.environ.get(settings.endpoint_key_variable)
        self._client = httpx.AsyncClient(
            headers={"Authorization": f"Bearer {key}"} if key else {},
            # A request may wait for its turn for as long as it takes; the time-out is for its own work.
            timeout=httpx.Timeout(settings.timeout_s, pool=None),
            limits=httpx.Limits(max_connections=settings.max_num_seqs),
        )

    async def generate(self, request: Request) -> Reply:
        """See `Engine`. Tries again after refusals and failures that may pass."""
        body = _body(request, self.model)
        problem = ""
        for attempt in range(self._settings.max_attempts):
            wait = self._backoff_s * 2**attempt
            try:
                response = await self._client.post(self._url, json=body)
            except httpx.TransportError as error:
                problem = f"{type(error).__name__}: {error}"
            else:
                if response.status_code not in _TRY_AGAIN:
                    return self._reply(response)
                problem = f"HTTP {response.status_code}: {response.text[:200]}"
                wait = max(wait, _seconds(response.headers.get("Retry-After")))
            if attempt + 1 < self._settings.max_attempts:
                await asyncio.sleep(min(wait, _LONGEST_WAIT_S) * random.uniform(0.5, 1.0))
        return failed(f"{self._url}: gave up after {self._settings.max_attempts} attempts: {problem}")

    def _reply(self, response: httpx.Response) -> Reply:
        if response.status_code in _REFUSED:
            why = _REFUSED[response.status_code].format(key=self._settings.endpoint_key_variable)
            raise UserError(f"{self._url}: HTTP {response.status_code}: {why}")
        if response.status_code != 200:
            return failed(f"{self._url}: HTTP {response.status_code}: {response.text[:300]}")
        try:
            content = response.json()
            choice = content["choices"][0]
            usage = content.get("usage") or {}
            text, reason = choice["message"]["content"], choice["finish_reason"]
            if not isinstance(text, str) or reason not in ("stop", "length"):
                return failed(f"{self._url}: ended without a reply: {reason}")
            return Reply(text, reason, None, usage.get("prompt_tokens", 0), usage.get("completion_tokens", 0))
        except (ValueError, KeyError, IndexError, TypeError, AttributeError) as error:
            return failed(f"{self._url}: is no chat completion: {type(error).__name__}: {error}")

    async def close(self) -> None:
        """Close the connections."""
        await self._client.aclose()


def _body(request: Request, model: str) -> dict[str, Any]:
    content: list[dict[str, Any]] = [{"type": "text", "text": request.user}]
    if request.image is not None:
        url = f"data:image/jpeg;base64,{base64.b64encode(request.image).decode()}"
        content.insert(0, {"type": "image_url", "image_url": {"url": url}})
    body: dict[str, Any] = {
        "model": model,
        "messages": [
            {"role": "system", "content": request.system},
            {"role": "user", "content": content if request.image is not None else request.user},
        ],
        "max_tokens": request.max_tokens,
        "temperature": request.temperature,
        "seed": request.seed,
    }
    if request.json_schema is not None:
        schema = {"name": "reply", "strict": True, "schema": request.json_schema}
        body["response_format"] = {"type": "json_schema", "json_schema": schema}
    return body


def _seconds(header: str | None) -> float:
    """Of a Retry-After header; a date counts as none, the doubling wait is as good."""
    try:
        return float(header or 0)
    except ValueError:
        return 0.0
