from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.budget import SpendGuard, open_guard, spent, spent_by_stage, stored_bytes
from pipeline.commit import MANIFEST, Spend, load_commits, take_back
from pipeline.config import Budget
from pipeline.errors import BudgetError
from pipeline.prices import load_prices
from pipeline.storage import Storage, open_storage
from tests.kit.fused_storage import Fuse, FusedStorage
from tests.kit.toy import Doubled, Fail, Journal, Numbers, run_toy, subjects

PART = Spend(gpu_seconds=1.5, fetched_bytes=7)
PRICES = load_prices()

GB = st.floats(0, 100)


def paid(storage: Storage) -> tuple[float, int]:
    """GPU-seconds and fetched bytes: what a toy's time and files come to differs from run to run."""
    found = spent(storage)
    return found.gpu_seconds, found.fetched_bytes


def test_all_stages_count_complete_or_not_whatever_their_settings(storage: Storage) -> None:
    assert spent(storage) == Spend()
    complete = run_toy(Numbers(spend=PART), storage)
    assert paid(storage) == (6.0, 28)
    run_toy(Doubled(), storage, {"numbers": complete})
    assert paid(storage) == (6.0, 28), "a stage that costs nothing adds nothing"
    with pytest.raises(OSError, match="gone"):
        run_toy(Numbers(salt=1, spend=PART, before=Fail(OSError("gone"), frozenset(["000003"]))), storage)
    assert paid(storage) == (10.5, 49)
    by_stage = spent_by_stage(storage)
    assert by_stage.keys() == {"numbers", "doubled"}
    assert sum(by_stage.values(), Spend()) == spent(storage)


def test_what_was_taken_back_stays_spent(storage: Storage) -> None:
    result = run_toy(Numbers(spend=PART), storage)
    result.directory.delete(MANIFEST)
    (record,) = load_commits(result.directory, ["000002"])
    take_back(result.directory, record)
    assert paid(storage) == (6.0, 28)
    run_toy(Numbers(spend=PART), storage)
    assert paid(storage) == (7.5, 35)


def test_objects_beside_the_stages_are_not_looked_at(tmp_path: Path) -> None:
    storage = open_storage(str(tmp_path))
    run_toy(Numbers(spend=PART), storage)
    for name in ("pictures/ab/abcdef.jpg", "sample.json", "notes/0123456789abcdef/x", "numbers/notes/stage.json"):
        storage.write(name, b"")
    fuse = Fuse()
    assert paid(FusedStorage(storage, fuse)) == (6.0, 28)
    assert "" not in fuse.paths("list")
    assert not [path for _, path in fuse.operations if path.endswith(".jpg")]


def test_cores_and_stored_bytes_of_partitions_are_counted(storage: Storage) -> None:
    manifest = run_toy(Numbers(spend=PART), storage).manifest
    seconds = sum(commit.log["seconds"] for commit in manifest.commits)
    assert manifest.spend.cpu_seconds == pytest.approx(Numbers.num_cpus * seconds, abs=0.02)
    assert manifest.spend.stored_bytes == sum(file.size for commit in manifest.commits for file in commit.files)


@given(
    hours=st.floats(0, 100),
    fetched_gb=GB,
    money=st.none() | st.floats(0, 100),
    stored_gb=st.none() | GB,
    spends=st.lists(
        st.builds(Spend, st.floats(0, 1e5), st.integers(0, 10**11), st.floats(0, 1e6), st.integers(0, 10**11)),
        max_size=8,
    ),
)
def test_a_guard_stops_exactly_where_a_cap_is_passed(
    hours: float, fetched_gb: float, money: float | None, stored_gb: float | None, spends: list[Spend]
) -> None:
    budget = Budget(gpu_hours=hours, fetched_gb=fetched_gb, money=money, stored_gb=stored_gb)
    guard = SpendGuard(budget, Spend(), prices=PRICES)
    total, paid = Spend(), 0.0
    for spend in spends:
        total += spend
        paid += PRICES.money("images", spend)
        if (
            total.gpu_seconds / 3600 > hours
            or total.fetched_bytes / 1e9 > fetched_gb
            or (money is not None and paid > money)
            or (stored_gb is not None and total.stored_bytes / 1e9 > stored_gb)
        ):
            with pytest.raises(BudgetError, match=r"committed work is kept: raise the cap and run again to go on"):
                guard.add("images", spend)
            with pytest.raises(BudgetError):
                guard.check_before("questions", 0)
            break
        guard.add("images", spend)
        guard.check_before("questions", 0)
    assert guard.spend == total


def test_the_cap_that_was_passed_is_named() -> None:
    guard = SpendGuard(Budget(gpu_hours=2, fetched_gb=0.5), Spend(gpu_seconds=2 * 3600, fetched_bytes=500_000_000))
    guard.check_before("images", 1)
    with pytest.raises(BudgetError, match=r"^images: 0\.5001 GB fetched, budget\.fetched_gb is 0\.5; "):
        replace(guard).add("images", Spend(fetched_bytes=100_000))
    with pytest.raises(BudgetError, match=r"^judge: 2\.50 GPU-hours spent, budget\.gpu_hours is 2; "):
        replace(guard).add("judge", Spend(gpu_seconds=1800))
    with pytest.raises(BudgetError, match=r"^judge: needs GPUs and budget\.gpu_hours is 0"):
        SpendGuard(Budget(), Spend()).check_before("judge", 0.5)
    paying = SpendGuard(Budget(money=1.5), Spend(), money=1.5, prices=PRICES)
    paying.check_before("extract", 0)
    with pytest.raises(
        BudgetError, match=rf"^extract: 2\.31 USD spent by prices of {PRICES.date}, budget\.money is 1\.5"
    ):
        paying.add("extract", Spend(cpu_seconds=16 * 3600))
    with pytest.raises(BudgetError, match=r"^images: 2\.1000 GB stored, budget\.stored_gb is 2; .* first delete "):
        SpendGuard(Budget(stored_gb=2), Spend(), stored=10**9).add("images", Spend(stored_bytes=1_100_000_000))


def test_a_run_goes_on_where_money_ended_once_the_cap_is_raised(tmp_path: Path) -> None:
    storage, journal = open_storage(str(tmp_path / "run")), Journal(tmp_path / "journal")
    stage = Numbers(journal=journal, spend=Spend(cpu_seconds=16 * 3600))
    hour = PRICES.nodes.cpu.hour
    for attempt in range(2):
        with pytest.raises(BudgetError, match=r"^numbers: 1\.61 USD spent by prices of .*, budget\.money is 1\.5; "):
            run_toy(stage, storage, guard=open_guard(Budget(money=1.5), storage))
        assert journal.counts()["began 000002"] == 0, attempt
    guard = open_guard(Budget(money=4), storage)
    assert guard.money == pytest.approx(2 * hour, rel=1e-3)
    run_toy(stage, storage, guard=guard)
    assert max(journal.counts().values()) == 1, "nothing is done twice"
    assert guard.money == pytest.approx(open_guard(Budget(), storage).money) == pytest.approx(4 * hour, rel=1e-3)


def test_a_run_goes_on_where_room_ended_once_the_cap_is_raised(tmp_path: Path) -> None:
    storage, journal = open_storage(str(tmp_path / "run")), Journal(tmp_path / "journal")
    storage.write("pictures/ab/abcd.pack", b"x" * 500_000)
    stage = Numbers(journal=journal, spend=Spend(stored_bytes=300_000))
    with pytest.raises(BudgetError, match=r"^numbers: 0\.0011 GB stored, budget\.stored_gb is 0\.001; "):
        run_toy(stage, storage, guard=open_guard(Budget(stored_gb=1e-3), storage))
    assert journal.counts()["began 000001"] == 1
    assert journal.counts()["began 000002"] == 0
    output = run_toy(stage, storage, guard=open_guard(Budget(stored_gb=2e-3), storage))
    assert len(subjects(output)) == output.manifest.counts.ok
    assert max(journal.counts().values()) == 1
    storage.write("pictures/ab/efgh.pack", b"x" * 2_000_000)
    with pytest.raises(BudgetError, match=r"^doubled: 0\.002[56]\d* GB stored"):
        run_toy(Doubled(), storage, {"numbers": output}, guard=open_guard(Budget(stored_gb=2e-3), storage))
    storage.delete("pictures/ab/efgh.pack")
    run_toy(Doubled(), storage, {"numbers": output}, guard=open_guard(Budget(stored_gb=2e-3), storage))


def test_what_is_stored_is_listed_once_a_stage_without_replies(tmp_path: Path) -> None:
    storage = open_storage(str(tmp_path))
    for name in ("replies/judge/ab/x.json", "run.json", "pictures/ab/x.pack", "train/0123456789abcdef/checkpoints/1/a"):
        storage.write(name, b"12345")
    assert stored_bytes(storage) == 10
    fuse = Fuse()
    watched = FusedStorage(storage, fuse)
    run_toy(Numbers(8), storage, guard=open_guard(Budget(stored_gb=1), watched))
    assert fuse.paths("list").count("pictures/") == 1
    assert not any("replies" in path for path in fuse.paths("list"))
    fuse = Fuse()
    run_toy(Numbers(8, salt=1), storage, guard=open_guard(Budget(), FusedStorage(storage, fuse)))
    assert "pictures/" not in fuse.paths("list"), "nobody asked"
