"""One governor for a whole cluster: to a host that asks for politeness, all nodes and all runs are one client.

An actor of Ray's, of which there is one, holds the budgets. A connection is lent to a worker for as long as it gives
signs of life, so that one that died gives it back. When the actor itself dies and Ray starts it again, pauses and
breakers are as they were, and all connections count as lent until those who hold them give them back or fall silent.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
import uuid
from collections import defaultdict
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import asdict
from typing import Any

from pipeline.commons.governor import Governor, Limits, SourceUnavailable
from pipeline.errors import ConfigError
from pipeline.storage import Storage

ACTOR, NAMESPACE = "governor-1", "culturalground"
_STATE = "governor.json"


class WallClock:
    """Seconds since the epoch, so that they go on the same in another process; one that is set meanwhile moves nothing.

    The system's own, set back by an hour, would let every picture wait for an hour; set forward, it would end pauses.
    """

    def __init__(self) -> None:
        self._epoch = time.time() - time.monotonic()

    def now(self) -> float:
        return self._epoch + time.monotonic()

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)


class SharedGovernor:
    """The budgets of hosts and who holds which connection; runs in an actor, all calls in one event loop.

    Args:
        home: where the state is kept that must survive the actor.
        silence_s: a connection whose holder gave no sign of life for so long is taken back.
        life: the same when an actor is started again, and another in another cluster, whose connections ended with it.
    """

    def __init__(self, home: Storage, silence_s: float, life: str) -> None:
        self._home, self._silence_s, self._life = home, silence_s, life
        self._clock = WallClock()
        self._governors: dict[str, Governor] = {}
        self._limits: dict[str, Limits] = {}
        # Leases by host: when each ends unless it is renewed.
        self._leases: dict[str, dict[str, float]] = defaultdict(dict)
        self._lost: dict[str, list[str]] = defaultdict(list)
        self._saved = b""
        self._restore()

    def configure(self, host: str, limits: Limits) -> Limits:
        """Set a host's limits if nobody is asking it now; returns those in force."""
        if host not in self._limits or (not self._leases[host] and self._limits[host] != limits):
            before = self._governors[host].state().get(host, {}) if host in self._governors else {}
            self._limits[host], self._governors[host] = limits, Governor(limits, self._clock)
            self._governors[host].restore(host, before)
            self._save()
        return self._limits[host]

    async def acquire(self, host: str, lease: str) -> None:
        """Wait for a connection; asking again under the same name gives the same one.

        Raises:
            SourceUnavailable: the host's breaker is open.
        """
        if lease in self._leases[host]:
            return
        waiting = asyncio.ensure_future(self._governors[host].acquire(host))
        while not waiting.done():
            self._take_back_silent(host)
            await asyncio.wait([waiting], timeout=min(1.0, self._silence_s / 4))
        waiting.result()
        self._leases[host][lease] = self._clock.now() + self._silence_s

    async def spend(self, host: str, leases: Sequence[str], num_bytes: int) -> float:
        """Account for bytes and wait until those before them are paid for; a sign of life of leases. The s waited."""
        self._renew(host, leases)
        waited = await self._governors[host].spend(host, num_bytes)
        self._renew(host, leases)
        return waited

    def _renew(self, host: str, leases: Sequence[str]) -> None:
        ends = self._clock.now() + self._silence_s
        self._leases[host].update({lease: ends for lease in leases if lease in self._leases[host]})

    def release(self, host: str, lease: str, ok: bool | None, detail: str) -> None:
        """Give a connection back; one lent before the actor's death stands for one of those that count as lent."""
        held = self._leases[host]
        if lease not in held and self._lost[host]:
            lease = self._lost[host].pop()
        if held.pop(lease, None) is not None:
            self._governors[host].release(host, ok, detail)
            if ok is False:
                self._save()

    def pause(self, host: str, seconds: float) -> None:
        """Send nothing for so long; one that is too long opens the breaker, as the next `acquire` says."""
        with suppress(SourceUnavailable):  # the client says so to its own caller
            self._governors[host].pause(host, seconds)
        self._save()

    def state(self) -> dict[str, Any]:
        """Limits, pauses and breakers by host; times in s since the epoch."""
        return {
            host: {**governor.state()[host], "limits": asdict(self._limits[host])}
            for host, governor in self._governors.items()
        }

    def num_held(self, host: str) -> int:
        """Connections that are lent now."""
        self._take_back_silent(host)
        return len(self._leases[host])

    def _take_back_silent(self, host: str) -> None:
        now = self._clock.now()
        for lease, ends in list(self._leases[host].items()):
            if ends < now:
                del self._leases[host][lease]
                if lease in self._lost[host]:
                    self._lost[host].remove(lease)
                self._governors[host].release(host, None)

    def _save(self) -> None:
        data = json.dumps({"life": self._life, "hosts": self.state()}, sort_keys=True, indent=1).encode()
        if data != self._saved:
            self._home.write(_STATE, data)
            self._saved = data

    def _restore(self) -> None:
        if self._home.stat(_STATE) is None:
            return
        saved = json.loads(self._home.read(_STATE))
        again = saved["life"] == self._life
        for host, raw in saved["hosts"].items():
            limits = Limits(**raw.pop("limits"))
            self._limits[host], self._governors[host] = limits, Governor(limits, self._clock)
            self._governors[host].restore(host, raw, all_lent=again)
            if again:
                self._lost[host] = [uuid.uuid4().hex for _ in range(limits.connections)]
                self._leases[host] = dict.fromkeys(self._lost[host], self._clock.now() + self._silence_s)


class GovernorClient:
    """What a worker asks in place of a governor of its own. It belongs to one event loop.

    Args:
        actor: the handle of the one `SharedGovernor`.
        limits: what this run means to keep to.
    """

    def __init__(self, actor: Any, limits: Limits) -> None:
        self._actor, self._limits = actor, limits
        self._leases: dict[str, list[str]] = defaultdict(list)
        self._configured: set[str] = set()

    async def acquire(self, host: str) -> None:
        """See `Governor.acquire`.

        Raises:
            ConfigError: another run on this cluster asks the host under other limits now.
        """
        if host not in self._configured:
            in_force = await self._actor.configure.remote(host, self._limits)
            if in_force != self._limits:
                raise ConfigError(
                    f"images: another run on this cluster asks {host} with {_shown(in_force)} now, this one would with "
                    f"{_shown(self._limits)}; use the same limits, or wait until it is done"
                )
            self._configured.add(host)
        lease = uuid.uuid4().hex
        try:
            await self._actor.acquire.remote(host, lease)
        except asyncio.CancelledError:
            self._actor.release.remote(host, lease, None, "")
            raise
        except SourceUnavailable as error:
            # Ray's own exception is of this class too, and tells of its frames.
            raise getattr(error, "cause", error) from None
        self._leases[host].append(lease)

    def release(self, host: str, ok: bool | None, detail: str = "") -> None:
        """See `Governor.release`. Nothing is waited for."""
        self._actor.release.remote(host, self._leases[host].pop(), ok, detail)

    async def spend(self, host: str, num_bytes: int) -> float:
        """See `Governor.spend`."""
        waited: float = await self._actor.spend.remote(host, list(self._leases[host]), num_bytes)
        return waited

    def pause(self, host: str, seconds: float) -> None:
        """See `Governor.pause`."""
        self._actor.pause.remote(host, seconds)
        if seconds > self._limits.max_pause_s:
            raise SourceUnavailable(f"{host} asked to be left alone for {seconds:.0f} s: run again after that")


def cluster_governor(limits: Limits, home: Storage, silence_s: float) -> GovernorClient | None:
    """The one governor of the cluster that this process works for, started if there is none; None without Ray."""
    if "ray" not in sys.modules:
        return None
    import ray

    if not ray.is_initialized():
        return None
    actor = (
        ray.remote(SharedGovernor)
        .options(
            name=ACTOR,
            namespace=NAMESPACE,
            get_if_exists=True,
            lifetime="detached",
            num_cpus=0,
            max_concurrency=1000,
            max_restarts=-1,
            max_task_retries=-1,
        )
        .remote(home, silence_s, uuid.uuid4().hex)
    )
    return GovernorClient(actor, limits)


def _shown(limits: Limits) -> str:
    return (
        f"{limits.connections} connections, {limits.requests_per_s:g} requests/s and "
        f"{limits.bytes_per_s * 8 / 1e6:g} Mbit/s"
    )
