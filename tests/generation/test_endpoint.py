"""The engine behind HTTP, against a real server on the loopback."""

from __future__ import annotations

import asyncio
import base64
import time
from typing import Any

import pytest

from pipeline.errors import UserError
from pipeline.generation.endpoint import EndpointEngine
from pipeline.generation.request import Reply, Request
from pipeline.generation.settings import Generation
from tests.generation.chat_server import Answer, ChatServer, completion

REQUEST = Request("be brief", "What is it?", None, None, {"type": "object"}, 64, 0.5, 7)
GOOD = Reply("hello", "stop", None, 11, 3)


def settings(url: str, **fields: Any) -> Generation:
    return Generation(engine="endpoint", endpoint_url=url, model="big-model", revision="2026-01", num_gpus=0, **fields)


def ask(server: ChatServer, *requests: Request, **fields: Any) -> list[Reply]:
    async def work() -> list[Reply]:
        engine = EndpointEngine(settings(server.url, **fields), backoff_s=0.01)
        try:
            return list(await asyncio.gather(*(engine.generate(request) for request in requests)))
        finally:
            await engine.close()

    return asyncio.run(work())


def test_a_request_becomes_a_chat_completion_with_a_schema() -> None:
    with ChatServer(lambda number, body: completion("hello")) as server:
        assert ask(server, REQUEST) == [GOOD]
    assert server.headers[0]["path"] == "/v1/chat/completions"
    assert server.bodies == [
        {
            "model": "big-model",
            "messages": [{"role": "system", "content": "be brief"}, {"role": "user", "content": "What is it?"}],
            "max_tokens": 64,
            "temperature": 0.5,
            "seed": 7,
            "response_format": {
                "type": "json_schema",
                "json_schema": {"name": "reply", "strict": True, "schema": {"type": "object"}},
            },
        }
    ]


def test_the_picture_stands_before_the_text() -> None:
    request = Request("be brief", "What is it?", b"\xff\xd8jpeg", "ab" * 32)
    with ChatServer(lambda number, body: completion("hello")) as server:
        ask(server, request, sees_pictures=True)
    [body] = server.bodies
    picture, text = body["messages"][1]["content"]
    kind, _, data = picture["image_url"]["url"].partition(",")
    assert (kind, base64.b64decode(data)) == ("data:image/jpeg;base64", b"\xff\xd8jpeg")
    assert text == {"type": "text", "text": "What is it?"}
    assert "response_format" not in body


@pytest.mark.parametrize("key", [None, "s3cret"])
def test_the_key_comes_from_the_environment_if_there_is_one(monkeypatch: pytest.MonkeyPatch, key: str | None) -> None:
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    if key is not None:
        monkeypatch.setenv("MY_KEY", key)
    with ChatServer(lambda number, body: completion("hello")) as server:
        ask(server, REQUEST, endpoint_key_variable="MY_KEY")
    assert server.headers[0].get("Authorization") == (None if key is None else "Bearer s3cret")


@pytest.mark.parametrize("trouble", [(429, {}, b"slow down"), (500, {}, b""), (503, {}, b"<html>"), None])
def test_trouble_that_passes_is_waited_for(trouble: Answer | None) -> None:
    with ChatServer(lambda number, body: trouble if number < 3 else completion("hello")) as server:
        assert ask(server, REQUEST) == [GOOD]
    assert len(server.bodies) == 4


def test_a_server_may_say_how_long_to_wait() -> None:
    with ChatServer(
        lambda number, body: (429, {"Retry-After": "1"}, b"") if number < 1 else completion("hello")
    ) as server:
        started = time.monotonic()
        assert ask(server, REQUEST) == [GOOD]
    # At most half of a wait is dropped by chance.
    assert time.monotonic() - started >= 0.5


def test_trouble_that_stays_is_the_reply_of_that_request() -> None:
    with ChatServer(lambda number, body: (500, {}, b"out of memory")) as server:
        [reply] = ask(server, REQUEST, max_attempts=3)
    assert (reply.finish_reason, reply.text) == ("error", "")
    assert "gave up after 3 attempts: HTTP 500: out of memory" in str(reply.error)
    assert len(server.bodies) == 3


def test_nobody_at_the_address_is_the_reply_too() -> None:
    with ChatServer(lambda number, body: completion("hello")) as server:
        pass
    [reply] = ask(server, REQUEST, max_attempts=2)
    assert "ConnectError" in str(reply.error)


def test_a_refused_request_is_not_repeated_and_spoils_no_other() -> None:
    def answer(number: int, body: dict[str, Any]) -> Answer:
        bad = body["messages"][1]["content"] == "bad"
        return (400, {}, {"error": {"message": "too long"}}) if bad else completion("hello")

    with ChatServer(answer) as server:
        one, bad, other = ask(server, REQUEST, Request("", "bad"), REQUEST)
    assert (one, other) == (GOOD, GOOD)
    assert "HTTP 400" in str(bad.error)
    assert "too long" in str(bad.error)
    assert len(server.bodies) == 3


@pytest.mark.parametrize(("status", "advice"), [(401, "OPENAI_API_KEY"), (403, "key"), (404, "generation.model")])
def test_what_is_wrong_with_every_request_stops_the_stage(status: int, advice: str) -> None:
    with (
        ChatServer(lambda number, body: (status, {}, b"no")) as server,
        pytest.raises(UserError, match=f"HTTP {status}.*{advice}"),
    ):
        ask(server, REQUEST)


@pytest.mark.parametrize(
    "answer",
    [(200, {}, b"<html>"), (200, {}, []), (200, {}, {}), (200, {}, {"choices": []}), completion(None),
     completion("half", "content_filter"), (200, {}, {"choices": [{"message": None, "finish_reason": "stop"}]})],
)  # fmt: skip
def test_an_answer_that_is_no_completion_is_an_error(answer: Answer) -> None:
    with ChatServer(lambda number, body: answer) as server:
        [reply] = ask(server, REQUEST)
    assert reply.finish_reason == "error"


def test_a_reply_that_was_cut_off_says_so_and_usage_may_be_missing() -> None:
    def answer(number: int, body: dict[str, Any]) -> Answer:
        status, headers, content = completion("hel", "length")
        return status, headers, {"choices": content["choices"]}

    with ChatServer(answer) as server:
        assert ask(server, REQUEST) == [Reply("hel", "length")]


def test_no_more_requests_at_once_than_allowed() -> None:
    def answer(number: int, body: dict[str, Any]) -> Answer:
        time.sleep(0.01)
        return completion("hello")

    with ChatServer(answer) as server:
        assert ask(server, *[REQUEST] * 24, max_num_seqs=3) == [GOOD] * 24
    assert 1 < server.most_at_once <= 3
