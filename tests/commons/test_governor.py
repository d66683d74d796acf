from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.commons.governor import Governor, Limits, SourceUnavailable, retry_after_s
from tests.commons.clocks import VirtualClock

FREE = Limits(connections=1000, requests_per_s=1e9, bytes_per_s=1e12)
DURATIONS = st.lists(st.floats(0.1, 5), min_size=1, max_size=15)


@settings(max_examples=50)
@given(st.integers(1, 4), DURATIONS)
def test_no_more_requests_run_at_once_than_there_are_connections(connections: int, durations: list[float]) -> None:
    clock = VirtualClock()
    governor = Governor(Limits(connections, 1e9, 1e12), clock)
    running: set[int] = set()
    most: list[int] = []

    async def one(number: int, duration: float) -> None:
        await governor.acquire("host")
        running.add(number)
        most.append(len(running))
        await clock.sleep(duration)
        running.remove(number)
        governor.release("host", True)

    async def all_of_them() -> None:
        await asyncio.gather(*(one(number, duration) for number, duration in enumerate(durations)))

    clock.run(all_of_them())
    assert max(most) == min(connections, len(durations))
    assert len(most) == len(durations)


@settings(max_examples=50)
@given(st.floats(0.5, 20), DURATIONS)
def test_requests_start_no_faster_than_the_rate(per_s: float, gaps: list[float]) -> None:
    clock = VirtualClock()
    governor = Governor(Limits(1000, per_s, 1e12), clock)
    starts: list[float] = []

    async def one(delay: float) -> None:
        await clock.sleep(delay)
        await governor.acquire("host")
        starts.append(clock.now())
        governor.release("host", True)

    async def all_of_them() -> None:
        await asyncio.gather(*(one(gap) for gap in gaps))

    clock.run(all_of_them())
    starts.sort()
    assert all(later - earlier >= 1 / per_s - 1e-9 for earlier, later in pairwise(starts))


@settings(max_examples=50)
@given(st.floats(10, 1000), st.lists(st.integers(0, 2000), min_size=1, max_size=20))
def test_bytes_come_no_faster_than_the_rate_except_for_the_last_chunk(per_s: float, chunks: list[int]) -> None:
    clock = VirtualClock()
    governor = Governor(Limits(2, 1e9, per_s), clock)
    started = clock.now()

    async def read() -> None:
        read_bytes = 0
        for chunk in chunks:
            await governor.spend("host", chunk)
            assert read_bytes <= (clock.now() - started) * per_s + 1e-3
            read_bytes += chunk

    clock.run(read())


def test_hosts_have_budgets_of_their_own() -> None:
    clock = VirtualClock()
    governor = Governor(Limits(1, 1.0, 1.0), clock)

    async def both() -> float:
        await governor.acquire("one")
        await governor.spend("one", 1000)
        governor.pause("one", 500)
        await governor.acquire("other")
        await governor.spend("other", 1)
        return clock.now()

    assert clock.run(both()) == 1000.0


def test_a_pause_holds_back_also_those_that_wait_already() -> None:
    clock = VirtualClock()
    governor = Governor(Limits(10, 1.0, 1e12), clock)
    starts: list[float] = []

    async def one() -> None:
        await governor.acquire("host")
        starts.append(clock.now() - 1000.0)
        if len(starts) == 1:
            governor.pause("host", 30)
        governor.release("host", None)

    async def all_of_them() -> None:
        await asyncio.gather(*(one() for _ in range(4)))

    clock.run(all_of_them())
    assert starts[0] == 0
    assert all(start >= 30 for start in starts[1:])


def test_a_pause_that_is_too_long_opens_the_breaker_until_it_ends() -> None:
    clock = VirtualClock()
    governor = Governor(FREE, clock)

    async def ask() -> None:
        await governor.acquire("host")
        governor.release("host", True)

    with pytest.raises(SourceUnavailable, match=r"run again after 700 s"):
        governor.pause("host", 700)
    with pytest.raises(SourceUnavailable, match=r"images\.api_url"):
        clock.run(ask())
    clock.time += 701
    clock.run(ask())


@given(st.lists(st.sampled_from([True, False, None]), max_size=60))
def test_the_breaker_opens_exactly_after_so_many_failures_in_a_row(outcomes: list[bool | None]) -> None:
    clock = VirtualClock()
    governor = Governor(Limits(5, 1e9, 1e12, failures_to_open=3, cooldown_s=60), clock)

    async def requests() -> int | None:
        for number, outcome in enumerate(outcomes):
            try:
                await governor.acquire("host")
            except SourceUnavailable:
                return number
            governor.release("host", outcome, "status 500")
        return None

    said = [(number, outcome) for number, outcome in enumerate(outcomes) if outcome is not None]
    opened = [
        number for place, (number, _) in enumerate(said)
        if place >= 2 and not any(outcome for _, outcome in said[place - 2 : place + 1])
    ]  # fmt: skip
    expected = opened[0] + 1 if opened and opened[0] + 1 < len(outcomes) else None
    assert clock.run(requests()) == expected


def test_after_the_cooldown_one_failure_more_opens_the_breaker_again_and_a_success_closes_it() -> None:
    clock = VirtualClock()
    governor = Governor(Limits(5, 1e9, 1e12, failures_to_open=3, cooldown_s=60), clock)

    async def ask(ok: bool) -> None:
        await governor.acquire("host")
        governor.release("host", ok, "status 503")

    async def story() -> None:
        for _ in range(3):
            await ask(False)
        with pytest.raises(SourceUnavailable, match=r"3 failed requests in a row; last: status 503"):
            await ask(True)
        clock.time += 61
        await ask(False)
        with pytest.raises(SourceUnavailable):
            await ask(True)
        clock.time += 61
        await ask(True)
        await ask(False)
        await ask(True)

    clock.run(story())


def test_who_is_refused_holds_no_connection() -> None:
    clock = VirtualClock()
    governor = Governor(Limits(1, 1e9, 1e12, failures_to_open=1, cooldown_s=5), clock)

    async def story() -> None:
        await governor.acquire("host")
        waiting = [asyncio.ensure_future(governor.acquire("host")) for _ in range(3)]
        await asyncio.sleep(0)
        governor.release("host", False, "status 500")
        outcomes = await asyncio.gather(*waiting, return_exceptions=True)
        assert [type(outcome) for outcome in outcomes] == [SourceUnavailable] * 3
        clock.time += 6
        await governor.acquire("host")

    clock.run(story())


def test_a_cancelled_wait_hands_its_connection_on() -> None:
    clock = VirtualClock()
    governor = Governor(Limits(1, 0.1, 1e12), clock)

    async def story() -> float:
        await governor.acquire("host")
        governor.release("host", True)
        cancelled = asyncio.ensure_future(governor.acquire("host"))
        await asyncio.sleep(0)
        cancelled.cancel()
        await governor.acquire("host")
        return clock.now() - 1000.0

    assert clock.run(story()) == 20.0


@given(st.integers(0, 10**8))
def test_retry_after_in_seconds_is_read_back(seconds: int) -> None:
    assert retry_after_s(f" {seconds} ") == seconds


@given(
    st.datetimes(datetime(2000, 1, 1), datetime(2100, 1, 1)).map(lambda t: t.replace(microsecond=0, tzinfo=UTC)),
    st.integers(-(10**6), 10**6),
)
def test_retry_after_as_a_date_is_read_back(now: datetime, seconds: int) -> None:
    header = format_datetime(now + timedelta(seconds=seconds), usegmt=True)
    assert retry_after_s(header, now) == max(0, seconds)


@given(
    st.one_of(
        st.text(max_size=40), st.from_regex(r"[A-Z][a-z]{2}, \d{1,3} [A-Z][a-z]{2} \d{1,9} \d\d:\d\d:\d\d [+-]\d{1,20}")
    )
)
def test_any_other_retry_after_is_read_as_nothing_or_as_a_time(header: str) -> None:
    assert (retry_after_s(header) or 0.0) >= 0.0


@pytest.mark.parametrize(
    "header",
    ["", "soon", "-5", "1.5", "٣", "Thu, 01 Jan 2026 00:00:00 +99999999999999999999", "Thu, 99 Jan 2026 00:00:00 GMT"],
)
def test_a_retry_after_that_says_nothing_is_none(header: str) -> None:
    assert retry_after_s(header) is None


def test_no_retry_after_is_none() -> None:
    assert retry_after_s(None) is None
