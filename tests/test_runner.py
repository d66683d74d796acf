"""A stage from its partitions to its manifest: what is done once, what is done again, and what stops it."""

from __future__ import annotations

import json
import threading
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pipeline.budget import SpendGuard, spent
from pipeline.commit import MANIFEST, Spend, load_manifest
from pipeline.config import Budget
from pipeline.errors import BudgetError, InputError, LeaseError, StorageError
from pipeline.lease import hold_lease, lease_holder
from pipeline.runner import stage_directory
from pipeline.stage import Inputs, Partition
from pipeline.storage import Storage, open_storage
from tests.kit.fused_storage import Fuse, FusedStorage, Killed, bury_holders
from tests.kit.toy import NO_LIMIT, Doubled, Fail, Journal, Numbers, run_toy, subjects

pytestmark = pytest.mark.slow

KEPT = [number for number in range(20) if number % 3]


@pytest.fixture
def output(tmp_path: Path) -> Storage:
    return open_storage(str(tmp_path / "run"))


@pytest.fixture
def journal(tmp_path: Path) -> Journal:
    return Journal(tmp_path / "journal")


def files(storage: Storage) -> dict[str, bytes]:
    return {info.path: storage.read(info.path) for info in storage.list()}


def test_a_stage_does_every_partition_once_and_is_complete(storage: Storage, journal: Journal) -> None:
    result = run_toy(Numbers(journal=journal), storage)
    assert subjects(result) == KEPT
    assert result.read("edges").schema.names == ["subject", "property", "object", "rank"]
    counts = result.manifest.counts
    assert (counts.unit, counts.rows_in, counts.ok, dict(counts.not_selected)) == ("numbers", 20, 13, {"third": 7})
    assert dict(counts.details) == {"seen": 4}
    assert journal.counts() == {f"{verb} 00000{number}": 1 for number in range(4) for verb in ("began", "ended")}
    assert result.directory.read("documents/total.txt") == b"13"
    assert lease_holder(result.directory) is None


def test_a_complete_stage_is_left_as_it_is(output: Storage, journal: Journal) -> None:
    first = run_toy(Numbers(journal=journal), output)
    before = files(output)
    again = run_toy(Numbers(journal=journal), output)
    assert again.manifest == first.manifest
    assert files(output) == before
    assert sum(journal.counts().values()) == 8


# Killed at any point.


def run_until_killed(output: Storage, journal: Journal, fuse: Fuse, partitions: int) -> bool:
    """Whether the fuse burnt before the stage and the next one were complete."""
    fused = FusedStorage(output, fuse)
    try:
        before = run_toy(Numbers(partitions, journal=journal, bad=frozenset([1]), max_quarantined=1), fused)
        run_toy(Doubled(), fused, {"numbers": before})
    except Killed:
        bury_holders(output)
    return fuse.burnt


@pytest.mark.slow
@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
def test_killed_at_any_operation_it_goes_on_to_the_same_result(tmp_path: Path, after: bool) -> None:
    partitions = 2
    undisturbed = open_storage(str(tmp_path / "undisturbed"))
    whole = Fuse()
    run_until_killed(undisturbed, Journal(tmp_path / "j"), whole, partitions)
    expected = digests(undisturbed)
    assert len(expected) == 2
    for number in range(1, len(whole.operations) + 1):
        output, journal = open_storage(str(tmp_path / f"{number}")), Journal(tmp_path / f"{number}" / "journal")
        assert run_until_killed(output, journal, Fuse(number, after), partitions)
        committed = {info.path.rpartition("/")[2] for info in output.list("numbers/") if "/commits/" in info.path}
        begun = journal.counts()
        assert not run_until_killed(output, journal, Fuse(), partitions)
        assert digests(output) == expected, f"killed at operation {number}"
        for partition in committed:
            name = f"began {partition.removesuffix('.json')}"
            assert journal.counts()[name] == begun[name], f"{name} was committed when killed at operation {number}"


def digests(output: Storage) -> dict[str, str]:
    found = {}
    for info in output.list():
        folder, _, name = info.path.rpartition("/")
        if name == MANIFEST:
            manifest = load_manifest(output.child(folder))
            assert manifest is not None
            found[folder] = manifest.digest
    return found


@pytest.mark.slow
@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(kills=st.lists(st.tuples(st.integers(1, 40), st.booleans()), min_size=2, max_size=5))
def test_killed_again_and_again_it_comes_to_the_same_result(
    tmp_path_factory: pytest.TempPathFactory, kills: list[tuple[int, bool]]
) -> None:
    folder = tmp_path_factory.mktemp("kills")
    output, journal = open_storage(str(folder / "run")), Journal(folder / "journal")
    for number, after in kills:
        run_until_killed(output, journal, Fuse(number, after), 2)
    run_until_killed(output, journal, Fuse(), 2)
    undisturbed = open_storage(str(folder / "undisturbed"))
    run_until_killed(undisturbed, journal, Fuse(), 2)
    assert digests(output) == digests(undisturbed)
    for partition in range(2):
        assert journal.counts()[f"ended {partition:06d}"] <= len(kills) + 2


def test_files_that_no_record_names_are_never_read(output: Storage) -> None:
    """Neither the file of a killed attempt nor one that a late twin writes after the commit."""
    fuse = Fuse(burns_at=None)
    stage = Numbers()
    directory = stage_directory(stage, {}, output)
    for name in ("000001-0123456789ab", "000003-ffffffffffff", "000009-0123456789ab"):
        directory.write(f"tables/edges/{name}.parquet", b"half a file")
    result = run_toy(stage, FusedStorage(output, fuse))
    directory.write("tables/edges/000000-0123456789ab.parquet", b"late")
    assert subjects(result) == KEPT
    run_toy(Doubled(), FusedStorage(output, fuse), {"numbers": result})
    named = {file.path for file in result.files("edges")}
    read = {path for path in fuse.paths("read") if path.startswith("tables/edges/") and path.count("/") == 2}
    assert named <= read
    assert not [path for path in read if "0123456789ab" in path or "ffffffffffff" in path]


# The gate of quarantine.


BAD = frozenset([3, 4, 17])


def test_too_much_quarantine_completes_nothing_until_the_limit_is_raised(output: Storage, journal: Journal) -> None:
    with pytest.raises(InputError) as caught:
        run_toy(Numbers(bad=BAD, max_quarantined=0.14, journal=journal), output)
    assert str(caught.value).startswith(
        "numbers: 3 of 20 numbers were set aside (3 bad), 15.00% where numbers.max_quarantined allows 14.00%; see "
    )
    assert "--retry-quarantined numbers" in str(caught.value)
    result = run_toy(Numbers(bad=BAD, max_quarantined=0.15, journal=journal), output)
    assert subjects(result) == [number for number in KEPT if number not in BAD]
    assert set(journal.counts().values()) == {1}, "raising the limit does nothing twice"
    aside = result.read("quarantine").to_pylist()
    assert [(row["key"], row["reason"], row["partition"]) for row in aside] == [
        ("3", "bad", "000000"),
        ("4", "bad", "000000"),
        ("17", "bad", "000003"),
    ]
    assert {row["payload"] for row in aside} == {b"\x00\xff"}


def mended(journal: Journal) -> Numbers:
    return Numbers(journal=journal, max_quarantined=1)


def test_what_was_set_aside_is_done_again_on_demand_and_only_that(output: Storage, journal: Journal) -> None:
    run_toy(Numbers(bad=BAD, max_quarantined=1, journal=journal, spend=Spend(fetched_bytes=10)), output)
    kept_aside = run_toy(mended(journal), output)
    assert kept_aside.manifest.counts.num_quarantined == 3, "without the demand a complete stage stays"
    result = run_toy(mended(journal), output, retry_quarantined=True)
    assert subjects(result) == KEPT
    assert result.manifest.counts.num_quarantined == 0
    assert journal.counts() == Counter(
        {f"{verb} 00000{number}": 2 if number in (0, 3) else 1 for number in range(4) for verb in ("began", "ended")}
    )
    fresh = open_storage(output.uri + "-fresh")
    assert run_toy(Numbers(), fresh).manifest.digest == result.manifest.digest
    assert spent(output).fetched_bytes == 4 * 10, "what the first attempt cost stays on the account"
    before = files(output)
    run_toy(mended(journal), output, retry_quarantined=True)
    assert files(output) == before, "with nothing set aside there is nothing to do again"


@pytest.mark.slow
def test_doing_again_what_was_set_aside_may_be_killed_too(tmp_path: Path) -> None:
    for number in range(1, 200):
        output, journal = open_storage(str(tmp_path / f"{number}")), Journal(tmp_path / f"{number}" / "journal")
        run_toy(Numbers(bad=BAD, max_quarantined=1, journal=journal, spend=Spend(fetched_bytes=1)), output)
        fuse = Fuse(number)
        try:
            run_toy(mended(journal), FusedStorage(output, fuse), retry_quarantined=True)
        except Killed:
            bury_holders(output)
        result = run_toy(mended(journal), output, retry_quarantined=True)
        assert subjects(result) == KEPT
        assert {journal.counts()[f"ended 00000{whole}"] for whole in (1, 2)} == {1}
        assert spent(output).fetched_bytes >= 4
        if not fuse.burnt:
            break
    else:
        pytest.fail("the fuse burnt every time")


def test_only_the_holder_of_the_lease_takes_commits_back(output: Storage) -> None:
    first = run_toy(Numbers(bad=BAD, max_quarantined=1), output)
    before = files(first.directory)
    with hold_lease(first.directory, 60), pytest.raises(LeaseError):
        run_toy(Numbers(max_quarantined=1), output, retry_quarantined=True)
    assert {path: data for path, data in files(first.directory).items() if "lease/" not in path} == {
        path: data for path, data in before.items() if "lease/" not in path
    }


# What stops a run.


def test_an_error_of_one_partition_keeps_what_was_committed(output: Storage, journal: Journal) -> None:
    failing = Fail(StorageError("disk: full"), frozenset(["000002"]))
    with pytest.raises(StorageError, match="disk: full"):
        run_toy(Numbers(before=failing, journal=journal), output)
    assert subjects(run_toy(Numbers(journal=journal), output)) == KEPT
    assert journal.counts()["ended 000000"] == journal.counts()["ended 000001"] == 1


def test_the_budget_stops_a_stage_and_is_read_back(output: Storage, journal: Journal) -> None:
    stage = Numbers(spend=Spend(fetched_bytes=400_000_000), journal=journal)
    budget = Budget(fetched_gb=1.0)
    with pytest.raises(
        BudgetError, match=r"numbers: 1\.2000 GB fetched, budget\.fetched_gb is 1; committed work is kept"
    ):
        run_toy(stage, output, guard=SpendGuard(budget, spent(output)))
    assert spent(output).fetched_bytes == 1_200_000_000
    assert journal.counts()["began 000003"] == 0
    with pytest.raises(BudgetError):
        run_toy(stage, output, guard=SpendGuard(budget, spent(output)))
    assert journal.counts()["began 000003"] == 0, "a run that begins over its cap does nothing"
    result = run_toy(stage, output, guard=SpendGuard(Budget(fetched_gb=2), spent(output)))
    assert result.manifest.spend.fetched_bytes == 1_600_000_000
    assert spent(output) == result.manifest.spend
    assert max(journal.counts().values()) == 1


class OnGpu(Numbers):
    num_gpus = 2.0


def test_a_stage_on_gpus_needs_a_budget_for_them_and_is_charged(output: Storage, journal: Journal) -> None:
    with pytest.raises(BudgetError, match=r"needs GPUs and budget\.gpu_hours is 0; raise it to allow them"):
        run_toy(OnGpu(journal=journal), output, guard=SpendGuard(Budget(), Spend()))
    assert not journal.counts()
    guard = SpendGuard(NO_LIMIT, Spend())
    result = run_toy(OnGpu(), output, guard=guard)
    seconds = sum(commit.log["seconds"] for commit in result.manifest.commits)
    assert result.manifest.spend.gpu_seconds == pytest.approx(2 * seconds, abs=0.02)
    assert guard.spend == result.manifest.spend


def test_another_driver_at_work_is_named_and_nothing_is_done(output: Storage, journal: Journal) -> None:
    stage = Numbers(journal=journal)
    directory = stage_directory(stage, {}, output)
    with hold_lease(directory, 60), pytest.raises(LeaseError, match="is at work here; stop it, or wait"):
        run_toy(stage, output)
    assert not journal.counts()
    run_toy(stage, output)


def take_over(directory: Storage) -> None:
    """As another driver would: with a lease of a higher number. Returns when this process has noticed."""
    lease = json.loads(directory.read("lease/000001.json"))
    host, pid, started, _ = lease["owner"].split()
    directory.write("lease/000002.json", json.dumps({**lease, "owner": f"{host} {pid} {started} other"}).encode())
    (renewing,) = [thread for thread in threading.enumerate() if thread.name == "lease"]
    renewing.join(20)
    assert not renewing.is_alive()


@pytest.mark.parametrize("moment", ["in the middle", "before it completes"])
def test_a_driver_that_was_replaced_stops_and_completes_nothing(output: Storage, journal: Journal, moment: str) -> None:
    directory = stage_directory(Numbers(), {}, output)

    class Replaced(Numbers):
        def partitions(self, inputs: Inputs) -> list[Partition]:
            if moment == "before it completes":
                take_over(directory)
            return super().partitions(inputs)

    def before(partition: str) -> None:
        if partition == "000001":
            take_over(directory)

    stage = Replaced(journal=journal)
    if moment == "in the middle":
        stage.before = before
    else:
        run_toy(Numbers(journal=journal), output)
        directory.delete(MANIFEST)
        for info in list(directory.list("lease/")):
            directory.delete(info.path)
    with pytest.raises(LeaseError, match="has taken over; this one stops"):
        run_toy(stage, output, lease_s=0.2)
    assert directory.stat(MANIFEST) is None
    if moment == "in the middle":
        assert journal.counts()["began 000002"] == 0
    assert json.loads(directory.read("lease/000002.json"))["released"] is False, "the other's lease is left alone"


def test_a_manifest_tells_what_the_driver_was_busy_with(output: Storage, journal: Journal) -> None:
    log = run_toy(Numbers(journal=journal), output).manifest.log
    assert list(log) == ["begun", "handed_out", "gathered", "ended"]
    assert list(log.values()) == sorted(log.values())
