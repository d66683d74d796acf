from __future__ import annotations

import asyncio
import gzip
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.commons.governor import Clock, Governor, Limits, SourceUnavailable
from pipeline.commons.picture import PictureError
from pipeline.commons.transport import AttemptError, Reply, Transport, backoff_s, open_session
from pipeline.commons.urls import original_url
from sample.commons_server import CommonsServer
from tests.commons.clocks import SkippingClock
from tests.commons.conftest import FILES, Serve
from tests.kit.commons import (
    Fault,
    Script,
    announced,
    body,
    drip,
    hang_up,
    longer,
    redirect,
    redirect_to_itself,
    reset,
    status,
    truncated,
    unannounced,
)

TITLE, DATA = "Wide.jpg", FILES[0].data
ATTEMPTS = 4


class Fetch:
    """GETs of one file, each by a transport of its own over one clock and one governor."""

    def __init__(self, server: CommonsServer, clock: Clock | None = None, **options: Any) -> None:
        self.server = server
        self.clock = clock or SkippingClock()
        self.limits = Limits(2, 1e6, options.pop("bytes_per_s", 1e9), failures_to_open=20)
        self.options = {"timeout_s": 20.0, "max_attempts": ATTEMPTS, "backoff_base_s": 1.0} | options
        self.num_bytes = 0

    def __call__(self, max_bytes: int = 10**6, url: str | None = None, check: Any = None) -> Reply:
        return asyncio.run(self._get(max_bytes, url or original_url(TITLE, self.server.upload_url), check))

    async def _get(self, max_bytes: int, url: str, check: Any) -> Reply:
        async with open_session("tests") as http:
            governor = Governor(self.limits, self.clock)
            transport = Transport(http, governor, self.clock, urls=[self.server.upload_url], **self.options)
            try:
                return await transport.get(url, TITLE, max_bytes, check)
            finally:
                self.num_bytes = transport.num_bytes

    def failure(self, max_bytes: int = 10**6) -> PictureError:
        with pytest.raises(PictureError) as caught:
            self(max_bytes)
        return caught.value


PASSING: dict[str, tuple[Fault, str]] = {
    "429": (status(429), "rate_limited"),
    "429 with a time": (status(429, 3), "rate_limited"),
    "500": (status(500), "http_5xx"),
    "503": (status(503), "http_5xx"),
    "closed connection": (hang_up(), "connection"),
    "half a body": (truncated(DATA, len(DATA) // 2), "truncated"),
    "a body without its last byte": (truncated(DATA, len(DATA) - 1), "truncated"),
    "a connection reset in the middle": (reset(DATA, len(DATA) // 2), "truncated"),
    "damaged compression": (body(b"no gzip", Content_Encoding="gzip"), "truncated"),
}


@pytest.mark.parametrize("kind", PASSING)
def test_a_fault_that_passes_costs_attempts_and_nothing_else(serve: Serve, kind: str) -> None:
    fault, _ = PASSING[kind]
    server = serve(behave=Script().picture(TITLE, *[fault] * (ATTEMPTS - 1)))
    reply = Fetch(server)()
    assert (reply.status, reply.body) == (200, DATA)
    assert len(server.requests) == ATTEMPTS


@pytest.mark.parametrize("kind", PASSING)
def test_a_fault_that_stays_ends_with_its_reason_after_the_attempts(serve: Serve, kind: str) -> None:
    fault, reason = PASSING[kind]
    server = serve(behave=Script().picture(TITLE, always=fault))
    error = Fetch(server).failure()
    assert error.reason == reason
    assert f"gave up after {ATTEMPTS} attempts" in error.detail
    assert len(server.requests) == ATTEMPTS


@pytest.mark.parametrize("code", [400, 401, 403, 404, 410])
def test_a_refusal_is_not_asked_for_again(serve: Serve, code: int) -> None:
    server = serve(behave=Script().picture(TITLE, always=status(code)))
    assert Fetch(server)().status == code
    assert len(server.requests) == 1


@pytest.mark.parametrize("code", [429, 503])
def test_the_time_that_a_host_asks_for_is_waited_in_place_of_the_backoff(serve: Serve, code: int) -> None:
    clock = SkippingClock()
    Fetch(serve(behave=Script().picture(TITLE, status(code, 47))), clock)()
    assert [wait for wait in clock.slept if wait > 0.1] == [pytest.approx(47, abs=0.01)]


def test_a_date_that_a_host_names_is_waited_for(serve: Serve) -> None:
    clock = SkippingClock()
    when = (datetime.now(UTC) + timedelta(seconds=60)).replace(microsecond=0)
    Fetch(serve(behave=Script().picture(TITLE, status(429, when))), clock)()
    (wait,) = [wait for wait in clock.slept if wait > 0.1]
    assert 40 < wait <= 60


def test_without_a_time_attempts_back_off(serve: Serve) -> None:
    clock = SkippingClock()
    Fetch(serve(behave=Script().picture(TITLE, *[status(503)] * 3)), clock)()
    assert [wait for wait in clock.slept if wait > 0.1] == [backoff_s(1.0, TITLE, attempt) for attempt in (1, 2, 3)]


def test_a_host_that_asks_for_hours_is_left_alone(serve: Serve) -> None:
    server = serve(behave=Script().picture(TITLE, status(429, 7200)))
    with pytest.raises(SourceUnavailable, match=r"run again after 7200 s"):
        Fetch(server)()
    assert len(server.requests) == 1


def test_a_redirect_within_the_host_is_followed(serve: Serve) -> None:
    target = original_url("Narrow.jpg", "/wikipedia/commons")
    reply = Fetch(serve(behave=Script().picture(TITLE, redirect(target, 301))))()
    assert (reply.body, reply.url.endswith(target)) == (FILES[1].data, True)


def test_a_redirect_to_itself_comes_to_an_end(serve: Serve) -> None:
    server = serve(behave=Script().picture(TITLE, always=redirect_to_itself))
    assert Fetch(server).failure().reason == "redirect_refused"
    assert len(server.requests) == 6


def test_a_redirect_to_another_host_is_not_followed(serve: Serve) -> None:
    other = serve()
    for target in (
        other.upload_url,
        f"http://localhost:{other.port}/",
        "//example.org/x",
        "file:///etc/hosts",
        "ftp://x/",
    ):
        server = serve(behave=Script().picture(TITLE, always=redirect(target)))
        error = Fetch(server).failure()
        assert error.reason == "redirect_refused"
        assert len(server.requests) == 1
    assert other.requests == []


@pytest.mark.parametrize("target", ["http://[", "http://127.0.0.1:port/", "http://[::1/x", "x" * 70_000, "\x7f"])
def test_a_redirect_to_no_address_is_a_picture_error(serve: Serve, target: str) -> None:
    server = serve(behave=Script().picture(TITLE, always=redirect(target)))
    assert Fetch(server).failure().reason in ("redirect_refused", "connection")


def test_a_body_over_the_limit_is_not_read_to_its_end(serve: Serve) -> None:
    huge = bytes(3_000_000)
    for fault in (announced(10**12), body(huge), unannounced(huge), body(gzip.compress(huge), Content_Encoding="gzip")):
        server = serve(behave=Script().picture(TITLE, always=fault))
        fetch = Fetch(server)
        assert fetch.failure(100_000).reason == "too_large"
        assert fetch.num_bytes < 1_000_000
        assert len(server.requests) == 1


def test_a_body_of_exactly_the_limit_is_taken(serve: Serve) -> None:
    fetch = Fetch(serve())
    assert fetch(len(DATA)).body == DATA
    assert fetch.failure(len(DATA) - 1).reason == "too_large"


def test_a_long_error_page_is_read_in_part(serve: Serve) -> None:
    long_page = replace(status(404), body=bytes(3_000_000))
    server = serve(behave=Script().picture(TITLE, always=long_page))
    fetch = Fetch(server)
    assert fetch().status == 404
    assert fetch.num_bytes < 1_000_000


def test_bytes_after_the_announced_ones_belong_to_no_reply(serve: Serve) -> None:
    server = serve(behave=Script().picture(TITLE, longer(DATA, 100)))
    fetch = Fetch(server)

    async def twice() -> list[Reply]:
        async with open_session("tests") as http:
            governor = Governor(fetch.limits, fetch.clock)
            transport = Transport(http, governor, fetch.clock, urls=[server.upload_url], **fetch.options)
            url = original_url(TITLE, server.upload_url)
            return [await transport.get(url, TITLE, 10**6) for _ in range(2)]

    first, second = asyncio.run(twice())
    assert first.body == DATA[:-100]  # whose decoding ends as truncated
    assert (second.status, second.body) == (200, DATA)


def test_a_reply_that_drips_is_cut_off(serve: Serve) -> None:
    server = serve(behave=Script().picture(TITLE, drip(bytes(100_000), 0.3)))
    fetch = Fetch(server, timeout_s=1.0)
    assert fetch().body == DATA
    assert len(server.requests) == 2


def test_waiting_for_the_budget_is_not_held_against_the_host(serve: Serve) -> None:
    class SlowClock(SkippingClock):
        async def sleep(self, seconds: float) -> None:
            await super().sleep(seconds)
            await asyncio.sleep(1.1)

    data = bytes(150_000)
    server = serve(behave=Script().picture(TITLE, body(data)))
    clock = SlowClock()
    assert Fetch(server, clock, timeout_s=1.0, bytes_per_s=100.0)().body == data
    assert clock.slept
    assert len(server.requests) == 1


def test_all_bytes_are_counted_failed_attempts_included(serve: Serve) -> None:
    page = status(503)
    server = serve(behave=Script().picture(TITLE, page, truncated(DATA, 1000)))
    fetch = Fetch(server)
    fetch()
    assert fetch.num_bytes == len(page.body) + 1000 + len(DATA)


def test_a_check_may_ask_again(serve: Serve) -> None:
    seen: list[Reply] = []

    def check(reply: Reply) -> None:
        seen.append(reply)
        if len(seen) < 3:
            raise AttemptError("api_error", "once more")

    server = serve()
    assert Fetch(server)(check=check).body == DATA
    assert len(server.requests) == 3


@given(st.floats(0.01, 10), st.text(max_size=20), st.integers(1, 40))
def test_backoff_doubles_within_its_spread_and_is_the_same_each_time(base: float, key: str, attempt: int) -> None:
    middle = min(base * 2 ** (attempt - 1), 120.0)
    wait = backoff_s(base, key, attempt)
    assert middle * 0.5 <= wait <= middle * 1.5
    assert wait == backoff_s(base, key, attempt)


def test_backoff_spreads_clients_out() -> None:
    waits = {round(backoff_s(1.0, f"Photo {n}.jpg", 1), 2) for n in range(100)}
    assert len(waits) > 40
