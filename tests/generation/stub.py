"""An engine without a model: what it answers is a function of the request, and it can be told to misbehave."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Callable, Mapping
from typing import Any

from pipeline.generation.request import EngineDied, Reply, Request, failed, request_key, without_room
from pipeline.generation.text import quoted_name

Behaviour = Callable[[Request], str]


def is_retry(request: Request) -> bool:
    """Whether a request is the second about its item."""
    return "An earlier answer was refused." in request.user


def good(request: Request) -> str:
    """A behaviour: every request is answered as asked."""
    return "good"


class StubEngine:
    """Answers a rewording with the template and one of its words before it, and with such a word before the answer, all
    else by its hash and schema.

    Args:
        behaviour: what becomes of a request: good, garbage (no JSON), cut_off, error, or no_room (in the window).
        dies_after: requests that are answered before the engine is dead.
        revision: of the pretended model.
        sees_pictures: whether requests may carry one.

    Attributes:
        requests: all that were made, in order.
    """

    model = "stub"

    def __init__(
        self,
        behaviour: Behaviour = good,
        *,
        dies_after: int | None = None,
        revision: str = "1",
        sees_pictures: bool = False,
    ) -> None:
        self.revision, self.sees_pictures = revision, sees_pictures
        self.requests: list[Request] = []
        self.num_closed = 0
        self._behaviour, self._left = behaviour, dies_after

    async def generate(self, request: Request) -> Reply:
        self.requests.append(request)
        number = int(request_key(request, self.model, self.revision)[:8], 16)
        # Replies arrive in another order than that of the requests.
        for _ in range(number % 5):
            await asyncio.sleep(0)
        if self._left is not None:
            if self._left == 0:
                raise EngineDied("stub: dead")
            self._left -= 1
        behaviour = self._behaviour(request)
        if behaviour == "error":
            return failed(RuntimeError("told to fail"))
        if behaviour == "no_room":
            return without_room("told so", 10, 2)
        if behaviour == "garbage":
            return Reply("I would be happy to help!", "stop", None, 10, 7)
        return Reply(_answer(request, number), "length" if behaviour == "cut_off" else "stop", None, 10, 5)

    async def close(self) -> None:
        self.num_closed += 1


def template_of(request: Request) -> str:
    """The question that a request is about, the first where there are several."""
    lines = [line.partition(": ") for line in request.user.splitlines()]
    return next(text for name, _, text in lines if name in ("1. Question", "Second wording"))


def told(request: Request) -> list[tuple[str, str | None]]:
    """Of each item in a request to reword: its template, and its answer where that is told."""
    found: list[tuple[str, str | None]] = []
    for line in request.user.splitlines():
        name, _, text = line.partition(": ")
        if re.fullmatch(r"\d+\. Question", name):
            found.append((text, None))
        elif name == "   Answer":
            found[-1] = (found[-1][0], text)
    return found


def rewording(template: str, answer: str | None) -> dict[str, str]:
    """A sound part of a reply: a word of the template, chosen by its letters, before the template and the answer."""
    own = template.replace(quoted_name(template) or " ", " ")
    words = [word for word in own.split() if word.isalpha()] or [char for char in own if char.isalpha()]
    word = words[sum(map(ord, template)) % len(words)]
    return {"question": f"{word} {template}", **({} if answer is None else {"reply": f"{word} {answer}"})}


def _answer(request: Request, number: int) -> str:
    properties = (request.json_schema or {})["properties"]
    if next(iter(properties)) == "1":
        parts = {str(at): rewording(*item) for at, item in enumerate(told(request), 1)}
        assert list(parts) == list(properties)
        return json.dumps(parts, ensure_ascii=False)
    return json.dumps({name: _value(each, number >> 3 * at) for at, (name, each) in enumerate(properties.items())})


def _value(schema: Mapping[str, Any], number: int) -> int | str:
    return schema["enum"][number % len(schema["enum"])] if "enum" in schema else f"because of {number % 1000}"
