"""The wall clock of a machine is set while a run is at work: nothing waits for it, ends by it, or is charged by it."""

from __future__ import annotations

import asyncio
import itertools
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from unittest import mock

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.commons.governor import Limits
from pipeline.commons.shared_governor import SharedGovernor
from pipeline.storage import open_storage
from tests.kit.toy import Numbers, run_toy

HOUR_S = 3600.0
HOST = "commons.example"
LIMITS = Limits(connections=1, requests_per_s=1000.0, bytes_per_s=1e9)


class WallTime:
    """Stands for `time.time`: the true time and all jumps so far."""

    def __init__(self) -> None:
        self.ahead_s = 0.0
        self._true = time.time

    def __call__(self) -> float:
        return self._true() + self.ahead_s


@contextmanager
def settable() -> Iterator[WallTime]:
    clock = WallTime()
    with mock.patch("time.time", clock):
        yield clock


@settings(max_examples=20)
@given(jumps=st.lists(st.floats(-10 * HOUR_S, 10 * HOUR_S), min_size=4, max_size=4))
def test_a_stage_is_the_same_and_costs_what_it_took(jumps: list[float]) -> None:
    left = iter(jumps)

    with tempfile.TemporaryDirectory() as folder, settable() as clock:

        def jump(partition: str) -> None:
            clock.ahead_s += next(left)

        started = time.monotonic()
        undisturbed = run_toy(Numbers(len(jumps)), open_storage(f"{folder}/a"))
        disturbed = run_toy(Numbers(len(jumps), before=jump), open_storage(f"{folder}/b"))
        took = time.monotonic() - started
    assert disturbed.manifest.digest == undisturbed.manifest.digest
    for commit in disturbed.manifest.commits:
        assert 0 <= commit.log["seconds"] <= took
        assert 0 <= commit.spend.cpu_seconds <= took * Numbers.num_cpus


@pytest.mark.parametrize("jump_s", [-HOUR_S, HOUR_S])
def test_hosts_of_pictures_are_asked_neither_later_nor_sooner(tmp_path: Path, jump_s: float) -> None:
    names = map(str, itertools.count())

    async def asked(governor: SharedGovernor) -> None:
        lease = next(names)
        await asyncio.wait_for(governor.acquire(HOST, lease), 10)
        governor.release(HOST, lease, True, "")

    async def run() -> float:
        governor = SharedGovernor(open_storage(str(tmp_path)), 60.0, "life")
        governor.configure(HOST, LIMITS)
        await asked(governor)
        paused = time.monotonic()
        governor.pause(HOST, 0.5)
        clock.ahead_s = jump_s
        await asked(governor)
        return time.monotonic() - paused

    with settable() as clock:
        waited = asyncio.run(run())
    assert waited >= 0.5


def test_a_connection_is_not_taken_from_who_uses_it(tmp_path: Path) -> None:
    async def run() -> int:
        governor = SharedGovernor(open_storage(str(tmp_path)), 60.0, "life")
        governor.configure(HOST, LIMITS)
        await governor.acquire(HOST, "held")
        clock.ahead_s = HOUR_S
        return governor.num_held(HOST)

    with settable() as clock:
        assert asyncio.run(run()) == 1
