"""The same stages on a small local Ray: the same result, and nothing left at work when something stops them."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from pipeline.budget import SpendGuard
from pipeline.commit import Spend
from pipeline.config import Budget, Cluster
from pipeline.errors import BudgetError, UserError
from pipeline.ray_executor import TASK_RETRIES, execute_on_ray
from pipeline.runner import Executor
from pipeline.storage import Storage, open_storage
from tests.kit.toy import Die, Doubled, Fail, Journal, Numbers, run_toy, subjects

pytestmark = pytest.mark.ray

ROOT = Path(__file__).parents[1]
SMALL = Cluster(num_cpus=2, object_store_mb=80)


@pytest.fixture(scope="module")
def on_ray() -> Iterator[Executor]:
    import ray

    yield execute_on_ray(SMALL)
    ray.shutdown()


@pytest.fixture
def output(tmp_path: Path) -> Storage:
    return open_storage(str(tmp_path / "run"))


@pytest.fixture
def journal(tmp_path: Path) -> Journal:
    return Journal(tmp_path / "journal")


@dataclass(frozen=True)
class FirstEndsLast:
    """A `before` that ends in the first partition once all are at work, and in the others not for a long time.

    As many partitions as run at once: with more, the first might wait for a core behind those that do not end. One that
    is only being handed to its worker when the stage stops may escape (docs/guarantees.md), so all must have begun.
    """

    journal: Journal
    number: int

    def __call__(self, partition: str) -> None:
        if partition != "000000":
            time.sleep(200)
        while sum(work.startswith("began") for work in self.journal.counts()) < self.number:
            time.sleep(0.01)


class Whole(Numbers):
    """Each partition holds every core there is."""

    num_cpus = 2.0


class OnGpu(Numbers):
    """What a machine without GPUs never gives."""

    num_gpus = 1.0


def test_what_the_cluster_can_never_give_is_refused(on_ray: Executor, output: Storage, journal: Journal) -> None:
    guard = SpendGuard(Budget(gpu_hours=1), Spend())
    with pytest.raises(UserError, match=r"numbers: one worker asks for 1 GPUs .* largest node of this cluster has 0"):
        run_toy(OnGpu(journal=journal), output, execute=on_ray, guard=guard)
    assert not journal.counts()


def test_the_result_is_that_of_one_process(tmp_path: Path, on_ray: Executor, journal: Journal) -> None:
    digests = []
    for name, executor in (("ray", {"execute": on_ray}), ("local", {})):
        storage = open_storage(str(tmp_path / name))
        numbers = Numbers(6, bad=frozenset([4]), max_quarantined=1, salt=3, journal=journal)
        before = run_toy(numbers, storage, **executor)  # type: ignore[arg-type]
        after = run_toy(Doubled(3), storage, {"numbers": before}, **executor)  # type: ignore[arg-type]
        assert subjects(after) == [2 * number for number in subjects(before)]
        digests.append((before.manifest.digest, after.manifest.digest))
    assert digests[0] == digests[1]
    assert set(journal.counts().values()) == {2}, "once on Ray, once in process"


def test_a_rerun_does_what_has_no_record(on_ray: Executor, output: Storage, journal: Journal) -> None:
    failing = Fail(UserError("the mirror is down"), frozenset(["000003"]))
    with pytest.raises(UserError, match=r"^the mirror is down$"):
        run_toy(Numbers(journal=journal, before=failing), output, execute=on_ray)
    committed = {info.path[-11:-5] for info in output.list() if "/commits/" in info.path}
    result = run_toy(Numbers(journal=journal), output, execute=on_ray)
    assert subjects(result) == [number for number in range(20) if number % 3]
    assert "000003" not in committed
    assert {journal.counts()[f"began {partition}"] for partition in committed} <= {1}


def test_a_mistake_in_a_stage_is_told_with_its_place(on_ray: Executor, output: Storage) -> None:
    with pytest.raises(RuntimeError) as caught:
        run_toy(Numbers(before=Fail(KeyError("P18"), frozenset(["000002"]))), output, execute=on_ray)
    message = str(caught.value)
    assert message.startswith("numbers, partition 000002: KeyError: 'P18'\n")
    assert "`--local --only numbers` repeats it without Ray" in message
    assert "in process\n    self.before(partition.id)" in message, "the frames of the stage are there"
    with pytest.raises(RuntimeError, match=r"^numbers, partition 0000\d\d: AssertionError: .* counts do not balance"):
        run_toy(Numbers(lost=1), output, execute=on_ray)


def test_what_is_at_work_when_the_budget_ends_is_stopped(on_ray: Executor, output: Storage, journal: Journal) -> None:
    stage = Numbers(4, journal=journal, spend=Spend(fetched_bytes=10**9), before=FirstEndsLast(journal, 4))
    with pytest.raises(BudgetError, match=r"1\.0000 GB fetched"):
        run_toy(stage, output, execute=on_ray, guard=SpendGuard(Budget(fetched_gb=0.5), Spend()))
    run_toy(Whole(1, salt=1), output, execute=on_ray)
    counts = journal.counts()
    assert counts["ended 000000"] == 1
    assert not [work for work in counts if work.startswith("ended") and work != "ended 000000"]
    assert sum(counts.values()) - 2 <= 4, "nothing was begun a second time"


def test_a_partition_that_kills_its_worker_is_given_up(on_ray: Executor, output: Storage, journal: Journal) -> None:
    stage = Numbers(journal=journal, before=Die(frozenset(["000001"])))
    with pytest.raises(UserError, match=r"numbers: Ray gave up: The worker died.*committed work is kept"):
        run_toy(stage, output, execute=on_ray)
    assert journal.counts()["began 000001"] == TASK_RETRIES + 1
    assert subjects(run_toy(Numbers(journal=journal), output, execute=on_ray)) == [n for n in range(20) if n % 3]


def test_a_ray_started_here_leaves_no_token_in_the_home_directory(tmp_path: Path) -> None:
    """A token in ~/.ray is demanded by every `ray start` from then on."""
    program = (
        "import ray\n"
        "from pipeline.config import Cluster\n"
        "from pipeline.ray_executor import _connect\n"
        "_connect(Cluster(num_cpus=1, object_store_mb=80))\n"
        "print(ray.get(ray.remote(num_cpus=1)(lambda: 'worked').remote()))\n"
        "ray.shutdown()\n"
    )
    environment = {name: value for name, value in os.environ.items() if not name.startswith("RAY_")}
    done = subprocess.run(
        [sys.executable, "-c", program],
        cwd=ROOT,
        env={**environment, "HOME": str(tmp_path)},
        capture_output=True,
        text=True,
        timeout=200,
        check=False,
    )
    assert done.stdout.strip().endswith("worked"), done.stderr
    assert not (tmp_path / ".ray" / "auth_token").exists()
