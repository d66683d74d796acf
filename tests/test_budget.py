from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.budget import SpendGuard, spent
from pipeline.commit import MANIFEST, Spend, load_commits, take_back
from pipeline.config import Budget
from pipeline.errors import BudgetError
from pipeline.storage import Storage, open_storage
from tests.kit.fused_storage import Fuse, FusedStorage
from tests.kit.toy import Doubled, Fail, Numbers, run_toy

PART = Spend(gpu_seconds=1.5, fetched_bytes=7)


def test_all_stages_count_complete_or_not_whatever_their_settings(storage: Storage) -> None:
    assert spent(storage) == Spend()
    complete = run_toy(Numbers(spend=PART), storage)
    assert spent(storage) == Spend(6.0, 28)
    run_toy(Doubled(), storage, {"numbers": complete})
    assert spent(storage) == Spend(6.0, 28), "a stage that costs nothing adds nothing"
    with pytest.raises(OSError, match="gone"):
        run_toy(Numbers(salt=1, spend=PART, before=Fail(OSError("gone"), frozenset(["000003"]))), storage)
    assert spent(storage) == Spend(10.5, 49)


def test_what_was_taken_back_stays_spent(storage: Storage) -> None:
    result = run_toy(Numbers(spend=PART), storage)
    result.directory.delete(MANIFEST)
    (record,) = load_commits(result.directory, ["000002"])
    take_back(result.directory, record)
    assert spent(storage) == Spend(6.0, 28)
    run_toy(Numbers(spend=PART), storage)
    assert spent(storage) == Spend(7.5, 35)


def test_objects_beside_the_stages_are_not_looked_at(tmp_path: Path) -> None:
    storage = open_storage(str(tmp_path))
    run_toy(Numbers(spend=PART), storage)
    for name in ("pictures/ab/abcdef.jpg", "sample.json", "notes/0123456789abcdef/x", "numbers/notes/stage.json"):
        storage.write(name, b"")
    fuse = Fuse()
    assert spent(FusedStorage(storage, fuse)) == Spend(6.0, 28)
    assert "" not in fuse.paths("list")
    assert not [path for _, path in fuse.operations if path.endswith(".jpg")]


@given(
    hours=st.floats(0, 100),
    fetched_gb=st.floats(0, 100),
    spends=st.lists(st.builds(Spend, st.floats(0, 1e5), st.integers(0, 10**11)), max_size=8),
)
def test_a_guard_stops_exactly_where_a_cap_is_passed(hours: float, fetched_gb: float, spends: list[Spend]) -> None:
    guard = SpendGuard(Budget(gpu_hours=hours, fetched_gb=fetched_gb), Spend())
    total = Spend()
    for spend in spends:
        total += spend
        if total.gpu_seconds / 3600 > hours or total.fetched_bytes / 1e9 > fetched_gb:
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
