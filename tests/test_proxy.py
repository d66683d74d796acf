"""The proxy of the tests does what it is told, and the same every time."""

from __future__ import annotations

import time

import pytest

from pipeline.storage import open_storage
from tests.kit.proxy import FaultyProxy
from tests.kit.seaweed import SeaweedServer


@pytest.mark.s3
def test_the_proxy_decides_by_number_and_seed(seaweed: SeaweedServer) -> None:
    def faults(seed: int) -> list[str | None]:
        with FaultyProxy(seaweed.endpoint, seed=seed) as proxy:
            proxy.share("drop", 0.3)
            proxy.share("slow_down", 0.3)
            return [proxy.arrived("GET", "/x") for _ in range(200)]

    assert faults(1) == faults(1)
    assert faults(1) != faults(2)
    assert {fault: faults(3).count(fault) // 10 for fault in ("drop", "slow_down")} == {
        "drop": pytest.approx(6, abs=2),
        "slow_down": pytest.approx(6, abs=2),
    }


@pytest.mark.s3
def test_the_proxy_is_slow_where_told(proxy: FaultyProxy, s3_uri: str) -> None:
    storage = open_storage(s3_uri)
    storage.write("x", bytes(100_000))

    def seconds() -> float:
        started = time.monotonic()
        storage.read("x")
        return time.monotonic() - started

    proxy.bytes_per_s = 200_000
    assert seconds() >= 0.45
    proxy.bytes_per_s, proxy.latency_s = None, 0.4
    assert seconds() >= 0.4
