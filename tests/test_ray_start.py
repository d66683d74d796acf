from __future__ import annotations

from typing import Any

import pytest
import ray

from pipeline.errors import UserError
from pipeline.ray_executor import START_ATTEMPTS, start

SLOW = Exception("The current node timed out during startup. This could happen because ...")


class Starts:
    """Stands for `ray.init`: raises what it is given, one after another, then starts."""

    def __init__(self, *raised: Exception) -> None:
        self.raised = list(raised)
        self.calls: list[dict[str, Any]] = []

    def __call__(self, **settings: Any) -> None:
        self.calls.append(settings)
        if self.raised:
            raise self.raised.pop(0)


def test_a_slow_start_is_tried_again_with_the_same_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    starts = Starts(SLOW, SLOW)
    monkeypatch.setattr(ray, "init", starts)
    start(num_cpus=2)
    assert starts.calls == [{"num_cpus": 2}] * 3


def test_a_machine_that_stays_too_busy_is_told_of(monkeypatch: pytest.MonkeyPatch) -> None:
    starts = Starts(*[SLOW] * 9)
    monkeypatch.setattr(ray, "init", starts)
    with pytest.raises(UserError, match="Ray did not start in 3 attempts of 30 s: this machine is too busy"):
        start()
    assert len(starts.calls) == START_ATTEMPTS


def test_other_refusals_are_not_tried_again(monkeypatch: pytest.MonkeyPatch) -> None:
    starts = Starts(ConnectionError("no such cluster"))
    monkeypatch.setattr(ray, "init", starts)
    with pytest.raises(ConnectionError):
        start()
    assert len(starts.calls) == 1
