"""Misbehaviour of a picture source, scripted: what the n-th request for a picture or to the API gets instead."""

from __future__ import annotations

import json
import time
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from email.utils import format_datetime
from typing import Any, Self
from urllib.parse import unquote

import xxhash

from sample.commons_answers import Commons
from sample.commons_server import Behave, Reply, Request

API_PATH = "/w/api.php"
HTML = b"<!DOCTYPE html>\n<html><head><title>Wikimedia Error</title></head><body>Our servers are busy.</body></html>\n"

Fault = Reply | Callable[[Request], Reply] | None


def status(code: int, retry_after: float | datetime | None = None) -> Reply:
    """An error page, with Retry-After as seconds or as a date (whole seconds, in UTC)."""
    headers = {"Content-Type": "text/html; charset=utf-8"}
    if isinstance(retry_after, datetime):
        headers["Retry-After"] = format_datetime(retry_after, usegmt=True)
    elif retry_after is not None:
        headers["Retry-After"] = f"{retry_after:.0f}"
    return Reply(code, HTML, headers)


def html_page() -> Reply:
    """An error page that claims success."""
    return Reply(200, HTML, {"Content-Type": "text/html; charset=utf-8"})


def body(data: bytes, content_type: str = "image/jpeg", **headers: str) -> Reply:
    """These bytes, under any type; `Content_Encoding="gzip"` adds a header."""
    return Reply(200, data, {"Content-Type": content_type, **{k.replace("_", "-"): v for k, v in headers.items()}})


def truncated(data: bytes, keep: int) -> Reply:
    """The length of all of `data` is announced, and the connection closed after `keep` bytes."""
    return body(data[:keep], Content_Length=str(len(data)))


def reset(data: bytes, keep: int) -> Reply:
    """Like `truncated`, but the connection is reset."""
    return Reply(200, data[:keep], {"Content-Type": "image/jpeg", "Content-Length": str(len(data))}, reset=True)


def longer(data: bytes, by: int) -> Reply:
    """`by` bytes fewer are announced than come."""
    return body(data, Content_Length=str(len(data) - by))


def announced(num_bytes: int) -> Reply:
    """A body of so many bytes is announced, of which two come."""
    return body(b"\xff\xd8", Content_Length=str(num_bytes))


def unannounced(data: bytes) -> Reply:
    """A body whose end is the end of the connection."""
    return body(data, Content_Length="")


def drip(data: bytes, pause_s: float) -> Reply:
    """`pause_s` passes before each 16 KiB."""
    return Reply(200, data, {"Content-Type": "image/jpeg"}, pause_s=pause_s)


def hang_up() -> Reply:
    return Reply(hang_up=True)


def redirect(to: str, code: int = 302) -> Reply:
    return Reply(code, b"", {"Location": to})


def redirect_to_itself(request: Request) -> Reply:
    return redirect(request.path)


def api_reply(content: Any) -> Reply:
    return Reply(200, json.dumps(content).encode(), {"Content-Type": "application/json"})


def api_error(code: str) -> Reply:
    """An error as the API reports it: with status 200. `maxlag` is that of a busy database."""
    return api_reply({"error": {"code": code, "info": f"The API says {code}."}})


def name_of(request: Request) -> str:
    """The title of the file whose original or thumbnail is asked for; empty for other requests."""
    parts = unquote(request.path).split("/")
    if parts[1:3] != ["wikipedia", "commons"]:
        return ""
    return parts[6 if parts[3] == "thumb" else 5].replace("_", " ")


@dataclass
class Script:
    """Answers in a server's stead: the n-th request for `title`, or to the API, gets the n-th fault.

    None, and requests after the last fault, are answered as usual; `always` goes on for ever. `hold_s` is the time that
    every request takes at least, so that requests overlap where a client lets them.
    """

    hold_s: float = 0.0
    _faults: dict[str, list[Fault]] = field(default_factory=dict)
    _always: dict[str, Fault] = field(default_factory=dict)
    _seen: Counter[str] = field(default_factory=Counter)

    def picture(self, title: str, *faults: Fault, always: Fault = None) -> Self:
        self._faults[title], self._always[title] = list(faults), always
        return self

    def api(self, *faults: Fault, always: Fault = None) -> Self:
        return self.picture(API_PATH, *faults, always=always)

    def __call__(self, request: Request) -> Reply | None:
        time.sleep(self.hold_s)
        key = API_PATH if request.path == API_PATH else name_of(request)
        number = self._seen[key]
        self._seen[key] += 1
        faults = self._faults.get(key, [])
        fault = faults[number] if number < len(faults) else self._always.get(key)
        return fault(request) if callable(fault) else fault


def in_parts(commons: Commons, pages_per_part: int) -> Behave:
    """The API describes so many pages at a time and asks to be asked again, as MediaWiki does with long answers."""

    def behave(request: Request) -> Reply | None:
        if request.path != API_PATH:
            return None
        query = {key: value for key, value in request.query.items() if key != "iicontinue"}
        answer = json.loads(commons.answer(request.path, query, request.headers)[1])
        start = int(request.query.get("iicontinue", "0"))
        pages = answer["query"]["pages"]
        for number, page in enumerate(pages):
            if not start <= number < start + pages_per_part:
                page.pop("imageinfo", None)
        if start + pages_per_part < len(pages):
            del answer["batchcomplete"]
            answer["continue"] = {"iicontinue": str(start + pages_per_part), "continue": "||"}
        return api_reply(answer)

    return behave


def flaky(seed: int, share: float, max_attempts: int, hold_s: float = 0.0) -> Behave:
    """That share of requests fails in a way that passes; the `max_attempts`-th for the same thing never does."""
    faults: tuple[Reply, ...] = (
        status(429, 0), status(429, 1), status(503, 1), status(503), status(500), hang_up(), truncated(HTML, 20),
    )  # fmt: skip
    seen: Counter[str] = Counter()

    def behave(request: Request) -> Reply | None:
        time.sleep(hold_s)
        key = f"{request.path}?{sorted(request.query.items())}"
        seen[key] += 1
        draw = xxhash.xxh3_64_intdigest(f"{seed}|{key}|{seen[key]}".encode())
        if seen[key] % max_attempts == 0 or draw / 2**64 >= share:
            return None
        choice = (*faults, api_error("maxlag"), html_page()) if request.path == API_PATH else faults
        return choice[draw % len(choice)]

    return behave


def max_in_flight(requests: Iterable[Request]) -> int:
    """The most requests that the server had begun and not ended at one moment."""
    moments = [(request.start, 1) for request in requests]
    moments += [(request.end, -1) for request in requests if request.end is not None]
    current = most = 0
    for _, change in sorted(moments):
        current += change
        most = max(most, current)
    return most
