"""A run that is killed and started again ends with the bytes of one left alone, and redoes nothing committed."""

from __future__ import annotations

from pathlib import Path

import pytest

from jobs.cli import main
from tests.kit.compare import commit_logs, results
from tests.kit.driver import Kill, kill_at, seeded_kill, started
from tests.kit.sample_run import SampleRun

pytestmark = [pytest.mark.ray, pytest.mark.slow]

STAGES = ("extract", "select", "images", "questions", "compare_within", "compare_across", "arrange", "assemble")


def disturbed(run: SampleRun, output: Path) -> SampleRun:
    return SampleRun(run.sample, run.server, str(output), run.overrides)


def check_survives(undisturbed: SampleRun, output: Path, *kills: Kill, ends_locally: bool = False) -> None:
    """Kill as told, once per start; then let the run end, on Ray or in one process, and compare."""
    run = disturbed(undisturbed, output)
    committed: dict[str, object] = {}
    for kill in kills:
        with started(run.arguments("run")) as driver:
            kill_at(driver, run.storage, kill)
            code, printed = driver.wait()
            assert code == (-9 if kill.victim == "driver" else 0), printed
        logs = commit_logs(run.config)
        assert {name: logs[name] for name in committed} == committed, "committed work was done again"
        committed = logs
    with started(run.arguments("run", *(["--local"] if ends_locally else []))) as driver:
        code, printed = driver.wait()
        assert code == 0, printed
    assert {name: log for name, log in commit_logs(run.config).items() if name in committed} == committed
    assert results(run.config) == results(undisturbed.config)
    assert main(run.arguments("verify")) == 0


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_three_seeded_kills(undisturbed: SampleRun, tmp_path: Path, seed: int) -> None:
    """One of the driver and one of a worker by their numbers, the third as the seed draws."""
    victim = {1: "driver", 2: "worker"}.get(seed)
    kill = seeded_kill(seed, undisturbed.num_partitions(), victim)  # type: ignore[arg-type]
    check_survives(undisturbed, tmp_path, kill)


@pytest.mark.soak
@pytest.mark.parametrize("stage", STAGES)
@pytest.mark.parametrize("victim", ["driver", "worker"])
def test_a_kill_in_the_middle_of_each_stage(undisturbed: SampleRun, tmp_path: Path, stage: str, victim: str) -> None:
    middle = undisturbed.num_partitions()[stage] // 2
    check_survives(undisturbed, tmp_path, Kill(stage, middle, victim))  # type: ignore[arg-type]


@pytest.mark.soak
@pytest.mark.parametrize("seed", range(100, 120))
def test_many_seeded_kills(undisturbed: SampleRun, tmp_path: Path, seed: int) -> None:
    """Every second one ends in one process: where a run goes on does not matter either."""
    kill = seeded_kill(seed, undisturbed.num_partitions())
    check_survives(undisturbed, tmp_path, kill, ends_locally=seed % 2 == 1)


@pytest.mark.soak
def test_a_run_killed_again_and_again(undisturbed: SampleRun, tmp_path: Path) -> None:
    partitions = undisturbed.num_partitions()
    kills = [Kill(stage, partitions[stage] // 2, "driver", 0.02) for stage in STAGES]
    check_survives(undisturbed, tmp_path, *kills)
