"""A whole run while its storage is slow, busy, away, or does not take its credentials any more."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from tests.kit.compare import commit_logs, results
from tests.kit.driver import started
from tests.kit.proxy import Fault, FaultyProxy
from tests.kit.sample_run import SampleRun

pytestmark = [pytest.mark.s3, pytest.mark.slow, pytest.mark.timeout(900)]

LOCAL = pytest.param(("--local",), id="local")
ON_RAY = pytest.param((), id="ray", marks=[pytest.mark.ray, pytest.mark.soak])


def on_s3(undisturbed: SampleRun, uri: str) -> SampleRun:
    return SampleRun(undisturbed.sample, undisturbed.server, uri, undisturbed.overrides)


def ended(run: SampleRun, how: tuple[str, ...], environment: Mapping[str, str] | None = None) -> tuple[int, str]:
    with started(run.arguments("run", *how), environment) as driver:
        return driver.wait()


def kept(before: Mapping[str, Any], after: Mapping[str, Any]) -> bool:
    """Whether what was committed before stands as it was."""
    return {name: after[name] for name in before} == before


@pytest.mark.parametrize("how", [LOCAL, ON_RAY])
def test_a_storage_that_is_slow_and_fails_now_and_then(
    undisturbed: SampleRun, proxy: FaultyProxy, s3_uri: str, how: tuple[str, ...]
) -> None:
    proxy.latency_s = 0.002
    faults: tuple[Fault, ...] = ("slow_down", "drop", "cut", "lose_answer")
    for fault in faults:
        proxy.share(fault, 0.005)
    run = on_s3(undisturbed, s3_uri)
    code, printed = ended(run, how)
    assert code == 0, printed
    assert {seen.fault for seen in proxy.seen} >= set(faults)
    for fault in faults:
        proxy.share(fault, 0.0)
    assert results(run.config) == results(undisturbed.config)


EXPIRED = ("expired", "the session token has expired; renew it and run again, committed work is kept")
BUSY = ("slow_down", "the server asks to slow down and did so for every retry; run again later")


@pytest.mark.parametrize(
    ("fault", "told", "how", "moments"),
    [
        pytest.param(*EXPIRED, ("--local",), (200,), id="expired"),
        pytest.param(*BUSY, ("--local",), (150, 300), id="busy", marks=pytest.mark.soak),
        pytest.param(*EXPIRED, (), (150, 300, 300), id="expired on Ray", marks=[pytest.mark.ray, pytest.mark.soak]),
    ],
)
def test_a_storage_that_refuses_everything_from_some_moment_on(
    undisturbed: SampleRun,
    proxy: FaultyProxy,
    s3_uri: str,
    fault: Fault,
    told: str,
    how: tuple[str, ...],
    moments: tuple[int, ...],
) -> None:
    """At each moment, counted in requests since the start, the run ends; the same command goes on afterwards."""
    run = on_s3(undisturbed, s3_uri)
    done: dict[str, Any] = {}
    for after in moments:
        proxy.last(fault, after)
        code, printed = ended(run, how, {"AWS_MAX_ATTEMPTS": "2"})
        proxy.last(None)
        assert (code, told in printed) == (2, True), printed
        assert "Traceback" not in printed
        logs = commit_logs(run.config)
        assert kept(done, logs)
        assert len(logs) > len(done), "it got further"
        done = logs
    code, printed = ended(run, how)
    assert code == 0, printed
    assert kept(done, commit_logs(run.config))
    assert results(run.config) == results(undisturbed.config)
