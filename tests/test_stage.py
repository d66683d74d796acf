"""Stages: how rows become partitions, what makes two results the same, and what one partition commits."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pipeline.commit import Spend
from pipeline.runner import stage_directory
from pipeline.stage import PAYLOAD_LIMIT, Quarantine, commit_partition
from pipeline.storage import Storage, open_storage
from tests.kit.toy import Doubled, Fail, Journal, Numbers, run_toy, subjects


@pytest.fixture
def output(tmp_path: Path) -> Storage:
    return open_storage(str(tmp_path / "run"))


def test_a_stage_without_partitions_is_complete_and_empty(output: Storage) -> None:
    nothing = run_toy(Numbers(partitions=0), output)
    assert subjects(nothing) == []
    assert nothing.read("edges").num_rows == 0
    after = run_toy(Doubled(), output, {"numbers": nothing})
    assert after.manifest.counts.rows_in == 0


@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(partitions=st.integers(0, 5), rows=st.integers(1, 7), cut=st.integers(1, 12))
def test_the_next_stage_reads_every_row_once_however_it_is_cut(
    tmp_path: Path, partitions: int, rows: int, cut: int
) -> None:
    storage = open_storage(str(tmp_path))
    before = run_toy(Numbers(partitions, rows), storage)
    after = run_toy(Doubled(cut), storage, {"numbers": before})
    assert subjects(after) == [2 * number for number in subjects(before)]
    sizes = [commit.input_rows for commit in after.manifest.commits]
    assert all(size == cut for size in sizes[:-1])
    assert sum(size or 0 for size in sizes) == before.num_rows("edges")


@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=st.integers(1, 30), cut=st.integers(1, 12), limit=st.integers(1, 40))
def test_a_limit_keeps_the_first_rows_and_reads_all(tmp_path: Path, rows: int, cut: int, limit: int) -> None:
    before = run_toy(Numbers(1, rows), open_storage(str(tmp_path)))
    total = before.num_rows("edges")
    partitions = before.row_partitions("edges", cut, limit)
    assert sum(partition.payload["keep"] for partition in partitions) == min(limit, total)
    assert sum(partition.input_rows or 0 for partition in partitions) == total
    assert [partition.id for partition in partitions] == sorted(partition.id for partition in partitions)


def test_only_the_columns_asked_for_are_read(output: Storage) -> None:
    result = run_toy(Numbers(), output)
    (first, *_) = result.row_partitions("edges", 4)
    assert result.read_rows(first, ["object", "subject"]).column_names == ["object", "subject"]
    assert result.read("edges", ["object"]).column_names == ["object"]
    assert run_toy(Numbers(partitions=0), output).read("edges", ["object"]).column_names == ["object"]


def test_counts_that_do_not_balance_are_refused_and_nothing_is_committed(output: Storage) -> None:
    with pytest.raises(AssertionError, match="numbers, partition 000000: counts do not balance"):
        run_toy(Numbers(lost=1), output)
    assert not [info.path for info in output.list() if "/commits/" in info.path]


def test_a_mistake_in_a_stage_says_which_partition_it_met(output: Storage) -> None:
    with pytest.raises(ZeroDivisionError) as caught:
        run_toy(Numbers(before=Fail(ZeroDivisionError("no"), frozenset(["000002"]))), output)
    assert caught.value.__notes__ == ["in stage numbers, partition 000002"]


def test_a_deciding_setting_makes_a_new_directory_and_an_operational_one_does_not(output: Storage) -> None:
    first = run_toy(Numbers(), output)
    for change in (Numbers(max_quarantined=0.5), Numbers(journal=Journal(Path("unused"))), Numbers(spend=Spend(1.0))):
        assert run_toy(change, output).directory.uri == first.directory.uri
    other = run_toy(Numbers(salt=1), output)
    assert other.directory.uri != first.directory.uri
    newer = type("Newer", (Numbers,), {"version": 2})()
    assert newer.fingerprint({}) != Numbers().fingerprint({})


def test_another_input_makes_a_new_directory_below_and_the_same_one_does_not(tmp_path: Path) -> None:
    one, two = (open_storage(str(tmp_path / name)) for name in ("one", "two"))
    first, same = run_toy(Numbers(), one), run_toy(Numbers(), two)
    assert Doubled().fingerprint({"numbers": first}) == Doubled().fingerprint({"numbers": same})
    other = run_toy(Numbers(salt=1), one)
    assert Doubled().fingerprint({"numbers": first}) != Doubled().fingerprint({"numbers": other})


def test_the_directory_says_what_it_is_the_result_of(output: Storage) -> None:
    result = run_toy(Doubled(3), output, {"numbers": run_toy(Numbers(salt=7), output)})
    about = json.loads(result.directory.read("stage.json"))
    assert (about["stage"], about["version"], about["settings"]) == ("doubled", 1, {"rows_per_partition": 3})
    assert about["num_partitions"] == len(result.manifest.commits) == 5
    assert list(about["inputs"]) == ["numbers"]


def test_a_twin_that_commits_second_changes_nothing(output: Storage) -> None:
    """Two attempts at one partition: the record of the first stands, and with it the first one's files."""
    stage = Numbers()
    (partition, *_) = stage.partitions({})
    directory = stage_directory(stage, {}, output)
    first = commit_partition(stage, partition, {}, 1, directory)
    second = commit_partition(stage, partition, {}, 2, directory)
    assert first.files[0].path != second.files[0].path
    result = run_toy(stage, output)
    assert result.files("edges")[0] == first.files[0]
    assert {row["object"] for row in result.read("edges").slice(0, 3).to_pylist()} == {1}


def test_a_quarantined_payload_is_cut_to_a_size_that_a_table_can_hold() -> None:
    quarantine = Quarantine()
    quarantine.add("1", "long", "a line of a megabyte", b"x" * 1_000_000)
    quarantine.add("2", "none", "no bytes at hand")
    quarantine.add("3", "long", "again", b"")
    sizes = [None if row.payload is None else len(row.payload) for row in quarantine.rows]
    assert sizes == [PAYLOAD_LIMIT, None, 0]
    assert quarantine.by_reason() == {"long": 2, "none": 1}
