"""Commit records and manifests: what they say, and what is believed once somebody changed one."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.budget import spent
from pipeline.commit import (
    MANIFEST,
    CommitRecord,
    Counts,
    Manifest,
    Spend,
    committed_partitions,
    load_commits,
    load_manifest,
    take_back,
    taken_back,
    total_counts,
)
from pipeline.errors import StorageError, VerificationError
from pipeline.storage import Storage, open_storage
from pipeline.tables import FileRecord
from tests.kit.toy import Numbers, run_toy


@pytest.fixture
def output(tmp_path: Path) -> Storage:
    return open_storage(str(tmp_path / "run"))


REASONS = st.dictionaries(st.sampled_from(["a", "b", "c"]), st.integers(1, 9), max_size=3)
COUNTS = st.builds(Counts, st.just("rows"), st.integers(0, 99), st.integers(0, 99), REASONS, REASONS, REASONS)
SIZES = st.integers(0, 2**40)
FILES = st.builds(FileRecord, st.just("edges"), st.text(max_size=5), SIZES, SIZES, st.text(max_size=5))
RECORDS = st.builds(
    CommitRecord,
    st.just("numbers"),
    st.from_regex(r"\d{6}", fullmatch=True),
    st.none() | st.integers(0, 99),
    COUNTS,
    st.lists(FILES, max_size=3).map(tuple),
    st.builds(Spend, st.floats(0, 1e6), st.integers(0, 10**12)),
    st.dictionaries(st.text(max_size=3), st.text(max_size=3), max_size=2),
)


@given(RECORDS)
def test_a_record_survives_its_file(record: CommitRecord) -> None:
    assert CommitRecord.from_dict(json.loads(record.to_json())) == record


@given(st.lists(COUNTS, min_size=1, max_size=6))
def test_what_is_unaccounted_for_adds_up(parts: list[Counts]) -> None:
    records = tuple(CommitRecord("numbers", f"{number:06d}", None, part, ()) for number, part in enumerate(parts))
    total = total_counts(records)
    assert total.balance() == sum(part.balance() for part in parts)
    assert total.num_quarantined == sum(part.num_quarantined for part in parts)
    assert total.rows_in == sum(part.rows_in for part in parts)
    assert total == total_counts(records[::-1]), "the order of partitions does not count"


def test_nothing_adds_up_to_nothing() -> None:
    assert total_counts(()) == Counts("rows", 0, 0)


@given(st.lists(RECORDS, max_size=3).map(tuple), RECORDS)
def test_the_digest_covers_what_was_produced_and_nothing_of_how(
    commits: tuple[CommitRecord, ...], one: CommitRecord
) -> None:
    manifest = Manifest("numbers", "0" * 16, (*commits, one))
    elsewhere = replace(one, spend=one.spend + Spend(1.0, 1), log={"host": "elsewhere"})
    assert replace(manifest, commits=(*commits, elsewhere)).digest == manifest.digest
    for changed in (
        replace(one, partition="other"),
        replace(one, counts=replace(one.counts, ok=one.counts.ok + 1)),
        replace(one, files=(*one.files, FileRecord("edges", "new", 0, 0, ""))),
    ):
        assert replace(manifest, commits=(*commits, changed)).digest != manifest.digest
    assert replace(manifest, commits=commits).digest != manifest.digest
    assert replace(manifest, documents=(FileRecord("documents", "x", 0, 0, ""),)).digest != manifest.digest


def test_a_manifest_survives_its_file(output: Storage) -> None:
    result = run_toy(Numbers(bad=frozenset([1]), max_quarantined=1), output)
    assert load_manifest(result.directory) == result.manifest
    raw = json.loads(result.directory.read(MANIFEST))
    assert raw["counts"]["rows_in"] == 20, "a person or a tool reads the sums from the file"
    assert raw["digest"] == result.manifest.digest


def test_there_is_no_manifest_before_a_stage_is_complete(output: Storage) -> None:
    assert load_manifest(output) is None


def test_records_are_listed_in_order_and_loaded_in_the_order_asked_for(storage: Storage) -> None:
    records = [CommitRecord("numbers", f"{number:06d}", number, Counts("rows", 0, 0), ()) for number in range(20)]
    for record in reversed(records):
        storage.create(f"commits/{record.partition}.json", record.to_json())
    names = list(committed_partitions(storage))
    assert names == [record.partition for record in records]
    assert list(load_commits(storage, names[::-1])) == records[::-1]
    with pytest.raises(StorageError, match=r"commits/000099\.json"):
        load_commits(storage, ["000001", "000099"])


def test_a_commit_that_is_taken_back_is_gone_and_remembered(storage: Storage) -> None:
    attempts = [CommitRecord("numbers", "000001", 5, Counts("rows", 0, 0), (), Spend(cost, 0)) for cost in (1.0, 2.0)]
    for attempt in attempts:
        assert storage.create("commits/000001.json", attempt.to_json())
        take_back(storage, attempt)
    assert list(committed_partitions(storage)) == []
    assert sorted(record.spend.gpu_seconds for record in taken_back(storage)) == [1.0, 2.0]


def tampered(directory: Storage, path: str, change: Callable[[dict[str, Any]], None]) -> None:
    raw = json.loads(directory.read(path))
    change(raw)
    directory.write(path, json.dumps(raw).encode())


@pytest.mark.parametrize(
    "change",
    [
        lambda raw: raw["commits"].pop(),
        lambda raw: raw["commits"][0].update(input_rows=7),
        lambda raw: raw["commits"][0]["counts"].update(ok=99),
        lambda raw: raw["commits"][0]["files"][0].update(sha256="0" * 64),
        lambda raw: raw["documents"].clear(),
        lambda raw: raw.update(digest="0" * 16),
        lambda raw: raw.pop("commits"),
        lambda raw: raw["commits"][0].update(files=[{}]),
        lambda raw: raw.update(stage=None),
    ],
)
def test_a_manifest_that_was_changed_stops_whoever_builds_on_it(
    output: Storage, change: Callable[[dict[str, Any]], None]
) -> None:
    result = run_toy(Numbers(), output)
    tampered(result.directory, MANIFEST, change)
    for use in (lambda: run_toy(Numbers(), output), lambda: spent(output)):
        with pytest.raises(VerificationError, match=rf"{MANIFEST}: .*; delete it and run again"):
            use()
    result.directory.delete(MANIFEST)
    assert run_toy(Numbers(), output).manifest == result.manifest, "as the message says, it is made anew"


def test_when_and_where_it_was_made_and_what_it_cost_is_not_part_of_the_digest(output: Storage) -> None:
    result = run_toy(Numbers(), output)

    def change(raw: dict[str, Any]) -> None:
        raw["commits"][0]["log"]["host"] = "elsewhere"
        raw["commits"][0]["spend"]["gpu_seconds"] = 5.0

    tampered(result.directory, MANIFEST, change)
    again = load_manifest(result.directory)
    assert again is not None
    assert again.digest == result.manifest.digest


@pytest.mark.parametrize("data", [b"", b"{}", b"\xff\xfe", b"[1]", b'{"stage": "numbers"'])
def test_a_damaged_commit_record_is_named(output: Storage, data: bytes) -> None:
    result = run_toy(Numbers(), output)
    result.directory.delete(MANIFEST)
    result.directory.write("commits/000001.json", data)
    with pytest.raises(VerificationError, match=r"commits/000001\.json: is not a record that a run wrote"):
        run_toy(Numbers(), output)
    result.directory.delete("commits/000001.json")
    assert run_toy(Numbers(), output).manifest.digest == result.manifest.digest
