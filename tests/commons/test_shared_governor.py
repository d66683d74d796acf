"""One budget for many workers, kept through the death of a worker and of the one who keeps it."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path
from typing import Any

import pytest

from pipeline.commons.governor import Limits, SourceUnavailable
from pipeline.commons.shared_governor import GovernorClient, SharedGovernor
from pipeline.errors import ConfigError
from pipeline.storage import Storage, open_storage

HOST = "host:80"
LIMITS = Limits(connections=2, requests_per_s=1e6, bytes_per_s=1e9)


class Actor:
    """Calls of an actor as Ray makes them, in one event loop; `restart` is its death and return."""

    def __init__(self, home: Storage, silence_s: float) -> None:
        self._arguments = (home, silence_s, "one life")
        self.inner = SharedGovernor(*self._arguments)

    def restart(self) -> None:
        self.inner = SharedGovernor(*self._arguments)

    def __getattr__(self, name: str) -> Any:
        class Method:
            @staticmethod
            def remote(*arguments: Any) -> asyncio.Future[Any]:
                async def call() -> Any:
                    found = getattr(self.inner, name)(*arguments)
                    return await found if asyncio.iscoroutine(found) else found

                return asyncio.ensure_future(call())

        return Method


@pytest.fixture
def home(tmp_path: Path) -> Storage:
    return open_storage(str(tmp_path))


def test_workers_share_the_connections(home: Storage) -> None:
    async def work() -> int:
        actor = Actor(home, 60)
        clients = [GovernorClient(actor, LIMITS) for _ in range(4)]
        running = most = 0

        async def one(client: GovernorClient) -> None:
            nonlocal running, most
            await client.acquire(HOST)
            running += 1
            most = max(most, running)
            await client.spend(HOST, 10)
            await asyncio.sleep(0.01)
            running -= 1
            client.release(HOST, True)

        await asyncio.gather(*(one(client) for client in clients for _ in range(5)))
        return most

    assert asyncio.run(work()) == 2


def test_another_cluster_waits_for_no_connection_of_one_that_is_gone(home: Storage) -> None:
    async def work() -> tuple[int, str]:
        before = Actor(home, 60)
        client = GovernorClient(before, LIMITS)
        for _ in range(LIMITS.connections):
            await client.acquire(HOST)
        client.release(HOST, False, "status 500")
        await asyncio.sleep(0)
        other = SharedGovernor(home, 60, "another life")
        other.configure(HOST, LIMITS)
        async with asyncio.timeout(5):
            await other.acquire(HOST, "a")
            await other.acquire(HOST, "b")
        return other.num_held(HOST), other.state()[HOST]["last_failure"]

    # What the host said is still known.
    assert asyncio.run(work()) == (2, "status 500")


def test_a_worker_that_fell_silent_gives_its_connection_back(home: Storage) -> None:
    async def work() -> float:
        actor = Actor(home, 0.3)
        dead, living = GovernorClient(actor, LIMITS), GovernorClient(actor, LIMITS)
        await dead.acquire(HOST)
        await living.acquire(HOST)
        started = time.monotonic()
        # The living one goes on to read, and keeps its own for longer than silence would.
        for _ in range(5):
            await asyncio.sleep(0.1)
            await living.spend(HOST, 1)
        assert actor.inner.num_held(HOST) == 1
        await living.acquire(HOST)
        return time.monotonic() - started

    assert asyncio.run(work()) < 2


def test_what_was_asked_of_us_survives_the_actor(home: Storage) -> None:
    async def work() -> None:
        actor = Actor(home, 60)
        client = GovernorClient(actor, LIMITS)
        await client.acquire(HOST)
        client.pause(HOST, 0.6)
        await asyncio.sleep(0.05)
        started = time.monotonic()
        actor.restart()
        client.release(HOST, None)
        await client.acquire(HOST)
        assert time.monotonic() - started > 0.4
        client.release(HOST, None)
        with pytest.raises(SourceUnavailable, match="asked to be left alone for 9000 s"):
            client.pause(HOST, 9000)
        await asyncio.sleep(0.05)
        actor.restart()
        with pytest.raises(SourceUnavailable, match="does not serve us now"):
            await GovernorClient(actor, LIMITS).acquire(HOST)

    asyncio.run(work())


def test_after_its_return_no_more_connections_are_lent_than_there_are(home: Storage) -> None:
    async def work() -> None:
        actor = Actor(home, 0.5)
        before, after = GovernorClient(actor, LIMITS), GovernorClient(actor, LIMITS)
        await before.acquire(HOST)
        await before.acquire(HOST)
        actor.restart()
        third = asyncio.ensure_future(after.acquire(HOST))
        await asyncio.sleep(0.1)
        assert not third.done()
        before.release(HOST, True)
        await asyncio.wait_for(third, 1)
        assert actor.inner.num_held(HOST) == 2
        # The other holder never comes back: silence ends it.
        await asyncio.wait_for(after.acquire(HOST), 2)
        assert actor.inner.num_held(HOST) <= 2

    asyncio.run(work())


def test_other_limits_for_a_host_that_is_being_asked_are_refused(home: Storage) -> None:
    async def work() -> None:
        actor = Actor(home, 60)
        one = GovernorClient(actor, LIMITS)
        await one.acquire(HOST)
        other = Limits(8, 1e6, 1e9)
        with pytest.raises(ConfigError, match="another run on this cluster asks host:80 with 2 connections"):
            await GovernorClient(actor, other).acquire(HOST)
        one.release(HOST, True)
        await asyncio.sleep(0.01)
        await GovernorClient(actor, other).acquire(HOST)

    asyncio.run(work())
