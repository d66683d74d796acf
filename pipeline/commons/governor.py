"""Politeness as a budget per host: connections at once, requests/s, bytes/s, pauses that a host asks for, a breaker.

Every method takes and gives plain values, so an actor can hold the one governor of a cluster and its clients call it
by name. A governor belongs to one event loop.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any, Protocol

from pipeline.errors import UserError


class SourceUnavailable(UserError):  # noqa: N818 - named for what is the case
    """A picture source as a whole does not answer: the run should stop rather than set every picture aside."""


class Budget(Protocol):
    """What a client asks of a governor, be it its own or that of a cluster; see `Governor`."""

    async def acquire(self, host: str) -> None: ...

    def release(self, host: str, ok: bool | None, detail: str = "") -> None: ...

    async def spend(self, host: str, num_bytes: int) -> float: ...

    def pause(self, host: str, seconds: float) -> None: ...


class Clock(Protocol):
    """Time in s from any fixed moment, and waiting."""

    def now(self) -> float: ...

    async def sleep(self, seconds: float) -> None: ...


class SystemClock:
    """The machine's monotonic clock."""

    def now(self) -> float:
        return time.monotonic()

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)


@dataclass(frozen=True)
class Limits:
    """What one host may be asked for.

    After `failures_to_open` failed requests in a row the breaker opens: requests are refused for `cooldown_s`, then
    tried again. A pause longer than `max_pause_s` that a host asks for opens it too.
    """

    connections: int
    requests_per_s: float
    bytes_per_s: float
    failures_to_open: int = 20
    cooldown_s: float = 60.0
    max_pause_s: float = 600.0


@dataclass
class _Pacer:
    """Spaces amounts out to a steady rate, without bursts after idle time."""

    per_s: float
    free_at: float = 0.0

    def take(self, amount: float, now: float) -> float:
        """Reserve `amount`; returns the moment from which it may be used."""
        start = max(self.free_at, now)
        self.free_at = start + amount / self.per_s
        return start


@dataclass
class _Host:
    slots: asyncio.Semaphore
    requests: _Pacer
    bytes: _Pacer
    paused_until: float = 0.0
    failures: int = 0
    last_failure: str = ""
    refused_until: float = field(default=float("-inf"))


class Governor:
    """The budgets of all hosts that one client (a process, or a whole cluster) asks.

    A request is `await acquire(host)`, then `await spend(host, n)` for the bytes as they come, then `release(host, ok)`
    whatever happened.
    """

    def __init__(self, limits: Limits, clock: Clock | None = None) -> None:
        self._limits = limits
        self._clock = clock or SystemClock()
        self._hosts: dict[str, _Host] = {}

    def _host(self, host: str) -> _Host:
        if host not in self._hosts:
            limits = self._limits
            self._hosts[host] = _Host(
                asyncio.Semaphore(limits.connections), _Pacer(limits.requests_per_s), _Pacer(limits.bytes_per_s)
            )
        return self._hosts[host]

    async def acquire(self, host: str) -> None:
        """Wait for a connection and for the request's turn.

        Raises:
            SourceUnavailable: the breaker of this host is open; no connection is held then.
        """
        state = self._host(host)
        self._refuse_if_open(host, state)
        await state.slots.acquire()
        try:
            turn = state.requests.take(1, self._clock.now())
            while (wait := max(turn, state.paused_until) - self._clock.now()) > 0:
                await self._clock.sleep(wait)
            self._refuse_if_open(host, state)
        except BaseException:  # refused or cancelled: either way the next in line gets the connection
            state.slots.release()
            raise

    def release(self, host: str, ok: bool | None, detail: str = "") -> None:
        """Give the connection back. `ok` says whether the host answered like one that is well; None says nothing."""
        state = self._host(host)
        state.slots.release()
        if ok:
            state.failures = 0
        elif ok is False:
            state.failures += 1
            state.last_failure = detail
            if state.failures >= self._limits.failures_to_open:
                state.refused_until = self._clock.now() + self._limits.cooldown_s

    async def spend(self, host: str, num_bytes: int) -> float:
        """Account for bytes received and wait while those before them are still being paid for; the s waited."""
        now = self._clock.now()
        wait = self._host(host).bytes.take(num_bytes, now) - now
        if wait > 0:
            await self._clock.sleep(wait)
        return wait

    def pause(self, host: str, seconds: float) -> None:
        """Send nothing to the host for so long, as its Retry-After asks.

        Raises:
            SourceUnavailable: it asks for more than `max_pause_s`; the breaker is open then.
        """
        state = self._host(host)
        now = self._clock.now()
        if seconds > self._limits.max_pause_s:
            state.refused_until = max(state.refused_until, now + seconds)
            state.last_failure = f"it asked to be left alone for {seconds:.0f} s"
            self._refuse_if_open(host, state)
        state.paused_until = max(state.paused_until, now + seconds)

    def state(self) -> dict[str, dict[str, Any]]:
        """By host what a successor must know: pauses and the breaker, in the clock's s. JSON."""
        return {
            host: {
                "paused_until": state.paused_until,
                "refused_until": max(state.refused_until, 0.0),
                "failures": state.failures,
                "last_failure": state.last_failure,
            }
            for host, state in self._hosts.items()
        }

    def restore(self, host: str, told: Mapping[str, Any], *, all_lent: bool = False) -> None:
        """Take over what `state` told of a host; with `all_lent` its connections count as given out until released."""
        state = self._host(host)
        state.paused_until = float(told.get("paused_until", 0.0))
        state.refused_until = float(told.get("refused_until", 0.0))
        state.failures = int(told.get("failures", 0))
        state.last_failure = str(told.get("last_failure", ""))
        if all_lent:
            state.slots = asyncio.Semaphore(0)

    def _refuse_if_open(self, host: str, state: _Host) -> None:
        wait = state.refused_until - self._clock.now()
        if wait > 0:
            raise SourceUnavailable(
                f"{host} does not serve us now ({state.failures} failed requests in a row; last: "
                f"{state.last_failure}): check images.api_url, images.upload_url and images.mirrors, and run again "
                f"after {wait:.0f} s"
            )


def retry_after_s(value: str | None, now: datetime | None = None) -> float | None:
    """Seconds that a Retry-After header asks for, given as seconds or as an HTTP date; None where it says nothing."""
    if value is None:
        return None
    text = value.strip()
    if text.isascii() and text.isdigit():
        return float(text[:9])
    try:
        when = parsedate_to_datetime(text)
    except (ValueError, OverflowError):
        return None
    if when.tzinfo is None:
        when = when.replace(tzinfo=UTC)
    return max(0.0, (when - (now or datetime.now(UTC))).total_seconds())
