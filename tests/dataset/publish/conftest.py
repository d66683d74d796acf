"""A hub on loopback, and a clock that runs fast for those who wait."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest

from tests.kit.hub_server import WRITER, HubServer, hub_server


@pytest.fixture
def hub(monkeypatch: pytest.MonkeyPatch) -> Iterator[HubServer]:
    """A hub, to which the environment of this process and its children points, with a token that may write."""
    with hub_server() as server:
        monkeypatch.setenv("HF_ENDPOINT", server.url)
        monkeypatch.setenv("HF_TOKEN", WRITER)
        yield server


@pytest.fixture
def waits(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Seconds that were waited, each a hundredth of what was asked."""
    asked: list[float] = []
    sleep = time.sleep

    def shorter(seconds: float) -> None:
        asked.append(seconds)
        sleep(seconds / 100)

    monkeypatch.setattr(time, "sleep", shorter)
    return asked
